package io.millrace.log.memory;

import static io.millrace.model.Refusal.CLOSED;
import static io.millrace.model.Refusal.OFFSET_OUT_OF_RANGE;

import io.millrace.log.DerivedState;
import io.millrace.log.LogClock;
import io.millrace.log.LogOptions;
import io.millrace.log.LogStats;
import io.millrace.log.PartitionLog;
import io.millrace.record.RecordBatch;
import io.millrace.time.Clock;
import io.vertx.core.Future;
import java.nio.ByteBuffer;

/** One open log in memory. What is appended is as durable as it will ever be. */
final class MemoryLog implements PartitionLog {
    private final StoredBatches stored;
    private final DerivedState derived;
    private final Clock clock;
    private final LogClock age = new LogClock();

    private final MemoryCompaction compaction;
    private LogOptions options;
    private boolean closed;

    MemoryLog(StoredBatches stored, LogOptions options, DerivedState derived, Clock clock) {
        this.stored = stored;
        this.options = options;
        this.derived = derived;
        this.clock = clock;
        this.compaction = new MemoryCompaction(stored);
        for (var chunk : stored.chunks()) age.saw(chunk.maxTimestamp(), clock.millis());
        rebuild();
    }

    @Override
    public long start() {
        return stored.start();
    }

    @Override
    public long end() {
        return stored.end();
    }

    @Override
    public long durableEnd() {
        return stored.end();
    }

    @Override
    public Future<Void> append(ByteBuffer batch) {
        if (closed) return refuseClosed();
        var header = RecordBatch.of(batch);
        if (header.baseOffset() != stored.end() || header.sizeInBytes() != batch.remaining()) {
            throw new IllegalStateException(header + " in " + batch + " does not follow " + stored.end());
        }

        if (stored.isEmpty() || isFull(stored.last(), batch.remaining())) roll();
        stored.add(own(batch));
        age.saw(header.maxTimestamp(), clock.millis());
        return Future.succeededFuture();
    }

    @Override
    public Future<ByteBuffer> read(long from, long upTo, int maxBytes) {
        if (closed) return refuseClosed();
        if (from < start() || from > end()) {
            return Future.failedFuture(
                    OFFSET_OUT_OF_RANGE.because("offset " + from + " is outside of " + start() + " to " + end()));
        }
        return Future.succeededFuture(stored.read(from, upTo, maxBytes));
    }

    @Override
    public Future<Long> batchAt(long timestamp) {
        if (closed) return refuseClosed();
        return Future.succeededFuture(stored.firstSince(timestamp));
    }

    @Override
    public Future<Void> truncateTo(long offset) {
        if (closed) return refuseClosed();
        if (offset < start() || offset > end() || !stored.isBoundary(offset)) {
            return Future.failedFuture(OFFSET_OUT_OF_RANGE.because(
                    "offset " + offset + " is no batch boundary within " + start() + " to " + end()));
        }
        compaction.cancel();
        stored.truncate(offset);
        rebuild();
        return Future.succeededFuture();
    }

    @Override
    public Future<Void> deleteBefore(long offset) {
        if (closed) return refuseClosed();
        if (offset > durableEnd()) {
            return Future.failedFuture(
                    OFFSET_OUT_OF_RANGE.because("offset " + offset + " lies behind the end " + durableEnd()));
        }
        stored.deleteBefore(offset);
        return Future.succeededFuture();
    }

    @Override
    public void compactBelow(long offset) {
        compaction.decidedBelow(Math.min(offset, end()));
    }

    /** How much the log needs to be compacted; negative if it need not be. A pass that was begun comes first. */
    double compactionNeed() {
        var how = options.compaction();
        if (closed || how == null) return -1;
        return compaction.isUnderWay() ? 2 : compaction.need(how, now());
    }

    /** Compacts for a while; gives the bytes looked at. */
    long compact(long budget) {
        var how = options.compaction();
        if (how == null) return 0;
        if (!compaction.isUnderWay()) compaction.begin(how, derived.anchors(), now(), clock.millis());
        return compaction.work(budget, clock.millis(), clock.wallMillis());
    }

    @Override
    public Future<Void> close() {
        closed = true;
        compaction.cancel();
        return Future.succeededFuture();
    }

    boolean isClosed() {
        return closed;
    }

    void configure(LogOptions changed) {
        options = changed;
        if (!changed.isCompacted()) compaction.cancel();
    }

    LogStats stats() {
        return new LogStats(stored.bytes(), 0, false, 0, compaction.stats(options.compaction(), now()));
    }

    /** Closes a chunk that is old, and forgets those that are too old or too many. */
    void upkeep() {
        if (closed || stored.isEmpty()) return;
        if (stored.last().count() > 0 && isOld(stored.last())) roll();
        retain();
    }

    private void roll() {
        stored.roll(derived.snapshot());
        retain();
    }

    private void retain() {
        while (stored.chunks().size() > 1) {
            var first = stored.chunks().get(0);
            if (first.end() > start() && !isExpired(first) && !isOversize()) break;
            stored.dropFirst();
        }
    }

    private boolean isFull(Chunk chunk, int more) {
        return chunk.count() > 0 && (chunk.bytes() + more > options.segmentBytes() || isOld(chunk));
    }

    private boolean isOld(Chunk chunk) {
        return chunk.firstTimestamp() >= 0 && now() - chunk.firstTimestamp() > options.rollMillis();
    }

    private boolean isExpired(Chunk chunk) {
        return options.retentionMillis() >= 0
                && chunk.maxTimestamp() >= 0
                && now() - chunk.maxTimestamp() > options.retentionMillis();
    }

    private boolean isOversize() {
        return options.retentionBytes() >= 0 && stored.bytes() > options.retentionBytes();
    }

    private long now() {
        return age.now(clock.wallMillis(), clock.millis());
    }

    /** Brings the derived state to the end of what is stored. */
    private void rebuild() {
        derived.reset();
        if (stored.isEmpty()) return;
        var last = stored.last();
        derived.restore(last.before.duplicate());
        for (int i = 0; i < last.count(); i++) derived.replay(last.batch(i));
    }

    /** The batch alone in an array of its own: as it is when it lies so already, else a copy. */
    private static ByteBuffer own(ByteBuffer batch) {
        boolean alone = batch.hasArray() && batch.arrayOffset() == 0 && batch.array().length == batch.remaining();
        if (alone) return batch;
        return ByteBuffer.allocate(batch.remaining()).put(batch.duplicate()).flip();
    }

    private static <T> Future<T> refuseClosed() {
        return Future.failedFuture(CLOSED.because("the log is closed"));
    }
}
