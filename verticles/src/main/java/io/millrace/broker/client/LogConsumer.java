package io.millrace.broker.client;

import static io.millrace.model.Refusal.ACK_TIMEOUT;
import static io.millrace.model.Refusal.CLOSED;
import static io.millrace.model.Refusal.INVALID_ARGUMENT;
import static io.millrace.model.Refusal.PARTITION_NOT_FOUND;

import io.millrace.Codec;
import io.millrace.Consumer;
import io.millrace.ConsumerOptions;
import io.millrace.Position;
import io.millrace.Record;
import io.millrace.consume.Lease;
import io.millrace.model.MillraceException;
import io.millrace.time.Timers;
import io.vertx.core.Closeable;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A consumer on the context of its owner: what the user sees and steers. Demand is a number here; {@link Delivery} reads
 * as long as it is above 0, {@link PartitionSource} says what, and {@link Progress} knows what has become of it.
 */
public final class LogConsumer<K, V> implements Consumer<K, V> {
    private static final long SIGNAL_MILLIS = 100;

    private final Surroundings surroundings;
    private final Owner owner;
    private final Timers timers;
    private final String topic;
    private final ConsumerOptions options;
    private final Codec<K> keys;
    private final Codec<V> values;
    private final StartPositions positions;
    private final Delivery delivery;
    private final PartitionSource source;
    /** Null without a group. */
    private final @Nullable GroupShare share;

    private final Closeable closeHook;
    private final Runnable whenClosed;
    private final Promise<Void> started = Promise.promise();
    private final Promise<Void> closed = Promise.promise();

    private long demand = Long.MAX_VALUE;
    private boolean isSeeking;
    /** No more records are handed out; what is under way may end. */
    private boolean isLeaving;

    private @Nullable Future<Void> leaving;
    private boolean isEnded;
    private boolean hasWaitedToSignal;
    private Timers.@Nullable Timer signal;
    private @Nullable Throwable failure;
    private Progress progress = new HandedOut();
    private @Nullable Processing<K, V> processing;
    private @Nullable Handler<Record<K, V>> handler;
    private @Nullable Handler<Throwable> exceptionHandler;
    private @Nullable Handler<Void> endHandler;

    public LogConsumer(
            Surroundings surroundings,
            Owner owner,
            ConsumerOptions options,
            Codec<K> keys,
            Codec<V> values,
            Runnable whenClosed) {
        this.topic = PartitionSource.topicOf(options);
        this.surroundings = surroundings;
        this.owner = owner;
        this.timers = surroundings.timers(owner.context());
        this.options = new ConsumerOptions(options);
        this.keys = keys;
        this.values = values;
        this.whenClosed = whenClosed;
        this.positions = new StartPositions(surroundings.partitions(), options.isStopAtEnd());
        this.delivery = new Delivery(surroundings.partitions(), timers, this.options, new Receiver());
        this.share = options.getGroup() == null
                ? null
                : new GroupShare(surroundings, owner, this.options, positions, delivery, new ShareHost());
        this.source = share != null ? share : new WholeTopic(surroundings, owner, this.options, positions, delivery);
        this.closeHook = completion -> close().onComplete(completion);
        owner.onClose(closeHook);
        owner.run(this::begin);
    }

    Codec<K> keys() {
        return keys;
    }

    Codec<V> values() {
        return values;
    }

    @Override
    public String topic() {
        return topic;
    }

    /** Finds the topic and where to start, so that what is stored from now on is behind {@code latest}. */
    private void begin() {
        surroundings.route(topic).compose(source::begin).onComplete(begun -> {
            if (begun.failed()) {
                started.tryFail(begun.cause());
                fail(begun.cause());
                return;
            }
            if (isEnded) return;
            started.tryComplete();
            delivery.wake();
        });
    }

    /** Takes what the delivery gives. */
    private final class Receiver implements Delivery.Receiver {
        @Override
        public void added(PartitionCursor cursor) {
            progress.assign(cursor);
        }

        @Override
        public boolean isWanted() {
            if (demand == 0 || isLeaving || isSeeking) return false;
            return processing != null ? processing.hasRoom() : handler != null;
        }

        @Override
        public void take(PartitionCursor cursor) {
            var record = cursor.record(LogConsumer.this);
            if (demand != Long.MAX_VALUE) demand--;
            var worker = processing;
            if (worker != null) {
                worker.take(record);
                return;
            }
            var receiver = handler;
            try {
                if (receiver != null) receiver.handle(record);
            } catch (RuntimeException | Error thrown) {
                owner.report(thrown);
            }
        }

        @Override
        public void jumped(int partition, long offset) {
            progress.jumped(partition, offset);
        }

        @Override
        public void unreadable(Throwable cause) {
            fail(cause);
        }

        @Override
        public void turnEnded() {
            if (processing != null) processing.run();
            if (failure != null) {
                if (leave().isComplete() && hasListener() && maySignal()) tellFailure();
            } else if (isAllRead() && (handler != null || processing != null) && maySignal()) {
                end();
            }
        }
    }

