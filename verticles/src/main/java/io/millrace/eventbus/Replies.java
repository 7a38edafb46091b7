package io.millrace.eventbus;

import io.millrace.OutgoingRecord;
import io.millrace.model.Refusal;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Who waits for a reply: one address on the event bus of Vert.x for all, and a number for each. On the bus's context. */
final class Replies {
    private final Vertx vertx;
    private final int most;
    private final String address = "millrace.replies." + UUID.randomUUID();
    private final Map<String, Promise<Message<Object>>> waiting = new HashMap<>();
    private @Nullable MessageConsumer<Object> consumer;
    private long next;

    Replies(Vertx vertx, int most) {
        this.vertx = vertx;
        this.most = most;
    }

    /** Marks the record with where to reply to, and waits for that. */
    Future<Message<Object>> expect(OutgoingRecord<String, Buffer> record, String to, long timeoutMillis) {
        if (waiting.size() >= most) {
            return Future.failedFuture(
                    Refusal.BUFFER_FULL.because(most + " replies are waited for already, which is maxRequests"));
        }
        if (consumer == null) consumer = vertx.eventBus().consumer(address, this::arrived);
        var id = Long.toString(next++);
        record.header(WireForm.REPLY_ADDRESS, address).header(WireForm.REPLY_ID, id);
        var promise = Promise.<Message<Object>>promise();
        waiting.put(id, promise);
        long timer = vertx.setTimer(
                timeoutMillis,
                late -> promise.tryFail(new ReplyException(
                        ReplyFailure.TIMEOUT,
                        "Timed out after " + timeoutMillis + " ms waiting for a reply from " + to)));
        return promise.future().onComplete(answered -> {
            waiting.remove(id);
            vertx.cancelTimer(timer);
        });
    }

    private void arrived(Message<Object> reply) {
        var id = reply.headers().get(WireForm.REPLY_ID);
        var promise = id == null ? null : waiting.get(id);
        if (promise == null) return;
        reply.headers().remove(WireForm.REPLY_ID);
        if (reply.body() instanceof ReplyException failure) promise.tryFail(failure);
        else promise.tryComplete(reply);
    }

    /** Nobody gets a reply any more. */
    Future<Void> close() {
        for (var promise : Map.copyOf(waiting).values()) promise.tryFail(Refusal.CLOSED.because("the bus is closed"));
        return consumer == null ? Future.succeededFuture() : consumer.unregister();
    }
}
