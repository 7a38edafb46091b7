package io.millrace.log.segment;

/**
 * The group commits of one storage since it was opened.
 *
 * @param files files synced
 * @param nanos time spent in that, in nanoseconds
 * @param longestNanos the longest group commit
 */
public record SyncStats(long files, long nanos, long longestNanos) {
    SyncStats plus(int more, long took) {
        return new SyncStats(files + more, nanos + took, Math.max(longestNanos, took));
    }
}
