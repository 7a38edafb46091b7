package io.millrace.partition;

import static io.millrace.model.Refusal.ACK_TIMEOUT;
import static io.millrace.model.Refusal.BUFFER_FULL;
import static io.millrace.model.Refusal.CLOSED;
import static io.millrace.model.Refusal.DAMAGED;
import static io.millrace.model.Refusal.DISK_FULL;
import static io.millrace.model.Refusal.FENCED_LEADER_EPOCH;
import static io.millrace.model.Refusal.INVALID_ARGUMENT;
import static io.millrace.model.Refusal.OFFSET_OUT_OF_RANGE;
import static io.millrace.model.Refusal.STORAGE_FAILED;

import io.millrace.log.LogClock;
import io.millrace.log.LogStats;
import io.millrace.log.LogStorage;
import io.millrace.log.PartitionLog;
import io.millrace.model.MillraceException;
import io.millrace.model.PartitionId;
import io.millrace.model.Refusal;
import io.millrace.record.RecordBatch;
import io.millrace.time.Timers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.ByteBuffer;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Conducts one partition: asks {@link PartitionState} what becomes of a batch, hands it to the log, and answers when the
 * high watermark has passed it. Means for one partition what {@link Partitions} says for all.
 *
 * <p>Lives on its home thread. An answer is never given from within the call that caused it, unless it was there at once.
 */
public final class Partition {
    private static final Logger LOG = LoggerFactory.getLogger(Partition.class);
    private static final ByteBuffer NO_BYTES = ByteBuffer.allocate(0).asReadOnlyBuffer();
    /** What a search by time reads at once, where the first batch did not do. */
    private static final int SEARCH_BYTES = 1 << 20;
    /** What a search by time unpacks of one batch at most; larger than any batch that was let in. */
    private static final long MAX_UNPACKED_BYTES = 1L << 30;
    /** No timer is set for longer; it rings in vain then, and is set again. */
    private static final long MAX_ALARM_MILLIS = 86_400_000;
    /** One node, one replica; a cluster will give its own number. */
    private static final int SELF = 0;

    private final PartitionId id;
    private final LogStorage storage;
    private final PartitionLog log;
    private final PartitionHistory history;
    private final PartitionState state;
    private final Timers timers;
    private final Answers answers;
    private final OffsetWaiters<PendingAck, ParkedRead> waiters = new OffsetWaiters<>();
    private final LogClock age = new LogClock();

    private PartitionOptions options;
    /** Why no more is taken; null while the partition works. */
    private @Nullable MillraceException stopped;

    private @Nullable Future<Void> closing;
    private Timers.@Nullable Timer alarm;
    private long alarmAt = OffsetWaiters.NEVER;

    private long batchesIn;
    private long recordsIn;
    private long bytesIn;
    private long duplicates;
    private long refused;
    private long readsOut;
    private long bytesOut;

    private record PendingAck(Promise<Appended> promise, Appended answer) {}

    private record ParkedRead(Promise<Fetched> promise, ReadRequest request) {}

    private Partition(
            PartitionId id,
            LogStorage storage,
            PartitionLog log,
            PartitionHistory history,
            PartitionOptions options,
            Timers timers) {
        this.id = id;
        this.storage = storage;
        this.log = log;
        this.history = history;
        this.options = options;
        this.timers = timers;
        this.answers = new Answers(timers);
        this.state = new PartitionState(SELF, options, history, log.end());
        age.saw(history.time(), timers.millis());
    }

    /** Opens the log of a partition, recovers what is remembered of it, and leads it in {@code leaderEpoch}. */
    public static Future<Partition> open(
            LogStorage storage, PartitionId id, PartitionOptions options, int leaderEpoch, Timers timers) {
        var history = new PartitionHistory(options);
        return storage.open(id, options.log(), history).compose(log -> {
            int known = history.epochs().latest();
            if (leaderEpoch < known) {
                var fenced = FENCED_LEADER_EPOCH.because("epoch " + leaderEpoch + " after epoch " + known);
                return log.close().transform(closed -> Future.failedFuture(fenced));
            }
            var partition = new Partition(id, storage, log, history, options, timers);
            partition.lead(leaderEpoch);
            return Future.succeededFuture(partition);
        });
    }

    public PartitionId id() {
        return id;
    }

    /** Leads in a new epoch, as the only replica. */
    public void lead(int epoch) {
        state.lead(epoch, Set.of(SELF));
        advance();
        answers.giveLater();
    }

