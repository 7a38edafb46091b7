package io.millrace.log;

/**
 * How a log is compacted: of the records with one key, the last one stays ({@code cleanup.policy=compact}). The words and
 * the rules are Kafka's; "dirty" is what no compaction has seen yet.
 *
 * @param minDirtyRatio compaction waits until more than this part of what may be compacted is dirty; 0 to 1
 * @param minLagMillis a record stays at least this long, whatever comes behind it; milliseconds
 * @param maxLagMillis a dirty record is compacted when it is this old, whatever the ratio; milliseconds
 * @param tombstoneMillis how long a record without value stays that is the last of its key, from the first compaction
 *     that sees it; milliseconds
 */
public record Compaction(double minDirtyRatio, long minLagMillis, long maxLagMillis, long tombstoneMillis) {
    public static final Compaction DEFAULT = new Compaction(0.5, 0, Long.MAX_VALUE, 86_400_000L);

    public Compaction {
        if (!(minDirtyRatio >= 0 && minDirtyRatio <= 1))
            throw new IllegalArgumentException("minDirtyRatio " + minDirtyRatio + " is not between 0 and 1");
        if (minLagMillis < 0) throw new IllegalArgumentException("negative minLagMillis " + minLagMillis);
        if (maxLagMillis < 1) throw new IllegalArgumentException("maxLagMillis " + maxLagMillis + " is below 1");
        if (tombstoneMillis < 0) throw new IllegalArgumentException("negative tombstoneMillis " + tombstoneMillis);
    }
}
