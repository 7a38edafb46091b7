package io.millrace.broker.client;

import static io.millrace.model.Refusal.ACK_TIMEOUT;
import static io.millrace.model.Refusal.DUPLICATE_SEQUENCE;
import static io.millrace.model.Refusal.INVALID_PRODUCER_EPOCH;
import static io.millrace.model.Refusal.OUT_OF_ORDER_SEQUENCE;

import io.millrace.Receipt;
import io.millrace.model.MillraceException;
import io.millrace.model.Outcome;
import io.millrace.model.PartitionId;
import io.millrace.model.Refusal;
import io.millrace.partition.Acks;
import io.millrace.partition.Appended;
import io.millrace.partition.Partitions;
import io.millrace.record.RecordBatch;
import io.millrace.record.RecordBatchBuilder;
import io.millrace.record.RecordHeader;
import io.millrace.time.Timers;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The way of a producer's records into one partition: they gather in a batch, leave in order, and are sent again, in the
 * same order, until they are answered or too late. Knows no Vert.x; for one thread. Ring 1.
 *
 * <p>Invariant: {@code sent}, then {@code waiting}, then {@code open} hold what is unresolved, in the order in which it
 * was sent; a batch is resolved only when everything in front of it is. While an answer that asks for another attempt
 * lies in {@code sent}, nothing leaves until all of {@code sent} is answered; then all goes back to {@code waiting}.
 */
final class PartitionLane {
    private static final Appended NOT_AWAITED = new Appended(-1, -1, false);
    private static final int LEAST_CAPACITY = 256;
    private static final long NO_ID = RecordBatch.NO_PRODUCER_ID;

    /** What a lane tells its producer. */
    interface Listener {
        /** A producer id that nobody had before. */
        Future<Long> newProducerId();

        /** A batch that keyless records went to is complete. */
        void completed(int partition);

        /** The records of a batch are resolved; so many bytes are free again. */
        void released(int bytes);

        /** A batch was given up. */
        void gaveUp(MillraceException cause);
    }

    private final PartitionId id;
    private final TopicRoute route;
    private final SendRules rules;
    private final Partitions partitions;
    private final Timers timers;
    private final Backoff backoff;
    private final Listener listener;

    private final Deque<PendingBatch> sent = new ArrayDeque<>();
    private final Deque<PendingBatch> waiting = new ArrayDeque<>();
    private @Nullable PendingBatch open;
    /** Whether the producer will call {@link #turnEnded} at the end of this turn. Its own mark. */
    boolean isTouched;
    /** Batches whose append has not been answered, whether anybody still waits for them or not. */
    private int inFlight;

    /** The memory that the next batch begins with: what the last one took, and a little more. */
    private int capacity = LEAST_CAPACITY;

    private long producerId = NO_ID;
    private int nextSequence;
    /** Whether the partition has accepted a batch under this id. Before, it would take any sequence for the first. */
    private boolean isProven;

    private boolean isAskingForId;
    private int failedAsks;
    private boolean isPumping;
    private boolean hasReturned;
    private Timers.@Nullable Timer pause;
    private Timers.@Nullable Timer linger;
    private Timers.@Nullable Timer deadline;

    PartitionLane(
            TopicRoute route,
            int index,
            SendRules rules,
            Partitions partitions,
            Timers timers,
            Backoff backoff,
            Listener listener) {
        this.id = route.partition(index);
        this.route = route;
        this.rules = rules;
        this.partitions = partitions;
        this.timers = timers;
        this.backoff = backoff;
        this.listener = listener;
    }

    /** Adds a record; returns the bytes that it takes until it is released. */
    int add(
            long timestamp,
            @Nullable ByteBuffer key,
            @Nullable ByteBuffer value,
            List<RecordHeader> headers,
            Acks acks,
            @Nullable String recordId,
            @Nullable Promise<Receipt> promise) {
        var batch = open;
        if (batch != null) {
            int limit = isWindowOpen() ? rules.batchBytes() : maxBatchBytes();
            long size = RecordBatchBuilder.sizeOf(key, value, headers);
            if (batch.acks != acks || !batch.hasRoomFor(size, limit)) {
                close(batch);
                batch = null;
            }
        }
        int before = 0;
        if (batch == null) batch = openBatch(acks);
        else before = batch.sizeInBytes();
        batch.add(timestamp, key, value, headers, recordId, promise);
        int size = batch.sizeInBytes();
        if (size >= rules.batchBytes() && before < rules.batchBytes()) {
            if (isWindowOpen()) close(batch);
            else listener.completed(id.index());
        }
        if (!waiting.isEmpty()) pump();
        return size - before;
    }

    private int maxBatchBytes() {
        return Math.max(rules.batchBytes(), Math.min(rules.maxBatchBytes(), route.maxBatchBytes()));
    }

