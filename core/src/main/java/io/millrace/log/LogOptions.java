package io.millrace.log;

import org.jspecify.annotations.Nullable;

/**
 * How one log is kept. Values follow the topic configuration and may change while the log is open.
 *
 * @param flush when an append is acknowledged
 * @param flushMillis with {@link FlushLevel#INTERVAL}: the longest time a record stays unsynced
 * @param flushBytes with {@link FlushLevel#INTERVAL}: the most bytes that stay unsynced
 * @param segmentBytes a segment is closed before it grows over this size
 * @param segmentMillis a segment is closed when its first record is this old
 * @param indexIntervalBytes bytes of batches between two entries of the offset index
 * @param retentionMillis sealed segments whose newest record is older are deleted; -1 keeps them
 * @param retentionBytes the oldest sealed segments are deleted while the log is larger; -1 keeps them
 * @param allowDamaged whether a log with a damaged batch takes new appends
 * @param compaction how old records with a younger one of the same key are removed; null if they are not
 */
public record LogOptions(
        FlushLevel flush,
        long flushMillis,
        long flushBytes,
        int segmentBytes,
        long segmentMillis,
        int indexIntervalBytes,
        long retentionMillis,
        long retentionBytes,
        boolean allowDamaged,
        @Nullable Compaction compaction) {

    public static final LogOptions DEFAULT =
            new LogOptions(FlushLevel.COMMIT, 100, 8 << 20, 1 << 30, 604_800_000L, 4096, 604_800_000L, -1, false);

    /** A log that is not compacted. */
    public LogOptions(
            FlushLevel flush,
            long flushMillis,
            long flushBytes,
            int segmentBytes,
            long segmentMillis,
            int indexIntervalBytes,
            long retentionMillis,
            long retentionBytes,
            boolean allowDamaged) {
        this(
                flush,
                flushMillis,
                flushBytes,
                segmentBytes,
                segmentMillis,
                indexIntervalBytes,
                retentionMillis,
                retentionBytes,
                allowDamaged,
                null);
    }

    public LogOptions {
        if (flushMillis < 1) throw new IllegalArgumentException("flushMillis " + flushMillis + " is below 1");
        if (flushBytes < 1) throw new IllegalArgumentException("flushBytes " + flushBytes + " is below 1");
        if (segmentBytes < 1024) throw new IllegalArgumentException("segmentBytes " + segmentBytes + " is below 1024");
        if (segmentMillis < 1) throw new IllegalArgumentException("segmentMillis " + segmentMillis + " is below 1");
        if (indexIntervalBytes < 0) throw new IllegalArgumentException("negative indexIntervalBytes");
        if (retentionMillis < -1) throw new IllegalArgumentException("retentionMillis " + retentionMillis);
        if (retentionBytes < -1) throw new IllegalArgumentException("retentionBytes " + retentionBytes);
    }

    /** The same log, compacted. */
    public LogOptions compacted(Compaction how) {
        return new LogOptions(
                flush,
                flushMillis,
                flushBytes,
                segmentBytes,
                segmentMillis,
                indexIntervalBytes,
                retentionMillis,
                retentionBytes,
                allowDamaged,
                how);
    }

    public boolean isCompacted() {
        return compaction != null;
    }

    /** How old the first record of a segment grows before the segment is closed, so that it can be compacted in time. */
    public long rollMillis() {
        return compaction == null ? segmentMillis : Math.min(segmentMillis, compaction.maxLagMillis());
    }
}