    /** What the share of the group must know. */
    private final class ShareHost implements GroupShare.Host {
        @Override
        public Progress progress() {
            return progress;
        }

        @Override
        public boolean isCommitting() {
            return processing != null || options.isAutoCommit();
        }

        @Override
        public boolean isQuiet() {
            return processing == null || processing.isQuiet();
        }

        @Override
        public void failed(Throwable cause) {
            fail(cause);
        }
    }

    /** What the processing tells. */
    private final class Observer implements Processing.Listener {
        @Override
        public void run(Runnable task) {
            owner.run(task);
        }

        @Override
        public void moved() {
            if (share != null) share.moved();
            delivery.wake();
        }

        @Override
        public void stopped(Throwable cause) {
            fail(cause);
        }

        @Override
        public void overdue(Lease<Integer, ?> lease) {
            if (share == null) return;
            share.stepOut(ACK_TIMEOUT.because("the processing of " + lease.record() + " takes longer than "
                    + options.getProcessingTimeoutMillis() + " ms and was not extended"));
        }
    }

    private boolean hasListener() {
        return handler != null || processing != null || exceptionHandler != null;
    }

    /** Whether everything is handed out, and done, that was there at the start, where that was asked for. */
    private boolean isAllRead() {
        if (!options.isStopAtEnd() || !started.future().succeeded()) return false;
        for (var cursor : delivery.cursors()) if (!cursor.isDone()) return false;
        return processing == null || processing.isDone();
    }

    /** The consumer cannot go on; whoever comes to listen is told, when all is settled that can be. */
    private void fail(Throwable cause) {
        if (isLeaving || failure != null) return;
        failure = cause;
        leave().onComplete(left -> delivery.wake());
    }

    /** Reads no more, waits for what is being processed, commits it, and leaves the group. */
    private Future<Void> leave() {
        if (leaving != null) return leaving;
        isLeaving = true;
        var all = delivery.cursors().stream().map(PartitionCursor::partition).toList();
        delivery.end();
        leaving = progress.drainInTime(all, timers, options.getCloseTimeoutMillis())
                .transform(drained -> source.end());
        return leaving;
    }

    /**
     * Whether the end, good or bad, may be told. A paused listener may still be about to subscribe on another thread (the
     * RxJava bridge sets its handlers before it says so); it gets a moment, or until it asks for something.
     */
    private boolean maySignal() {
        if (demand > 0 || hasWaitedToSignal) return true;
        if (signal == null) {
            signal = timers.after(SIGNAL_MILLIS, () -> {
                hasWaitedToSignal = true;
                delivery.wake();
            });
        }
        return false;
    }

    private void tellFailure() {
        var cause = failure;
        if (isEnded || cause == null) return;
        var listener = exceptionHandler;
        release();
        if (listener != null) owner.call(listener, cause);
        else owner.report(cause);
    }

    /** Leaves in peace, and tells that there are no more records. */
    private void end() {
        leave().onComplete(left -> {
            if (isEnded) return;
            var listener = endHandler;
            release();
            if (listener != null) owner.call(listener);
        });
    }

    /** Lets everything go. */
    private void release() {
        if (isEnded) return;
        isEnded = true;
        if (signal != null) signal.cancel();
        if (processing != null) processing.end();
        handler = null;
        exceptionHandler = null;
        endHandler = null;
        owner.forgetOnClose(closeHook);
        started.tryFail(closed());
        whenClosed.run();
        closed.tryComplete();
    }

    @Override
    public Consumer<K, V> handler(@Nullable Handler<Record<K, V>> handler) {
        owner.run(() -> {
            if (handler == null) {
                if (this.handler == null) return;
                this.handler = null;
                leave().onComplete(left -> release());
                return;
            }
            if (isLeaving && failure == null) return;
            if (processing != null) throw new IllegalStateException("the records are processed already");
            this.handler = handler;
            delivery.wake();
        });
        return this;
    }

    @Override
    public Consumer<K, V> process(Function<Record<K, V>, Future<Void>> function) {
        owner.run(() -> {
            if (isLeaving && failure == null) return;
            if (processing != null || handler != null) {
                throw new IllegalStateException("the records go to a handler or are processed already");
            }
            long timeoutMillis = share == null ? Processing.NO_TIMEOUT : options.getProcessingTimeoutMillis();
            processing = Processing.of(options, timeoutMillis, function, timers, new Observer());
            progress = processing;
            for (var cursor : delivery.cursors()) progress.assign(cursor);
            delivery.wake();
        });
        return this;
    }

    @Override
    public Future<Boolean> extend(Record<K, V> record) {
        var answer = owner.<Boolean>promise();
        owner.run(() -> answer.complete(processing != null && processing.extend(record.partition(), record.offset())));
        return answer.future();
    }

