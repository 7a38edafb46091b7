package io.millrace.cluster;

import io.millrace.log.PartitionLog;
import io.millrace.model.MillraceException;
import io.millrace.model.Refusal;
import io.millrace.record.RecordBatch;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;

/** A log in memory that syncs when the test says so, and forgets at a crash what it had not synced. */
final class PatientLog implements PartitionLog {
    private final List<ByteBuffer> batches = new ArrayList<>();
    private final Queue<Promise<Void>> unsynced = new ArrayDeque<>();
    private long start;
    private long end;
    private long durableEnd;
    private boolean syncsAtOnce;
    private boolean closed;
    private MillraceException nextRefusal;

    static PatientLog thatSyncsAtOnce() {
        var log = new PatientLog();
        log.syncsAtOnce = true;
        return log;
    }

    /** The log as the next process finds it: everything synced, and perhaps some of what was not. */
    PatientLog crash(Random random) {
        var left = new PatientLog();
        left.syncsAtOnce = syncsAtOnce;
        left.start = start;
        left.end = start;
        for (var batch : batches) {
            var view = RecordBatch.of(batch);
            boolean durable = view.nextOffset() <= durableEnd;
            if (!durable && random.nextBoolean()) break;
            left.batches.add(batch.duplicate());
            left.end = view.nextOffset();
        }
        left.durableEnd = left.end;
        return left;
    }

    void refuseNext(Refusal refusal) {
        nextRefusal = refusal.because("as the test wishes");
    }

    void sync() {
        durableEnd = end;
        var synced = List.copyOf(unsynced);
        unsynced.clear();
        synced.forEach(Promise::complete);
    }

    /** Syncs, and from now on whatever comes as soon as it comes. */
    void syncFromNowOn() {
        syncsAtOnce = true;
        sync();
    }

    void failSync() {
        var failure = Refusal.STORAGE_FAILED.because("EIO");
        for (var done = unsynced.poll(); done != null; done = unsynced.poll()) done.fail(failure);
    }

    int unsynced() {
        return unsynced.size();
    }

    boolean isClosed() {
        return closed;
    }

    void flipBit(int batch, int byteIndex) {
        var bytes = batches.get(batch);
        bytes.put(byteIndex, (byte) (bytes.get(byteIndex) ^ 1));
    }

    void loseLastBatch() {
        var lost = RecordBatch.of(batches.remove(batches.size() - 1));
        end = lost.baseOffset();
        durableEnd = end;
    }

    void put(ByteBuffer batch) {
        batches.add(batch);
        end = RecordBatch.of(batch).nextOffset();
        durableEnd = end;
    }

    @Override
    public long start() {
        return start;
    }

    @Override
    public long end() {
        return end;
    }

    @Override
    public long durableEnd() {
        return durableEnd;
    }

    @Override
    public Future<Void> append(ByteBuffer batch) {
        if (closed) throw new IllegalStateException("append after close");
        var refusal = nextRefusal;
        nextRefusal = null;
        if (refusal != null) return Future.failedFuture(refusal);
        var view = RecordBatch.of(batch);
        if (view.baseOffset() != end || !view.isValid()) throw new IllegalStateException(view + " at " + end);
        batches.add(batch);
        end = view.nextOffset();
        var done = Promise.<Void>promise();
        unsynced.add(done);
        if (syncsAtOnce) sync();
        return done.future();
    }

    @Override
    public Future<ByteBuffer> read(long from, long upTo, int maxBytes) {
        if (from < start || from > end) return Future.failedFuture(Refusal.OFFSET_OUT_OF_RANGE.because("" + from));
        var found = batches.stream()
                .filter(batch -> RecordBatch.of(batch).lastOffset() >= from
                        && RecordBatch.of(batch).lastOffset() < upTo)
                .findFirst();
        return Future.succeededFuture(found.map(batch -> ByteBuffer.allocate(batch.remaining())
                        .put(batch.duplicate())
                        .flip())
                .orElseGet(() -> ByteBuffer.allocate(0)));
    }

    @Override
    public Future<Long> batchAt(long timestamp) {
        throw new UnsupportedOperationException("metadata is not read by time");
    }

    @Override
    public Future<Void> truncateTo(long offset) {
        throw new UnsupportedOperationException("metadata is not cut");
    }

    @Override
    public Future<Void> deleteBefore(long offset) {
        if (offset > durableEnd || offset < start) throw new IllegalStateException("delete before " + offset);
        start = offset;
        batches.removeIf(batch -> RecordBatch.of(batch).nextOffset() <= offset);
        return Future.succeededFuture();
    }

    @Override
    public Future<Void> close() {
        closed = true;
        return Future.succeededFuture();
    }
}
