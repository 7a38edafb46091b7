package io.millrace.partition;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.TreeMap;

/**
 * Where each leader epoch begins in the log of one partition (KIP-101). A follower finds by it the point up to which its
 * log and the log of a new leader are the same.
 *
 * <p>Invariant: a higher epoch begins at the same or a higher offset.
 */
final class LeaderEpochs {
    static final int NONE = -1;

    /**
     * The end of an epoch.
     *
     * @param epoch the largest epoch with records that is not above the one asked for; {@link #NONE} if there is none
     * @param endOffset where the next one begins
     */
    record EpochEnd(int epoch, long endOffset) {}

    private final TreeMap<Integer, Long> starts = new TreeMap<>();

    int latest() {
        return starts.isEmpty() ? NONE : starts.lastKey();
    }

    /** A record of {@code epoch} lies at {@code offset}, or the first one will. Known and older epochs change nothing. */
    void assign(int epoch, long offset) {
        if (epoch < 0 || epoch <= latest()) return;
        starts.values().removeIf(start -> start >= offset);
        starts.put(epoch, offset);
    }

    EpochEnd endOf(int epoch, long logEnd) {
        var floor = starts.floorEntry(epoch);
        if (floor == null)
            return new EpochEnd(
                    NONE, starts.isEmpty() ? logEnd : starts.firstEntry().getValue());
        Map.Entry<Integer, Long> next = starts.higherEntry(epoch);
        return new EpochEnd(floor.getKey(), next == null ? logEnd : next.getValue());
    }

    /** The log ends at {@code offset} now. */
    void truncate(long offset) {
        starts.values().removeIf(start -> start >= offset);
    }

    void clear() {
        starts.clear();
    }

    int snapshotBytes() {
        return 4 + starts.size() * 12;
    }

    void writeTo(ByteBuffer out) {
        out.putInt(starts.size());
        starts.forEach((epoch, start) -> out.putInt(epoch).putLong(start));
    }

    void readFrom(ByteBuffer in) {
        int count = in.getInt();
        if (count < 0) throw new IllegalArgumentException(count + " leader epochs");
        for (int n = 0; n < count; n++) starts.put(in.getInt(), in.getLong());
    }
}