    /** Somebody opens what is open: the epoch may rise, and the options are the new ones. */
    Future<Partition> leadAgain(int epoch, PartitionOptions changed) {
        if (stopped != null) return Future.failedFuture(stopped);
        if (epoch < state.leaderEpoch()) {
            return Future.failedFuture(
                    FENCED_LEADER_EPOCH.because("epoch " + epoch + " after epoch " + state.leaderEpoch()));
        }
        if (epoch > state.leaderEpoch()) lead(epoch);
        if (!changed.equals(options)) configure(changed);
        return Future.succeededFuture(this);
    }

    public void configure(PartitionOptions changed) {
        options = changed;
        state.configure(changed);
        history.configure(changed);
        storage.configure(id, changed.log());
    }

    /** See {@link Partitions#append}. */
    public Future<Appended> append(ByteBuffer bytes, Acks acks) {
        if (stopped != null) return refuse(stopped);
        var batch = RecordBatch.of(bytes);
        history.expire(now());
        return carryOut(state.decide(batch, acks), bytes, batch, acks);
    }

    /** See {@link Partitions#appendOnce}. */
    public Future<Appended> appendOnce(ByteBuffer bytes, Acks acks, String key, long fingerprint) {
        if (stopped != null) return refuse(stopped);
        var batch = RecordBatch.of(bytes);
        var once = new IdempotencyKey(key, fingerprint);
        if (!once.equals(IdempotencyKey.in(batch))) {
            return refuse(
                    INVALID_ARGUMENT.because("the batch must carry its idempotency key in its first two headers"));
        }
        history.expire(now());
        var decision = history.idempotency().check(once, state.highWatermark());
        if (decision instanceof AppendDecision.Accepted) decision = state.decide(batch, acks);
        return carryOut(decision, bytes, batch, acks);
    }

    private Future<Appended> carryOut(AppendDecision decision, ByteBuffer bytes, RecordBatch batch, Acks acks) {
        if (decision instanceof AppendDecision.Refused no) return refuse(no.cause());
        if (decision instanceof AppendDecision.Duplicate seen) {
            duplicates++;
            return acknowledge(
                    new Appended(seen.baseOffset(), seen.logAppendTime(), true), seen.lastOffset() + 1, acks);
        }
        return write(bytes, batch, acks);
    }

    private Future<Appended> write(ByteBuffer bytes, RecordBatch batch, Acks acks) {
        long appendTime = RecordBatch.NO_TIMESTAMP;
        if (options.isLogAppendTime()) {
            appendTime = timers.wallMillis();
            batch.stampLogAppendTime(appendTime);
        }
        batch.stamp(state.end(), state.leaderEpoch());

        var stored = log.append(bytes);
        if (stored.failed()) return appendFailed(stored.cause());

        // Behind log.append, which may have asked the history for a snapshot of what is in front of this batch.
        state.appended(batch);
        age.saw(history.time(), timers.millis());
        batchesIn++;
        recordsIn += batch.count();
        bytesIn += batch.sizeInBytes();

        var answer = acknowledge(new Appended(batch.baseOffset(), appendTime, false), batch.nextOffset(), acks);
        if (stored.isComplete()) {
            advance();
            answers.giveLater();
        } else {
            stored.onComplete(result -> {
                if (result.succeeded()) advance();
                else stop(result.cause());
                answers.give();
            });
        }
        return answer;
    }

    /** The answer when consumers may see the batch; with {@link Acks#NONE} at once. */
    private Future<Appended> acknowledge(Appended answer, long end, Acks acks) {
        if (acks == Acks.NONE || end <= state.highWatermark()) return answers.unwind(Future.succeededFuture(answer));
        var promise = Promise.<Appended>promise();
        waiters.awaitAck(end, new PendingAck(promise, answer));
        return promise.future();
    }

    private Future<Appended> appendFailed(Throwable cause) {
        if (cause instanceof MillraceException definite && isDefinite(definite.refusal())) return refuse(definite);
        stop(cause);
        answers.giveLater();
        return refuse(storageFailed(cause));
    }

    private static boolean isDefinite(Refusal refusal) {
        return refusal == DISK_FULL || refusal == DAMAGED || refusal == CLOSED;
    }

    private Future<Appended> refuse(MillraceException cause) {
        refused++;
        return answers.unwind(Future.failedFuture(cause));
    }

