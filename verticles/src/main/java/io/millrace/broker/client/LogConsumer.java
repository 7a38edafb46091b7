package io.millrace.broker.client;

import static io.millrace.model.Refusal.CLOSED;
import static io.millrace.model.Refusal.OFFSET_OUT_OF_RANGE;
import static io.millrace.model.Refusal.PARTITION_NOT_FOUND;

import io.millrace.Codec;
import io.millrace.Consumer;
import io.millrace.ConsumerOptions;
import io.millrace.Position;
import io.millrace.Record;
import io.millrace.model.MillraceException;
import io.millrace.partition.Fetched;
import io.millrace.partition.ReadRequest;
import io.millrace.time.Timers;
import io.vertx.core.AsyncResult;
import io.vertx.core.Closeable;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A consumer on the context of its owner. Demand is a number here; a partition is read when there is demand and its last
 * chunk is used up, and not otherwise. So nothing is ever held beyond one chunk of each partition.
 */
public final class LogConsumer<K, V> implements Consumer<K, V> {
    private static final long NEW_PARTITIONS_MILLIS = 1000;
    private static final long SIGNAL_MILLIS = 100;
    /** The least that is read at once, when many partitions share {@link ConsumerOptions#getMaxReadBytes}. */
    private static final int LEAST_READ_BYTES = 16 << 10;
    /** Records of one partition in a row, while others have some too. */
    private static final int RECORDS_PER_PARTITION = 256;

    private static final Backoff BACKOFF =
            new Backoff(100, 5000, () -> ThreadLocalRandom.current().nextDouble());

    private final Surroundings surroundings;
    private final Owner owner;
    private final Timers timers;
    private final String topic;
    private final ConsumerOptions options;
    private final Codec<K> keys;
    private final Codec<V> values;
    private final Closeable closeHook;
    private final Runnable whenClosed;
    private final Promise<Void> started = Promise.promise();
    private final Promise<Void> closed = Promise.promise();

    private @Nullable TopicRoute route;
    private final List<PartitionCursor> cursors = new ArrayList<>();
    private int turn;

