package io.millrace.eventbus;

import io.millrace.Record;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import org.jspecify.annotations.Nullable;

/** A message that was read from a topic. Replies go to whoever waits for one, over the event bus of Vert.x. */
final class TopicMessage<T> implements Message<T> {
    private final EventBus replies;
    private final String address;
    private final boolean isSend;
    private final MultiMap headers;
    private final @Nullable T body;
    private final @Nullable String replyAddress;
    private final @Nullable String replyId;

    @SuppressWarnings("unchecked") // the type is what the consumer says it is, as with the event bus
    TopicMessage(EventBus replies, WireForm form, String address, boolean isSend, Record<String, Buffer> record) {
        this.replies = replies;
        this.address = address;
        this.isSend = isSend;
        this.headers = WireForm.headers(record.headers());
        this.body = (T) form.body(record);
        this.replyAddress = record.headers().get(WireForm.REPLY_ADDRESS);
        this.replyId = record.headers().get(WireForm.REPLY_ID);
    }

    @Override
    public String address() {
        return address;
    }

    @Override
    public MultiMap headers() {
        return headers;
    }

    @Override
    @SuppressWarnings("NullAway") // a message without a body has null, as with the event bus
    public T body() {
        return body;
    }

    @Override
    @SuppressWarnings("NullAway") // a message that waits for no reply has null, as with the event bus
    public String replyAddress() {
        return replyAddress;
    }

    @Override
    public boolean isSend() {
        return isSend;
    }

    @Override
    public void reply(@Nullable Object message, DeliveryOptions options) {
        if (replyAddress != null) replies.send(replyAddress, message, marked(options));
    }

    @Override
    public <R> Future<Message<R>> replyAndRequest(@Nullable Object message, DeliveryOptions options) {
        if (replyAddress == null) {
            return Future.failedFuture(
                    new IllegalStateException("nobody waits for a reply to a message of " + address));
        }
        return replies.request(replyAddress, message, marked(options));
    }

    private DeliveryOptions marked(DeliveryOptions options) {
        var headers = MultiMap.caseInsensitiveMultiMap();
        if (options.getHeaders() != null) headers.addAll(options.getHeaders());
        if (replyId != null) headers.set(WireForm.REPLY_ID, replyId);
        return new DeliveryOptions(options).setHeaders(headers);
    }

    @Override
    public String toString() {
        return "message of " + address;
    }
}
