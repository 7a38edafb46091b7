package io.millrace.log.segment;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * From which offset on a record of a given time can be found. An entry (time, offset) says: no record before
 * {@code offset} is younger than {@code time}. Entries ascend in both columns.
 */
final class TimeIndex {
    private static final int ENTRY_BYTES = 12;

    private final long base;
    private long[] times = new long[16];
    private int[] deltas = new int[16];
    private int size;

    TimeIndex(long base) {
        this.base = base;
    }

    /** Adds an entry unless it says nothing new. */
    void add(long time, long offset) {
        if (size > 0 && time <= times[size - 1]) {
            deltas[size - 1] = Math.toIntExact(offset - base);
            return;
        }
        if (size == times.length) {
            times = Arrays.copyOf(times, size * 2);
            deltas = Arrays.copyOf(deltas, size * 2);
        }
        times[size] = time;
        deltas[size++] = Math.toIntExact(offset - base);
    }

    /** No record with a timestamp of {@code time} or more lies before this offset. */
    long floor(long time) {
        int at = Arrays.binarySearch(times, 0, size, time);
        at = at < 0 ? -at - 2 : at - 1;
        return at < 0 ? base : base + deltas[at];
    }

    ByteBuffer encode() {
        var bytes = ByteBuffer.allocate(size * ENTRY_BYTES);
        for (int i = 0; i < size; i++) bytes.putLong(times[i]).putInt(deltas[i]);
        return bytes.flip();
    }

    /** Throws {@link IllegalArgumentException} for entries that do not ascend. */
    static TimeIndex decode(long base, ByteBuffer bytes) {
        if (bytes.remaining() % ENTRY_BYTES != 0) throw new IllegalArgumentException("ragged time index");
        var index = new TimeIndex(base);
        long time = Long.MIN_VALUE;
        int delta = -1;
        while (bytes.hasRemaining()) {
            long nextTime = bytes.getLong();
            int nextDelta = bytes.getInt();
            if (nextTime <= time || nextDelta <= delta) {
                throw new IllegalArgumentException("time index does not ascend at entry " + index.size);
            }
            time = nextTime;
            delta = nextDelta;
            index.add(time, base + delta);
        }
        return index;
    }
}
