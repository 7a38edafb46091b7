package io.millrace.broker.client;

import static io.millrace.model.Refusal.ACK_TIMEOUT;
import static io.millrace.model.Refusal.BUFFER_FULL;
import static io.millrace.model.Refusal.CLOSED;
import static io.millrace.model.Refusal.INVALID_RECORD;
import static io.millrace.model.Refusal.PARTITION_NOT_FOUND;
import static io.millrace.model.Refusal.RECORD_TOO_LARGE;
import static io.millrace.model.Refusal.TOPIC_NOT_FOUND;

import io.millrace.Codec;
import io.millrace.OutgoingRecord;
import io.millrace.Producer;
import io.millrace.ProducerOptions;
import io.millrace.Receipt;
import io.millrace.bytes.Bytes;
import io.millrace.model.MillraceException;
import io.millrace.time.Timers;
import io.vertx.core.Closeable;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A producer on the context of its owner: encodes records, chooses partitions, counts what is unacknowledged, and leaves
 * the rest to one {@link PartitionLane} per partition.
 */
public final class LogProducer<K, V> implements Producer<K, V> {
    /** Records that may be on their way from other threads before the queue counts as full. */
    private static final int MOST_ARRIVING = 1024;

    private static final int LEAST_ARRIVING = 16;
    /** Records on their way from other threads at which the next one is refused. */
    private static final int REFUSED_ARRIVING = 65_536;
    /** Records that may wait for the topic to be found before the queue counts as full; twice as many are refused. */
    private static final int MOST_EARLY = 1024;
    /** How long closing waits for answers. */
    private static final long CLOSE_MILLIS = 10_000;
    /** How old a look at the topic may be before another one is taken. */
    private static final long ROUTE_MILLIS = 1000;

    private record Early<K, V>(RecordToSend<K, V> record, @Nullable Promise<Receipt> promise) {}

    private final Surroundings surroundings;
    private final Owner owner;
    private final Timers timers;
    private final String topic;
    private final ProducerOptions options;
    private final Codec<K> keys;
    private final Codec<V> values;
    private final SentHeaders headers;
    private final SendRules rules;
    private final Backoff backoff;
    private final Partitioner partitioner =
            new Partitioner(ThreadLocalRandom.current().nextInt());
    private final Closeable closeHook;
    private final Runnable whenClosed;
    private final LaneListener listener = new LaneListener();

    private @Nullable TopicRoute route;
    private boolean isAskingForRoute;
    private long routeAt;
    /** Records sent before the topic was known. */
    private final Deque<Early<K, V>> early = new ArrayDeque<>();

    private final List<PartitionLane> lanes = new ArrayList<>();
    /** Lanes of a topic that was deleted; they only finish what they have. */
    private final List<PartitionLane> formerLanes = new ArrayList<>();
    /** Lanes that got records in this turn of the event loop. */
    private final List<PartitionLane> touched = new ArrayList<>();

    private volatile long limit;
    private long unacknowledged;
    private @Nullable Promise<Void> closing;
    private @Nullable Handler<Throwable> exceptionHandler;
    private @Nullable Handler<Void> drainHandler;

    /** What follows is looked at by other threads. */
    private volatile boolean isFull;

    private volatile boolean isRefusing;
    /** What a record from another thread takes, on average. Written by the owner only. */
    private volatile int averageBytes = 1024;

    private volatile boolean isDrainOwed;
    private final AtomicInteger arriving = new AtomicInteger();

    public LogProducer(
            Surroundings surroundings,
            Owner owner,
            ProducerOptions options,
            Codec<K> keys,
            Codec<V> values,
            Runnable whenClosed) {
        var name = options.getTopic();
        if (name == null) throw new IllegalArgumentException("ProducerOptions: topic is missing");
        this.surroundings = surroundings;
        this.owner = owner;
        this.timers = surroundings.timers(owner.context());
        this.topic = name;
        this.options = options;
        this.keys = keys;
        this.values = values;
        this.headers = new SentHeaders(values.contentType());
        this.rules = SendRules.of(options);
        this.backoff = new Backoff(
                options.getRetryBackoffMillis(), options.getMaxRetryBackoffMillis(), () -> ThreadLocalRandom.current()
                        .nextDouble());
        this.limit = options.getBufferBytes();
        this.whenClosed = whenClosed;
        this.closeHook = completion -> close().onComplete(completion);
        owner.onClose(closeHook);
    }