    private PendingBatch openBatch(Acks acks) {
        long now = timers.millis();
        var compression = route.compression() != null ? route.compression() : rules.compression();
        var builder = new RecordBatchBuilder(compression, capacity);
        var batch = new PendingBatch(acks, now + rules.deliveryTimeoutMillis(), builder);
        open = batch;
        if (rules.lingerMillis() > 0) {
            linger = timers.after(rules.lingerMillis(), () -> {
                linger = null;
                closeOpen();
                pump();
            });
        }
        if (deadline == null) watchDeadlines(rules.deliveryTimeoutMillis());
        return batch;
    }

    private void closeOpen() {
        if (open != null) close(open);
    }

    /** No more records go into the batch. */
    private void close(PendingBatch batch) {
        open = null;
        capacity = Math.max(LEAST_CAPACITY, batch.sizeInBytes() + batch.sizeInBytes() / 8);
        if (linger != null) linger.cancel();
        linger = null;
        waiting.add(batch);
        listener.completed(id.index());
    }

    /** The turn of the event loop in which records were added is over; what is idle sends what it has. */
    void turnEnded() {
        if (rules.lingerMillis() == 0 && inFlight == 0 && waiting.isEmpty() && sent.isEmpty()) closeOpen();
        pump();
    }

    /** Sends what there is without waiting for more; succeeds when it is resolved. */
    Future<Void> flush() {
        closeOpen();
        pump();
        if (!waiting.isEmpty()) return waiting.getLast().done();
        if (!sent.isEmpty()) return sent.getLast().done();
        return Future.succeededFuture();
    }

    /** Gives everything up that is not resolved. */
    void abandon(MillraceException cause) {
        closeOpen();
        for (var timer : new Timers.@Nullable Timer[] {pause, linger, deadline}) if (timer != null) timer.cancel();
        pause = null;
        linger = null;
        deadline = null;
        while (!sent.isEmpty()) giveUp(sent.poll(), cause);
        while (!waiting.isEmpty()) giveUp(waiting.poll(), cause);
    }

    /** Whether nothing is unresolved. */
    boolean isIdle() {
        return sent.isEmpty() && waiting.isEmpty() && open == null;
    }

    private boolean isWindowOpen() {
        if (pause != null || isAskingForId) return false;
        int window = rules.isIdempotent() && isProven ? rules.maxInFlight() : 1;
        return inFlight < window && waiting.isEmpty();
    }

    private boolean maySend() {
        if (pause != null || isAskingForId) return false;
        int window = rules.isIdempotent() && isProven ? rules.maxInFlight() : 1;
        if (inFlight >= window) return false;
        for (var batch : sent) if (batch.refused != null) return false;
        return true;
    }

    /** Sends and resolves as far as it goes. What is answered meanwhile is seen by this loop, not by another one. */
    private void pump() {
        if (isPumping) return;
        isPumping = true;
        try {
            do {
                resolve();
                if (hasReturned && rules.lingerMillis() == 0 && waiting.isEmpty()) closeOpen();
                hasReturned = false;
                while (!waiting.isEmpty() && maySend()) send(waiting.poll());
            } while (hasReturned);
        } finally {
            isPumping = false;
        }
    }

    private void send(PendingBatch batch) {
        if (batch.isAnswered()) {
            sent.add(batch);
            hasReturned = true;
            return;
        }
        boolean identified = rules.isIdempotent() && batch.acks != Acks.NONE;
        if (identified && producerId == NO_ID) {
            waiting.addFirst(batch);
            askForId();
            return;
        }
        if (identified && !batch.hasProducer(producerId)) {
            batch.identify(producerId, nextSequence);
            nextSequence = RecordBatch.advance(nextSequence, batch.count());
        }
        inFlight++;
        sent.add(batch);
        long under = identified ? producerId : NO_ID;
        Future<Appended> answer;
        try {
            answer = partitions.append(id, batch.nextAttempt(), batch.acks);
        } catch (RuntimeException broken) {
            answer = Future.failedFuture(broken);
        }
        if (batch.acks == Acks.NONE) batch.succeed(route.name(), id.index(), "none", NOT_AWAITED);
        answer.onComplete(result -> answered(batch, under, result));
    }

    private void answered(PendingBatch batch, long under, AsyncResult<Appended> result) {
        inFlight--;
        hasReturned = true;
        if (result.succeeded()) {
            batch.stored = result.result();
            if (under != NO_ID && under == producerId) isProven = true;
        } else if (refusalIs(result.cause(), DUPLICATE_SEQUENCE)) {
            batch.stored = new Appended(-1, -1, true);
        } else {
            batch.refused = result.cause();
            batch.lastRefusal = result.cause();
            if (asRefusal(result.cause()).refusal().outcome() == Outcome.UNKNOWN) batch.isPerhapsStored = true;
        }
        pump();
    }

