package io.millrace.broker.client;

import io.millrace.model.Refusal;
import io.millrace.partition.Fetched;
import io.millrace.partition.ReadRequest;
import io.millrace.record.RecordBatch;
import io.millrace.record.RecordIterator;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * How far a consumer has come in one partition: the offset of the next record, and the chunk it is in. For one thread;
 * ring 0.
 */
final class PartitionCursor {
    static final long NO_END = Long.MAX_VALUE;
    /** What one batch may unpack to; more is refused rather than allocated. */
    private static final long MOST_UNPACKED_BYTES = 256L << 20;

    private final int partition;
    private long next;
    private long end;
    private @Nullable ByteBuffer chunk;
    private int at;
    private @Nullable RecordIterator batch;
    private long batchEnd;
    private boolean isAtRecord;

    /** Whether a read is under way, and which jump it belongs to. */
    boolean isReading;

    /** What was asked for, while it is not answered. */
    @Nullable
    ReadRequest reading;

    int jumps;
    /** Reads that failed in a row. */
    int failures;

    PartitionCursor(int partition, long next, long end) {
        this.partition = partition;
        this.next = next;
        this.end = end;
    }

    int partition() {
        return partition;
    }

    /** The offset of the next record that {@link #advance} may find. */
    long next() {
        return next;
    }

    /** Whether everything up to the end that was set has been passed. */
    boolean isDone() {
        return next >= end;
    }

    /** Goes on at an offset, and forgets what was read. A read under way is not meant for here any more. */
    void jumpTo(long offset) {
        next = offset;
        end = end == NO_END ? NO_END : Math.max(end, offset);
        jumps++;
        isReading = false;
        reading = null;
        failures = 0;
        dropChunk();
    }

    void take(Fetched fetched) {
        failures = 0;
        if (!fetched.batches().hasRemaining()) return;
        chunk = fetched.batches();
        at = chunk.position();
    }

    boolean hasChunk() {
        return chunk != null;
    }

    void dropChunk() {
        if (batch != null) batch.close();
        batch = null;
        chunk = null;
        isAtRecord = false;
    }

    /**
     * Finds the next record of the chunk, which {@link #record} then gives; false when the chunk is used up. Fails with a
     * refusal if the bytes are not what they should be.
     */
    boolean advance() {
        if (isAtRecord) return true;
        while (!isDone() && (batch != null || openBatch())) {
            var records = batch;
            while (records != null && records.next()) {
                if (records.offset() < next) continue;
                next = records.offset();
                if (isDone()) break;
                isAtRecord = true;
                return true;
            }
            if (!isDone()) next = Math.max(next, batchEnd);
            if (records != null) records.close();
            batch = null;
        }
        dropChunk();
        return false;
    }

    /** Opens the next batch that holds records for consumers. */
    private boolean openBatch() {
        while (chunk != null) {
            int size = RecordBatch.sizeAt(chunk, at);
            if (size < 0 || size > chunk.limit() - at) {
                if (at > chunk.position()) return false;
                throw Refusal.CORRUPT_MESSAGE.because(
                        "partition " + partition + ", offset " + next + ": what was read there is not a record batch");
            }
            var found = RecordBatch.at(chunk, at);
            at += size;
            if (found.nextOffset() <= next) continue;
            if (found.isControl()) {
                next = found.nextOffset();
                continue;
            }
            batchEnd = found.nextOffset();
            batch = found.records(MOST_UNPACKED_BYTES);
            return true;
        }
        return false;
    }

    /** The record that {@link #advance} has found, and passes it. */
    <K, V> StoredRecord<K, V> record(LogConsumer<K, V> consumer) {
        var found = batch;
        if (found == null || !isAtRecord) throw new IllegalStateException("no record at " + next);
        isAtRecord = false;
        next = found.offset() + 1;
        return new StoredRecord<>(
                consumer, partition, found.offset(), found.timestamp(), found.key(), found.value(), found.headers());
    }
}