    @Override
    public String topic() {
        return topic;
    }

    @Override
    public Future<Receipt> send(V value) {
        return send(new RecordToSend<>(null, value));
    }

    @Override
    public Future<Receipt> send(@Nullable K key, @Nullable V value) {
        return send(new RecordToSend<>(key, value));
    }

    @Override
    public Future<Receipt> send(OutgoingRecord<K, V> record) {
        var promise = owner.<Receipt>promise();
        arrive((RecordToSend<K, V>) record, promise);
        return promise.future();
    }

    @Override
    public void post(OutgoingRecord<K, V> record) {
        arrive((RecordToSend<K, V>) record, null);
    }

    @Override
    public Future<Void> write(OutgoingRecord<K, V> record) {
        return send(record).mapEmpty();
    }

    private void arrive(RecordToSend<K, V> record, @Nullable Promise<Receipt> promise) {
        if (owner.isHere() && arriving.get() == 0) {
            accept(record, promise);
            return;
        }
        // Also from here when others are on their way: one sender may change threads, and its order must not.
        if (isRefusing || arriving.get() >= REFUSED_ARRIVING) {
            var full = bufferFull();
            if (promise != null) promise.fail(full);
            owner.later(() -> tellOfFailure(full));
            return;
        }
        arriving.incrementAndGet();
        owner.later(() -> {
            arriving.decrementAndGet();
            long before = unacknowledged;
            accept(record, promise);
            int average = averageBytes;
            if (unacknowledged > before) averageBytes = average + (int) (unacknowledged - before - average) / 8;
            drain();
        });
    }

    private void accept(RecordToSend<K, V> record, @Nullable Promise<Receipt> promise) {
        if (closing != null) {
            refuse(promise, CLOSED.because("the producer for " + topic + " is closed"));
        } else if (isRefusing && arriving.get() == 0) {
            refuse(promise, bufferFull());
        } else if (route == null || record.partition >= route.partitions()) {
            if (early.size() >= 2 * MOST_EARLY) {
                refuse(
                        promise,
                        BUFFER_FULL.because(early.size() + " records wait for topic " + topic + " to be found"));
                return;
            }
            early.add(new Early<>(record, promise));
            if (early.size() >= MOST_EARLY) isFull = true;
            askForRoute();
        } else {
            put(route, record, promise);
        }
    }

    private void put(TopicRoute to, RecordToSend<K, V> record, @Nullable Promise<Receipt> promise) {
        int taken;
        try {
            taken = encode(to, record, promise);
        } catch (MillraceException refusal) {
            refuse(promise, refusal);
            return;
        } catch (RuntimeException broken) {
            refuse(promise, new MillraceException(INVALID_RECORD, "the record cannot be encoded: " + broken, broken));
            return;
        }
        unacknowledged += taken;
        if (unacknowledged >= limit && !isFull) isFull = true;
        if (unacknowledged >= 2 * limit && !isRefusing) isRefusing = true;
    }

    private MillraceException bufferFull() {
        return BUFFER_FULL.because("the producer for " + topic + " holds twice its bufferBytes " + limit
                + " of unacknowledged records; wait for the drain handler when writeQueueFull");
    }