    /** Resolves what is answered, in order, up to the first that must be sent again. */
    private void resolve() {
        while (!sent.isEmpty() && sent.peek().isAnswered()) {
            var batch = sent.peek();
            if (batch.stored != null) {
                sent.poll();
                finish(batch, batch.stored);
            } else if (batch.refused != null && !mayRetry(batch, batch.refused)) {
                sent.poll();
                giveUp(batch, whatIsKnown(batch, asRefusal(batch.refused)));
            } else {
                if (inFlight == 0) sendAgain(batch);
                return;
            }
        }
    }

    private void finish(PendingBatch batch, Appended answer) {
        if (!batch.isResolved) batch.succeed(route.name(), id.index(), route.durable(), answer);
        listener.released(batch.sizeInBytes());
        batch.settle();
    }

    private void giveUp(PendingBatch batch, MillraceException cause) {
        if (!batch.isResolved) batch.fail(cause);
        listener.released(batch.sizeInBytes());
        batch.settle();
        listener.gaveUp(cause);
    }

    private static boolean mayRetry(PendingBatch batch, Throwable refusal) {
        if (batch.acks == Acks.NONE) return false;
        return isSequenceLost(refusal)
                || (refusal instanceof MillraceException no && no.refusal().retryable());
    }

    /** The partition does not go on from where this id is: something in front of the batch was given up. */
    private static boolean isSequenceLost(Throwable refusal) {
        return refusalIs(refusal, OUT_OF_ORDER_SEQUENCE) || refusalIs(refusal, INVALID_PRODUCER_EPOCH);
    }

    private static boolean refusalIs(Throwable cause, Refusal refusal) {
        return cause instanceof MillraceException no && no.refusal() == refusal;
    }

    /** A refusal tells what its own attempt did; an earlier one may have stored the batch. */
    private static MillraceException whatIsKnown(PendingBatch batch, MillraceException refusal) {
        if (!batch.isPerhapsStored || refusal.refusal().outcome() != Outcome.NOT_STORED) return refusal;
        return new MillraceException(
                ACK_TIMEOUT,
                "an earlier attempt may have stored the records; the last was refused: " + refusal.getMessage(),
                refusal);
    }

    private static MillraceException asRefusal(Throwable cause) {
        if (cause instanceof MillraceException refusal) return refusal;
        return new MillraceException(ACK_TIMEOUT, "the append failed, its outcome is unknown: " + cause, cause);
    }

    /** All of {@code sent} is answered, and its first must be sent again: everything behind it follows in order. */
    private void sendAgain(PendingBatch first) {
        boolean renew = first.refused != null && isSequenceLost(first.refused);
        while (!sent.isEmpty()) {
            var batch = sent.pollLast();
            if (batch.refused != null && mayRetry(batch, batch.refused)) batch.refused = null;
            waiting.addFirst(batch);
        }
        if (renew) renewId();
        if (!renew || first.attempts > 1) pauseFor(backoff.afterAttempts(first.attempts));
    }

    /** Nothing is known to be stored of what goes again; under a new id it begins with sequence 0. */
    private void renewId() {
        producerId = NO_ID;
        nextSequence = 0;
        isProven = false;
    }

    private void pauseFor(long millis) {
        if (pause != null) pause.cancel();
        pause = timers.after(millis, () -> {
            pause = null;
            pump();
        });
    }

    private void askForId() {
        isAskingForId = true;
        listener.newProducerId().onComplete(result -> {
            isAskingForId = false;
            if (result.succeeded()) {
                producerId = result.result();
                failedAsks = 0;
            } else {
                pauseFor(backoff.afterAttempts(++failedAsks));
            }
            hasReturned = true;
            pump();
        });
    }

    private void watchDeadlines(long millis) {
        deadline = timers.after(millis, () -> {
            deadline = null;
            giveUpWhatIsLate(timers.millis());
            var oldest = oldest();
            if (oldest != null && deadline == null) watchDeadlines(Math.max(1, oldest.deadline - timers.millis()));
            pump();
        });
    }

    private void giveUpWhatIsLate(long now) {
        for (var late = oldest(); late != null && late.deadline <= now; late = oldest()) {
            if (late == open) closeOpen();
            if (late == sent.peek()) sent.poll();
            else waiting.poll();
            var last = late.lastRefusal == null ? "" : "; the last answer was: " + late.lastRefusal.getMessage();
            giveUp(
                    late,
                    ACK_TIMEOUT.because(late.count() + " records for " + route.name() + "/" + id.index()
                            + " were not acknowledged within " + rules.deliveryTimeoutMillis() + " ms and "
                            + late.attempts + " attempts" + last));
        }
    }

    private @Nullable PendingBatch oldest() {
        if (!sent.isEmpty()) return sent.peek();
        if (!waiting.isEmpty()) return waiting.peek();
        return open;
    }
}