    /** See {@link Partitions#read}. */
    public Future<Fetched> read(ReadRequest request) {
        if (stopped != null) return answers.unwind(Future.failedFuture(stopped));
        if (request.from() < log.start() || request.from() > state.end()) {
            return answers.unwind(Future.failedFuture(OFFSET_OUT_OF_RANGE.because(
                    "offset " + request.from() + " is outside of " + log.start() + " to " + state.end())));
        }
        if (request.from() < state.highWatermark()) return answers.unwind(fetch(request));
        if (request.waitMillis() == 0) return answers.unwind(Future.succeededFuture(nothing()));
        return park(request);
    }

    private Future<Fetched> fetch(ReadRequest request) {
        return readRecords(request.from(), state.highWatermark(), request.maxBytes())
                .map(batches -> {
                    readsOut++;
                    bytesOut += batches.remaining();
                    return new Fetched(batches, log.start(), state.highWatermark());
                });
    }

    /** Goes on over what compaction left empty, so that whoever reads gets a record if there is one. */
    private Future<ByteBuffer> readRecords(long from, long upTo, int maxBytes) {
        return log.read(from, upTo, maxBytes).compose(batches -> {
            long next = endIfEmpty(batches);
            if (next < 0 || next >= upTo) return Future.succeededFuture(batches);
            var more = Promise.<ByteBuffer>promise();
            answers.add(() -> readRecords(next, upTo, maxBytes).onComplete(more));
            answers.giveLater();
            return more.future();
        });
    }

    /** Where batches without a single record end; -1 if there is a record, or no batch. */
    private static long endIfEmpty(ByteBuffer batches) {
        long end = -1;
        for (int at = batches.position(); at < batches.limit(); ) {
            var batch = RecordBatch.at(batches, at);
            if (batch.count() > 0) return -1;
            end = batch.nextOffset();
            at += batch.sizeInBytes();
        }
        return end;
    }

    private Fetched nothing() {
        return new Fetched(NO_BYTES.duplicate(), log.start(), state.highWatermark());
    }

    private Future<Fetched> park(ReadRequest request) {
        if (waiters.reads() >= options.maxParkedReads()) {
            return answers.unwind(Future.failedFuture(BUFFER_FULL.because(
                    waiters.reads() + " reads wait for a record of this partition already, which is the limit")));
        }
        var promise = Promise.<Fetched>promise();
        long now = timers.millis();
        long deadline =
                request.waitMillis() > Long.MAX_VALUE - 1 - now ? Long.MAX_VALUE - 1 : now + request.waitMillis();
        waiters.awaitData(request.from(), deadline, new ParkedRead(promise, request));
        setAlarm();
        return promise.future();
    }

    /** See {@link Partitions#cancel}. */
    @SuppressWarnings("ReferenceEquality") // another reader may wait for the same
    public void cancel(ReadRequest request) {
        var read = waiters.takeRead(request.from(), parked -> parked.request == request);
        if (read == null) return;
        answers.add(() -> read.promise.complete(nothing()));
        answers.giveLater();
    }

    /** See {@link Partitions#offsetAt}. */
    public Future<Long> offsetAt(long timestamp) {
        if (stopped != null) return Future.failedFuture(stopped);
        return log.batchAt(timestamp).compose(base -> search(Math.max(base, log.start()), timestamp, 1));
    }

    /** Nearly always the first batch has it; but its records in front of the log start do not count. */
    private Future<Long> search(long from, long timestamp, int maxBytes) {
        long highWatermark = state.highWatermark();
        if (from >= highWatermark) return Future.succeededFuture(highWatermark);
        return log.read(from, highWatermark, maxBytes).compose(batches -> {
            long next = from;
            for (int at = batches.position(); at < batches.limit(); ) {
                var batch = RecordBatch.at(batches, at);
                long found = firstSince(batch, from, timestamp);
                if (found >= 0) return Future.succeededFuture(found);
                next = batch.nextOffset();
                at += batch.sizeInBytes();
            }
            return searchOn(next, timestamp);
        });
    }

    private Future<Long> searchOn(long from, long timestamp) {
        var found = Promise.<Long>promise();
        answers.add(() -> search(from, timestamp, SEARCH_BYTES).onComplete(found));
        answers.giveLater();
        return found.future();
    }

    private static long firstSince(RecordBatch batch, long from, long timestamp) {
        if (batch.maxTimestamp() < timestamp) return -1;
        try (var records = batch.records(MAX_UNPACKED_BYTES)) {
            while (records.next()) {
                if (records.offset() >= from && records.timestamp() >= timestamp) return records.offset();
            }
        }
        return -1;
    }

