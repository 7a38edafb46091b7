package io.millrace.eventbus;

import io.millrace.Consumer;
import io.millrace.ConsumerOptions;
import io.millrace.Record;
import io.millrace.broker.client.Owner;
import io.vertx.core.Closeable;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.streams.ReadStream;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A consumer of an address: of what is published to it and of what is sent to it. Begins when it has a handler or a
 * function. Demand counts both together: while it is finite, each may hand out one message at a time.
 */
final class TopicMessageConsumer<T> implements MessageConsumer<T> {
    /** One of its topics. */
    record Source(ConsumerOptions options, boolean isSend) {}

    private final String address;
    private final List<Source> sources;
    private final Function<ConsumerOptions, Future<Consumer<String, Buffer>>> open;
    private final EventBus replies;
    private final WireForm form;
    private final Owner owner;
    private final Closeable closeHook;
    private final List<Consumer<String, Buffer>> consumers = new ArrayList<>();
    private final Promise<Void> registered = Promise.promise();
    private final Promise<Void> ended = Promise.promise();

    private long demand = Long.MAX_VALUE;
    private volatile boolean isRegistered;
    private boolean hasBegun;
    private boolean isEnding;
    private @Nullable Handler<Message<T>> handler;
    private @Nullable Function<Message<T>, Future<Void>> function;
    private @Nullable Handler<Throwable> exceptionHandler;
    private @Nullable Handler<Void> endHandler;

    TopicMessageConsumer(
            String address,
            List<Source> sources,
            Function<ConsumerOptions, Future<Consumer<String, Buffer>>> open,
            EventBus replies,
            WireForm form,
            Owner owner) {
        this.address = address;
        this.sources = sources;
        this.open = open;
        this.replies = replies;
        this.form = form;
        this.owner = owner;
        this.closeHook = completion -> unregister().onComplete(completion);
        owner.onClose(closeHook);
    }

    void whenEnded(Runnable action) {
        ended.future().onComplete(done -> action.run());
    }

    private void begin() {
        if (hasBegun || isEnding) return;
        hasBegun = true;
        var each = new ArrayList<Future<Void>>();
        for (var source : sources) {
            each.add(open.apply(source.options).compose(consumer -> register(source, consumer)));
        }
        Future.all(each).<Void>mapEmpty().onComplete(done -> {
            if (done.failed()) {
                registered.tryFail(done.cause());
                fail(done.cause());
                return;
            }
            isRegistered = !isEnding;
            registered.tryComplete();
        });
    }

    /** Succeeds when the consumer has its place in its group. */
    private Future<Void> register(Source source, Consumer<String, Buffer> consumer) {
        if (isEnding) return consumer.close();
        consumers.add(consumer);
        demand(consumer);
        consumer.exceptionHandler(this::fail);
        consumer.process(record -> deliver(consumer, source.isSend, record));
        return consumer.partitions().mapEmpty();
    }

    private void demand(Consumer<String, Buffer> consumer) {
        if (demand == Long.MAX_VALUE) {
            consumer.resume();
            return;
        }
        consumer.pause();
        if (demand > 0) consumer.fetch(1);
    }

    private Future<Void> deliver(Consumer<String, Buffer> from, boolean isSend, Record<String, Buffer> record) {
        if (demand != Long.MAX_VALUE) {
            if (demand > 0) demand--;
            if (demand == 0) consumers.forEach(Consumer::pause);
            else from.fetch(1);
        }
        var message = new TopicMessage<T>(replies, form, address, isSend, record);
        if (function != null) return function.apply(message);
        if (handler != null) handler.handle(message);
        return Future.succeededFuture();
    }

    private void fail(Throwable cause) {
        if (isEnding) return;
        var listener = exceptionHandler;
        endHandler = null;
        end();
        if (listener != null) owner.call(listener, cause);
        else owner.report(cause);
    }

    private void end() {
        if (isEnding) return;
        isEnding = true;
        isRegistered = false;
        registered.tryFail("the consumer of " + address + " is closed");
        var each = new ArrayList<Future<Void>>();
        for (var consumer : consumers) each.add(consumer.close());
        Future<?> all = each.isEmpty() ? Future.succeededFuture() : Future.join(each);
        all.onComplete(closed -> {
            owner.forgetOnClose(closeHook);
            if (endHandler != null) owner.call(endHandler);
            ended.tryComplete();
        });
    }

    void process(Function<Message<T>, Future<Void>> function) {
        owner.run(() -> {
            this.function = function;
            begin();
        });
    }

    @Override
    public MessageConsumer<T> handler(@Nullable Handler<Message<T>> handler) {
        owner.run(() -> {
            if (handler == null) {
                end();
            } else {
                this.handler = handler;
                begin();
            }
        });
        return this;
    }

    @Override
    public MessageConsumer<T> exceptionHandler(@Nullable Handler<Throwable> handler) {
        owner.run(() -> exceptionHandler = handler);
        return this;
    }

    @Override
    public MessageConsumer<T> endHandler(@Nullable Handler<Void> handler) {
        owner.run(() -> endHandler = handler);
        return this;
    }

    @Override
    public MessageConsumer<T> pause() {
        owner.run(() -> {
            demand = 0;
            consumers.forEach(this::demand);
        });
        return this;
    }

    @Override
    public MessageConsumer<T> resume() {
        return fetch(Long.MAX_VALUE);
    }

    @Override
    public MessageConsumer<T> fetch(long amount) {
        if (amount < 0) throw new IllegalArgumentException("negative demand " + amount);
        owner.run(() -> {
            demand = demand + amount < 0 ? Long.MAX_VALUE : demand + amount;
            consumers.forEach(this::demand);
        });
        return this;
    }

    @Override
    public ReadStream<T> bodyStream() {
        return new BodyStream<>(this);
    }

    @Override
    public boolean isRegistered() {
        return isRegistered;
    }

    @Override
    public String address() {
        return address;
    }

    @Override
    public Future<Void> completion() {
        var answer = owner.<Void>promise();
        owner.run(() -> registered.future().onComplete(answer));
        return answer.future();
    }

    @Override
    public Future<Void> unregister() {
        var answer = owner.<Void>promise();
        owner.run(() -> {
            end();
            ended.future().onComplete(answer);
        });
        return answer.future();
    }

    /** The bodies of the messages. */
    private record BodyStream<T>(MessageConsumer<T> messages) implements ReadStream<T> {
        @Override
        public ReadStream<T> handler(@Nullable Handler<T> handler) {
            messages.handler(handler == null ? null : message -> handler.handle(message.body()));
            return this;
        }

        @Override
        public ReadStream<T> exceptionHandler(@Nullable Handler<Throwable> handler) {
            messages.exceptionHandler(handler);
            return this;
        }

        @Override
        public ReadStream<T> endHandler(@Nullable Handler<Void> handler) {
            messages.endHandler(handler);
            return this;
        }

        @Override
        public ReadStream<T> pause() {
            messages.pause();
            return this;
        }

        @Override
        public ReadStream<T> resume() {
            messages.resume();
            return this;
        }

        @Override
        public ReadStream<T> fetch(long amount) {
            messages.fetch(amount);
            return this;
        }
    }
}