    @Override
    public Consumer<K, V> exceptionHandler(@Nullable Handler<Throwable> handler) {
        owner.run(() -> {
            if (isEnded) return;
            exceptionHandler = handler;
            if (failure != null && handler != null) delivery.wake();
        });
        return this;
    }

    @Override
    public Consumer<K, V> endHandler(@Nullable Handler<Void> handler) {
        owner.run(() -> {
            if (!isEnded) endHandler = handler;
        });
        return this;
    }

    @Override
    public Consumer<K, V> pause() {
        owner.run(() -> demand = 0);
        return this;
    }

    @Override
    public Consumer<K, V> resume() {
        return fetch(Long.MAX_VALUE);
    }

    @Override
    public Consumer<K, V> fetch(long amount) {
        if (amount < 0) throw new IllegalArgumentException("negative demand " + amount);
        owner.run(() -> {
            demand = demand + amount < 0 ? Long.MAX_VALUE : demand + amount;
            if (demand > 0) delivery.wake();
        });
        return this;
    }

    @Override
    public Future<List<Integer>> partitions() {
        return whenStarted(() -> Future.succeededFuture(
                delivery.cursors().stream().map(PartitionCursor::partition).toList()));
    }

    @Override
    public Future<Long> position(int partition) {
        return whenStarted(() -> {
            var cursor = delivery.cursor(partition);
            return cursor == null ? notRead(partition) : Future.succeededFuture(cursor.next());
        });
    }

    @Override
    public Future<Void> seek(int partition, long offset) {
        if (offset < 0) throw new IllegalArgumentException("negative offset " + offset);
        return whenStarted(() -> {
            var cursor = delivery.cursor(partition);
            if (cursor == null) return notRead(partition);
            delivery.seek(cursor, offset);
            return Future.succeededFuture();
        });
    }

    @Override
    public Future<Void> seek(Position position) {
        return whenStarted(() -> {
            var in = delivery.route();
            if (in == null) return Future.failedFuture(closed());
            isSeeking = true;
            var those =
                    delivery.cursors().stream().map(PartitionCursor::partition).toList();
            return positions
                    .find(in, those, position)
                    .onSuccess(places -> {
                        for (var place : places) {
                            var cursor = delivery.cursor(place.partition());
                            if (cursor != null) delivery.seek(cursor, place.next());
                        }
                    })
                    .<Void>mapEmpty()
                    .onComplete(done -> {
                        isSeeking = false;
                        delivery.wake();
                    });
        });
    }

    @Override
    public Future<Void> commit() {
        return asMember(GroupShare::commit);
    }

    @Override
    public Future<Void> commit(int partition, long offset) {
        if (offset < 0) throw new IllegalArgumentException("negative offset " + offset);
        return asMember(in -> in.commit(partition, offset));
    }

    @Override
    public Future<@Nullable Long> committed(int partition) {
        return asMember(in -> in.committed(partition));
    }

    /** Possible until all is settled, so that it can be done when partitions are given back. */
    private <T extends @Nullable Object> Future<T> asMember(Function<GroupShare, Future<T>> action) {
        var in = share;
        if (in != null) return unless(() -> isEnded, () -> action.apply(in));
        return Future.failedFuture(
                INVALID_ARGUMENT.because("this consumer of " + topic + " has no group that could commit; set one"));
    }

    @Override
    public Consumer<K, V> assignedHandler(@Nullable Handler<List<Integer>> handler) {
        if (share != null) owner.run(() -> share.assignedHandler(handler));
        return this;
    }

    @Override
    public Consumer<K, V> revokedHandler(@Nullable Function<List<Integer>, Future<Void>> handler) {
        if (share != null) owner.run(() -> share.revokedHandler(handler));
        return this;
    }

    @Override
    public Consumer<K, V> lostHandler(@Nullable Handler<List<Integer>> handler) {
        if (share != null) owner.run(() -> share.lostHandler(handler));
        return this;
    }

    private MillraceException closed() {
        return CLOSED.because("the consumer of " + topic + " is closed");
    }

    private <T> Future<T> notRead(int partition) {
        return Future.failedFuture(
                PARTITION_NOT_FOUND.because("this consumer of " + topic + " does not read partition " + partition));
    }

    private <T> Future<T> whenStarted(Supplier<Future<T>> action) {
        return unless(() -> isLeaving, action);
    }

    private <T extends @Nullable Object> Future<T> unless(BooleanSupplier isOver, Supplier<Future<T>> action) {
        var answer = owner.<T>promise();
        owner.run(() -> started.future()
                .compose(now -> isOver.getAsBoolean() ? Future.failedFuture(closed()) : action.get())
                .onComplete(answer));
        return answer.future();
    }

    @Override
    public Future<Void> close() {
        var answer = owner.<Void>promise();
        owner.run(() -> {
            end();
            closed.future().onComplete(answer);
        });
        return answer.future();
    }

    @Override
    public String toString() {
        return "consumer of " + topic;
    }
}
