package io.millrace.log.memory;

import io.millrace.record.RecordBatch;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Neighbouring batches that retention forgets together; what a segment file is on disk. */
final class Chunk {
    final long base;
    /** The derived state in front of the first batch. */
    final ByteBuffer before;

    private long[] bases = new long[8];
    /** The largest timestamp of all batches of this chunk up to this one, so that time can be searched. */
    private long[] maxTimestamps = new long[8];

    private ByteBuffer[] batches = new ByteBuffer[8];
    private int count;
    private long bytes;

    Chunk(long base, ByteBuffer before) {
        this.base = base;
        this.before = before;
    }

    int count() {
        return count;
    }

    long bytes() {
        return bytes;
    }

    long end() {
        return count == 0 ? base : batch(count - 1).nextOffset();
    }

    long maxTimestamp() {
        return count == 0 ? RecordBatch.NO_TIMESTAMP : maxTimestamps[count - 1];
    }

    long firstTimestamp() {
        return count == 0 ? RecordBatch.NO_TIMESTAMP : maxTimestamps[0];
    }

    RecordBatch batch(int index) {
        return RecordBatch.at(batches[index], 0);
    }

    ByteBuffer bytes(int index) {
        return batches[index].duplicate();
    }

    void add(ByteBuffer batch) {
        if (count == bases.length) {
            bases = Arrays.copyOf(bases, 2 * count);
            maxTimestamps = Arrays.copyOf(maxTimestamps, 2 * count);
            batches = Arrays.copyOf(batches, 2 * count);
        }
        var header = RecordBatch.at(batch, 0);
        long before = count == 0 ? Long.MIN_VALUE : maxTimestamps[count - 1];
        bases[count] = header.baseOffset();
        maxTimestamps[count] = Math.max(before, header.maxTimestamp());
        batches[count] = batch;
        count++;
        bytes += batch.capacity();
    }

    /** The index of the last batch with a base offset of at most {@code offset}; -1 when all begin behind it. */
    int floor(long offset) {
        int found = Arrays.binarySearch(bases, 0, count, offset);
        return found >= 0 ? found : -found - 2;
    }

    /** The index of the first batch whose largest timestamp is at least {@code timestamp}; {@link #count} if none. */
    int firstSince(long timestamp) {
        int low = 0;
        int high = count;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (maxTimestamps[middle] >= timestamp) high = middle;
            else low = middle + 1;
        }
        return low;
    }

    /** Forgets the batches from {@code index} on. */
    void cut(int index) {
        for (int i = index; i < count; i++) bytes -= batches[i].capacity();
        Arrays.fill(batches, index, count, null);
        count = index;
    }
}