    /** See {@link Partitions#offsets}. */
    public Offsets offsets() {
        var stats = storage.stats(id);
        return new Offsets(
                log.start(), state.highWatermark(), state.end(), state.leaderEpoch(), stats.bytes(), stats.damaged());
    }

    /** See {@link Partitions#deleteBefore}. */
    public Future<Long> deleteBefore(long offset) {
        if (stopped != null) return Future.failedFuture(stopped);
        long target = offset == -1 ? state.highWatermark() : offset;
        if (target < 0 || target > state.highWatermark()) {
            return Future.failedFuture(OFFSET_OUT_OF_RANGE.because(
                    "offset " + offset + " is outside of 0 to the high watermark " + state.highWatermark()));
        }
        // Also where the start is there already: the log knows whether that is durable.
        return log.deleteBefore(Math.max(target, log.start())).map(done -> log.start());
    }

    /** How its log is kept at the moment. */
    public LogStats logStats() {
        return storage.stats(id);
    }

    public PartitionStats stats() {
        return new PartitionStats(
                batchesIn,
                recordsIn,
                bytesIn,
                duplicates,
                refused,
                readsOut,
                bytesOut,
                waiters.reads(),
                waiters.acks());
    }

    /** What the partition remembers of its log, as its log keeps it beside the segments. */
    ByteBuffer memory() {
        return history.snapshot();
    }

    /** Forgets producers and keys that are too old; called now and then. */
    public void upkeep() {
        history.expire(now());
        log.compactBelow(state.highWatermark());
    }

    /**
     * Takes no more, lets the log finish what it has, and lets it go. Appends that are not known to be durable by then
     * fail with an unknown outcome, parked reads with CLOSED.
     */
    public Future<Void> close() {
        if (closing != null) return closing;
        if (stopped == null) stopped = CLOSED.because("the partition is closed");
        failReads(stopped);
        cancelAlarm();
        answers.giveLater();
        closing = log.close().onComplete(closed -> {
            advance();
            failAcks(ACK_TIMEOUT.because("the partition was closed before the record was known to be stored"));
            answers.giveLater();
        });
        return closing;
    }

    /** Raises the high watermark as far as it goes, and sees who has waited for that. */
    private void advance() {
        if (!state.durable(log.durableEnd())) return;
        long highWatermark = state.highWatermark();
        answers.addEach(waiters.reached(highWatermark), ack -> ack.promise.complete(ack.answer));
        answers.addEach(waiters.readable(highWatermark), this::resume);
    }

    /** A read that waited has something to read, unless it was deleted or the partition stopped in between. */
    private void resume(ParkedRead read) {
        read(read.request).onComplete(read.promise);
    }

    private void stop(Throwable cause) {
        if (stopped != null && stopped.refusal() == STORAGE_FAILED) return;
        LOG.error("{}: stopped at offset {}, the storage failed", id, state.highWatermark(), cause);
        var failure = storageFailed(cause);
        stopped = failure;
        failAcks(failure);
        failReads(failure);
        cancelAlarm();
    }

    private static MillraceException storageFailed(Throwable cause) {
        if (cause instanceof MillraceException refusal && refusal.refusal() == STORAGE_FAILED) return refusal;
        return new MillraceException(STORAGE_FAILED, "the storage failed: " + cause.getMessage(), cause);
    }

    private void failAcks(MillraceException cause) {
        answers.addEach(waiters.takeAcks(), ack -> ack.promise.fail(cause));
    }

    private void failReads(MillraceException cause) {
        answers.addEach(waiters.takeReads(), read -> read.promise.fail(cause));
    }

    /** One timer for all parked reads, set to the first deadline or earlier. */
    private void setAlarm() {
        long next = waiters.nextDeadline();
        if (next >= alarmAt) return;
        cancelAlarm();
        long delay = Math.min(MAX_ALARM_MILLIS, Math.max(0, next - timers.millis()));
        alarmAt = timers.millis() + delay;
        alarm = timers.after(delay, this::ring);
    }

    private void ring() {
        alarm = null;
        alarmAt = OffsetWaiters.NEVER;
        answers.addEach(waiters.due(timers.millis()), read -> read.promise.complete(nothing()));
        setAlarm();
        answers.give();
    }

    private void cancelAlarm() {
        if (alarm != null) alarm.cancel();
        alarm = null;
        alarmAt = OffsetWaiters.NEVER;
    }

    private long now() {
        return age.now(timers.wallMillis(), timers.millis());
    }
}