    private int encode(TopicRoute to, RecordToSend<K, V> record, @Nullable Promise<Receipt> promise) {
        var key = record.key == null ? null : Bytes.of(keys.encode(record.key));
        var value = record.value == null ? null : Bytes.of(values.encode(record.value));
        int size = (key == null ? 0 : key.remaining()) + (value == null ? 0 : value.remaining());
        if (size > to.maxBatchBytes()) {
            throw RECORD_TOO_LARGE.because("a record of " + size + " bytes; topic " + topic + " takes batches of "
                    + to.maxBatchBytes() + " at most (max.message.bytes)");
        }
        int partition = choose(to, record.partition, key);
        long now = timers.wallMillis();
        long timestamp = record.timestamp == RecordToSend.NOW ? now : record.timestamp;
        var id = record.id == null && options.isAssignIds() ? RecordIds.next(now) : record.id;
        var lane = lanes.get(partition);
        int taken = lane.add(
                timestamp,
                key,
                value,
                headers.of(record, id),
                record.acks == null ? options.getAcks() : record.acks,
                id,
                promise);
        touch(lane);
        return taken;
    }

    private int choose(TopicRoute to, int wanted, @Nullable ByteBuffer key) {
        if (wanted >= to.partitions()) {
            throw PARTITION_NOT_FOUND.because(
                    "topic " + topic + " has no partition " + wanted + "; it has 0 to " + (to.partitions() - 1));
        }
        if (wanted != RecordToSend.ANY_PARTITION) return wanted;
        return key == null ? partitioner.ofNoKey(to.partitions()) : Partitioner.ofKey(key, to.partitions());
    }

    /** Remembers to tell the lane when this turn of the event loop is over. */
    private void touch(PartitionLane lane) {
        if (lane.isTouched) return;
        lane.isTouched = true;
        if (touched.isEmpty()) timers.after(0, this::turnEnded);
        touched.add(lane);
    }

    private void turnEnded() {
        var ended = List.copyOf(touched);
        touched.clear();
        for (var lane : ended) {
            lane.isTouched = false;
            lane.turnEnded();
        }
        refreshRoute();
    }

    private void refreshRoute() {
        if (timers.millis() - routeAt >= ROUTE_MILLIS) askForRoute();
    }

    private void askForRoute() {
        if (isAskingForRoute) return;
        isAskingForRoute = true;
        surroundings.route(topic).onComplete(found -> {
            isAskingForRoute = false;
            routeAt = timers.millis();
            if (found.succeeded()) follow(found.result());
            else if (route == null || isGone(found.cause())) leave(found.cause());
        });
    }

    private static boolean isGone(Throwable cause) {
        return cause instanceof MillraceException refusal && refusal.refusal() == TOPIC_NOT_FOUND;
    }

    private void follow(TopicRoute now) {
        if (route != null && !route.id().equals(now.id())) retireLanes();
        route = now;
        while (lanes.size() < now.partitions()) {
            lanes.add(
                    new PartitionLane(now, lanes.size(), rules, surroundings.partitions(), timers, backoff, listener));
        }
        while (!early.isEmpty()) {
            var next = early.poll();
            put(now, next.record, next.promise);
        }
        drain();
        finishClosing();
    }

    /** There is no such topic, or nobody can say. */
    private void leave(Throwable cause) {
        route = null;
        retireLanes();
        var refusal =
                cause instanceof MillraceException known ? known : new MillraceException(TOPIC_NOT_FOUND, topic, cause);
        while (!early.isEmpty()) refuse(early.poll().promise, refusal);
        drain();
        finishClosing();
    }

    private void retireLanes() {
        formerLanes.removeIf(PartitionLane::isIdle);
        formerLanes.addAll(lanes);
        lanes.clear();
    }

    private void refuse(@Nullable Promise<Receipt> promise, MillraceException cause) {
        if (promise != null) promise.fail(cause);
        tellOfFailure(cause);
    }

    private void tellOfFailure(Throwable cause) {
        if (exceptionHandler != null) owner.call(exceptionHandler, cause);
    }

    /** Answers of the lanes, on the context of the owner. */
    private final class LaneListener implements PartitionLane.Listener {
        @Override
        public Future<Long> newProducerId() {
            return surroundings.newProducerId();
        }

        @Override
        public void completed(int partition) {
            if (route != null) partitioner.completed(partition, route.partitions());
        }

        @Override
        public void released(int bytes) {
            unacknowledged -= bytes;
            drain();
        }

