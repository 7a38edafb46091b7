package io.millrace.log.compact;

import io.millrace.log.Compaction;

/**
 * How far a log may be compacted, and whether it should be. Its pieces (segments, chunks) are added from the oldest on,
 * until one must not be compacted yet.
 */
public final class Extent {
    private final Compaction how;
    private final long decidedBelow;
    private final long cleanedBelow;
    private final long now;

    private int pieces;
    private long cleanBytes;
    private long dirtyBytes;
    private long oldestDirty = -1;

    /**
     * @param decidedBelow nothing that ends behind this offset may be compacted
     * @param cleanedBelow what ends at or in front of this offset was compacted before
     * @param now the time of the log, in milliseconds
     */
    public Extent(Compaction how, long decidedBelow, long cleanedBelow, long now) {
        this.how = how;
        this.decidedBelow = decidedBelow;
        this.cleanedBelow = cleanedBelow;
        this.now = now;
    }

    /**
     * The next piece; false if it must not be compacted, and nothing behind it.
     *
     * @param end the offset behind it
     * @param firstTimestamp of its first batch
     * @param maxTimestamp of all its batches
     */
    public boolean add(long end, long bytes, long firstTimestamp, long maxTimestamp) {
        if (end > decidedBelow) return false;
        boolean dirty = end > cleanedBelow;
        if (dirty && how.minLagMillis() > 0 && maxTimestamp > now - how.minLagMillis()) return false;
        if (dirty && oldestDirty < 0) oldestDirty = firstTimestamp;
        if (dirty) dirtyBytes += bytes;
        else cleanBytes += bytes;
        pieces++;
        return true;
    }

    /** How many pieces may be compacted. */
    public int pieces() {
        return pieces;
    }

    public long dirtyBytes() {
        return dirtyBytes;
    }

    /** The dirty part of what may be compacted, 0 to 1; -1 if that is not enough yet. */
    public double need() {
        if (dirtyBytes == 0) return -1;
        double ratio = dirtyBytes / (double) (cleanBytes + dirtyBytes);
        boolean overdue = oldestDirty >= 0 && now - oldestDirty >= how.maxLagMillis();
        return ratio > how.minDirtyRatio() || overdue ? ratio : -1;
    }
}