    private long demand = Long.MAX_VALUE;
    private boolean isPumpDue;
    private boolean isEnded;
    private boolean isSeeking;
    private boolean hasWaitedToSignal;
    private Timers.@Nullable Timer signal;
    private Timers.@Nullable Timer lookAgain;
    private @Nullable Throwable failure;
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
        var name = options.getTopic();
        if (name == null) throw new IllegalArgumentException("ConsumerOptions: topic is missing");
        this.surroundings = surroundings;
        this.owner = owner;
        this.timers = surroundings.timers(owner.context());
        this.topic = name;
        this.options = new ConsumerOptions(options);
        this.keys = keys;
        this.values = values;
        this.whenClosed = whenClosed;
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
        surroundings.route(topic).compose(this::place).onComplete(placed -> {
            if (placed.failed()) {
                started.tryFail(placed.cause());
                fail(placed.cause());
                return;
            }
            if (isEnded) return;
            started.tryComplete();
            if (options.getPartitions().isEmpty()) lookForNewPartitions();
            pumpLater();
        });
    }

    private Future<Void> place(TopicRoute found) {
        route = found;
        var wanted = options.getPartitions().isEmpty()
                ? IntStream.range(0, found.partitions()).boxed().toList()
                : options.getPartitions().stream().sorted().distinct().toList();
        for (int partition : wanted) {
            if (partition < 0 || partition >= found.partitions()) {
                return Future.failedFuture(PARTITION_NOT_FOUND.because("topic " + topic + " has no partition "
                        + partition + "; it has 0 to " + (found.partitions() - 1)));
            }
        }
        var places = wanted.stream()
                .map(partition -> place(found, partition, options.getFrom()))
                .toList();
        return Future.all(places).map(all -> {
            for (var place : places) cursors.add(place.result());
            return null;
        });
    }

    private Future<PartitionCursor> place(TopicRoute in, int partition, Position from) {
        var id = in.partition(partition);
        var partitions = surroundings.partitions();
        return partitions.offsets(id).compose(offsets -> {
            long end = options.isStopAtEnd() ? offsets.highWatermark() : PartitionCursor.NO_END;
            var start =
                    switch (from.kind()) {
                        case EARLIEST -> Future.succeededFuture(offsets.start());
                        case LATEST -> Future.succeededFuture(offsets.highWatermark());
                        case OFFSET -> Future.succeededFuture(from.number());
                        case LAST ->
                            Future.succeededFuture(Math.max(offsets.start(), offsets.highWatermark() - from.number()));
                        case TIME -> partitions.offsetAt(id, from.number());
                    };
            return start.map(offset -> new PartitionCursor(partition, offset, end));
        });
    }

    private void lookForNewPartitions() {
        lookAgain = timers.after(
                NEW_PARTITIONS_MILLIS, () -> surroundings.route(topic).onComplete(found -> {
                    if (isEnded) return;
                    if (found.succeeded()) addPartitions(found.result());
                    lookForNewPartitions();
                }));
    }

    /** What is new is read from its beginning, wherever the others began. */
    private void addPartitions(TopicRoute now) {
        var known = route;
        if (known == null || !known.id().equals(now.id()) || options.isStopAtEnd()) return;
        route = now;
        for (int n = known.partitions(); n < now.partitions(); n++) {
            cursors.add(new PartitionCursor(n, 0, PartitionCursor.NO_END));
        }
        if (known.partitions() < now.partitions()) pumpLater();
    }

    /** Hands out records on the context of the owner, soon. */
    private void pumpLater() {
        if (isPumpDue || isEnded) return;
        isPumpDue = true;
        owner.later(() -> {
            isPumpDue = false;
            pump();
        });
    }

    private void pump() {
        if (failure != null) {
            if ((handler != null || exceptionHandler != null) && maySignal()) tellFailure();
            return;
        }
        int left = options.getMaxRecordsPerTurn();
        try {
            while (left > 0 && isWanted()) {
                var cursor = nextWithRecord();
                if (cursor == null) break;
                left -= handOut(cursor, Math.min(left, RECORDS_PER_PARTITION));
            }
        } catch (MillraceException unreadable) {
            fail(unreadable);
        }
        if (handler != null && isAllRead() && maySignal()) end();
        if (!isWanted()) return;
        if (left <= 0) pumpLater();
        readAhead();
    }

    private boolean isWanted() {
        return demand > 0 && handler != null && !isEnded && failure == null && !isSeeking;
    }

    /** Whether everything is handed out that was there at the start, where that was asked for. */
    private boolean isAllRead() {
        if (!options.isStopAtEnd() || !started.future().succeeded()) return false;
        for (var cursor : cursors) if (!cursor.isDone()) return false;
        return true;
    }

    /** The partitions take turns. */
    private @Nullable PartitionCursor nextWithRecord() {
        for (int n = 0; n < cursors.size(); n++) {
            if (turn >= cursors.size()) turn = 0;
            var cursor = cursors.get(turn++);
            if (cursor.hasChunk() && cursor.advance()) return cursor;
        }
        return null;
    }

    private int handOut(PartitionCursor cursor, int most) {
        int given = 0;
        while (given < most && isWanted() && cursor.hasChunk() && cursor.advance()) {
            var record = cursor.record(this);
            if (demand != Long.MAX_VALUE) demand--;
            given++;
            var receiver = handler;
            try {
                if (receiver != null) receiver.handle(record);
            } catch (RuntimeException | Error thrown) {
                owner.report(thrown);
            }
        }
        return given;
    }

    /** Asks for the next chunk of every partition that has none. */
    private void readAhead() {
        if (route == null) return;
        for (int n = 0; n < cursors.size(); n++) {
            var cursor = cursors.get(n);
            if (!cursor.hasChunk() && !cursor.isReading && !cursor.isDone()) read(route, cursor);
        }
    }

    private void read(TopicRoute from, PartitionCursor cursor) {
        int jump = cursor.jumps;
        cursor.isReading = true;
        int bytes = Math.max(
                Math.min(LEAST_READ_BYTES, options.getMaxReadBytes()), options.getMaxReadBytes() / cursors.size());
        surroundings
                .partitions()
                .read(
                        from.partition(cursor.partition()),
                        new ReadRequest(cursor.next(), bytes, options.getMaxWaitMillis()))
                .onComplete(fetched -> {
                    if (jump == cursor.jumps && !isEnded) hasRead(cursor, fetched);
                });
    }

    private void hasRead(PartitionCursor cursor, AsyncResult<Fetched> fetched) {
        if (fetched.succeeded()) {
            cursor.isReading = false;
            cursor.take(fetched.result());
            pumpLater();
        } else if (fetched.cause() instanceof MillraceException refusal
                && refusal.refusal().retryable()) {
            int jump = cursor.jumps;
            timers.after(BACKOFF.afterAttempts(++cursor.failures), () -> {
                if (jump != cursor.jumps) return;
                cursor.isReading = false;
                pumpLater();
            });
        } else if (isOutOfRange(fetched.cause()) && options.isSkipLost()) {
            skipToStart(cursor);
        } else {
            fail(fetched.cause());
        }
    }

    private static boolean isOutOfRange(Throwable cause) {
        return cause instanceof MillraceException refusal && refusal.refusal() == OFFSET_OUT_OF_RANGE;
    }

    private void skipToStart(PartitionCursor cursor) {
        var from = route;
        if (from == null) return;
        int jump = cursor.jumps;
        surroundings.partitions().offsets(from.partition(cursor.partition())).onComplete(offsets -> {
            if (jump != cursor.jumps || isEnded) return;
            if (offsets.failed()) {
                fail(offsets.cause());
                return;
            }
            boolean isBehind = cursor.next() < offsets.result().start();
            cursor.jumpTo(isBehind ? offsets.result().start() : offsets.result().highWatermark());
            pumpLater();
        });
    }

    /** The consumer cannot go on; whoever comes to listen is told. */
    private void fail(Throwable cause) {
        if (isEnded || failure != null) return;
        failure = cause;
        pumpLater();
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
                pumpLater();
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

    private void end() {
        if (isEnded) return;
        var listener = endHandler;
        release();
        if (listener != null) owner.call(listener);
    }

    /** Stops for good and lets everything go. */
    private void release() {
        if (isEnded) return;
        isEnded = true;
        if (lookAgain != null) lookAgain.cancel();
        if (signal != null) signal.cancel();
        for (var cursor : cursors) cursor.dropChunk();
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
                if (this.handler != null) release();
                return;
            }
            if (isEnded) return;
            this.handler = handler;
            pumpLater();
        });
        return this;
    }

    @Override
    public Consumer<K, V> exceptionHandler(@Nullable Handler<Throwable> handler) {
        owner.run(() -> {
            if (isEnded) return;
            exceptionHandler = handler;
            if (failure != null && handler != null) pumpLater();
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
            if (demand > 0) pumpLater();
        });
        return this;
    }

    @Override
    public Future<List<Integer>> partitions() {
        return whenStarted(() -> Future.succeededFuture(
                cursors.stream().map(PartitionCursor::partition).toList()));
    }

    @Override
    public Future<Long> position(int partition) {
        return whenStarted(() -> {
            var cursor = cursor(partition);
            return cursor == null ? notRead(partition) : Future.succeededFuture(cursor.next());
        });
    }

    @Override
    public Future<Void> seek(int partition, long offset) {
        if (offset < 0) throw new IllegalArgumentException("negative offset " + offset);
        return whenStarted(() -> {
            var cursor = cursor(partition);
            if (cursor == null) return notRead(partition);
            cursor.jumpTo(offset);
            pumpLater();
            return Future.succeededFuture();
        });
    }

    @Override
    public Future<Void> seek(Position position) {
        return whenStarted(() -> {
            var in = route;
            if (in == null) return Future.failedFuture(closed());
            isSeeking = true;
            var places = cursors.stream()
                    .map(cursor -> place(in, cursor.partition(), position))
                    .toList();
            return Future.all(places).<Void>mapEmpty().onComplete(placed -> {
                isSeeking = false;
                if (placed.succeeded()) {
                    for (int n = 0; n < places.size(); n++) {
                        cursors.get(n).jumpTo(places.get(n).result().next());
                    }
                }
                pumpLater();
            });
        });
    }

    private MillraceException closed() {
        return CLOSED.because("the consumer of " + topic + " is closed");
    }

    private @Nullable PartitionCursor cursor(int partition) {
        for (var cursor : cursors) if (cursor.partition() == partition) return cursor;
        return null;
    }

    private <T> Future<T> notRead(int partition) {
        return Future.failedFuture(
                PARTITION_NOT_FOUND.because("this consumer of " + topic + " does not read partition " + partition));
    }

    private <T> Future<T> whenStarted(Supplier<Future<T>> action) {
        var answer = owner.<T>promise();
        owner.run(() -> started.future()
                .compose(now -> isEnded ? Future.failedFuture(closed()) : action.get())
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