        @Override
        public void gaveUp(MillraceException cause) {
            if (cause.refusal() == PARTITION_NOT_FOUND || cause.refusal() == TOPIC_NOT_FOUND) askForRoute();
            tellOfFailure(cause);
        }
    }

    private void drain() {
        if (isRefusing && unacknowledged < 2 * limit) isRefusing = false;
        if (isFull && unacknowledged <= limit / 2) isFull = false;
        if (!isDrainOwed || isFull || drainHandler == null || arriving.get() > mostArriving() / 2) return;
        isDrainOwed = false;
        owner.call(drainHandler);
    }

    @Override
    public boolean writeQueueFull() {
        if (!seemsFull()) return false;
        isDrainOwed = true;
        // Looks again, because it may have drained before it owed anything.
        return seemsFull();
    }

    private boolean seemsFull() {
        return isFull || arriving.get() >= mostArriving();
    }

    /** As many as take a quarter of the buffer, as far as one can tell before they are encoded. */
    private int mostArriving() {
        return (int) Math.max(LEAST_ARRIVING, Math.min(MOST_ARRIVING, limit / 4 / Math.max(1, averageBytes)));
    }

    @Override
    public Producer<K, V> setWriteQueueMaxSize(int bytes) {
        if (bytes < 1) throw new IllegalArgumentException("write queue of " + bytes + " bytes is below 1");
        owner.run(() -> {
            limit = bytes;
            isFull = unacknowledged >= limit;
            isRefusing = unacknowledged >= 2 * limit;
            drain();
        });
        return this;
    }

    @Override
    public Producer<K, V> drainHandler(@Nullable Handler<Void> handler) {
        owner.run(() -> {
            drainHandler = handler;
            if (handler != null && isDrainOwed) owner.later(this::drain);
        });
        return this;
    }

    @Override
    public Producer<K, V> exceptionHandler(@Nullable Handler<Throwable> handler) {
        owner.run(() -> exceptionHandler = handler);
        return this;
    }

    @Override
    public Future<Void> flush() {
        var flushed = owner.<Void>promise();
        owner.run(() -> flushHere().onComplete(flushed));
        return flushed.future();
    }

    private Future<Void> flushHere() {
        if (route == null && !early.isEmpty()) {
            var last = Promise.<Receipt>promise();
            var before = early.pollLast();
            early.add(new Early<>(before.record, last));
            if (before.promise != null) last.future().onComplete(before.promise);
            return last.future().transform(answered -> flushHere());
        }
        var each = new ArrayList<Future<Void>>();
        for (var lane : formerLanes) each.add(lane.flush());
        for (var lane : lanes) each.add(lane.flush());
        each.removeIf(Future::isComplete);
        return each.isEmpty() ? Future.succeededFuture() : Future.join(each).mapEmpty();
    }

    @Override
    public Future<Void> end() {
        return close();
    }

    @Override
    public Future<Void> close() {
        var closed = owner.<Void>promise();
        owner.run(() -> {
            if (closing == null) {
                closing = Promise.promise();
                owner.forgetOnClose(closeHook);
                finishClosing();
            }
            closing.future().onComplete(closed);
        });
        return closed.future();
    }

    /** Goes on with closing when what came early has found its topic or not. */
    private void finishClosing() {
        if (closing == null || !early.isEmpty()) return;
        var done = closing;
        var late = timers.after(
                CLOSE_MILLIS,
                () -> abandon(ACK_TIMEOUT.because(
                        "the producer for " + topic + " was closed and had no answer within " + CLOSE_MILLIS + " ms")));
        flushHere().onComplete(flushed -> {
            late.cancel();
            abandon(CLOSED.because("the producer for " + topic + " is closed"));
            if (done.tryComplete()) whenClosed.run();
        });
    }

    private void abandon(MillraceException cause) {
        for (var lane : formerLanes) lane.abandon(cause);
        for (var lane : lanes) lane.abandon(cause);
    }

    @Override
    public String toString() {
        return "producer of " + topic;
    }
}
