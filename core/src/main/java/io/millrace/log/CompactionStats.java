package io.millrace.log;

/**
 * What compaction has done to one log since it was opened.
 *
 * @param runs passes that ended well
 * @param bytesRead bytes of batches looked at, those for the map of keys and those that were copied
 * @param bytesRemoved by how many bytes the log became smaller
 * @param millis time spent in passes, with the pauses of the throttle
 * @param lastRunMillis when the last pass ended well, in milliseconds since 1970; -1 if there was none
 * @param dirtyBytes bytes that may be compacted and have not been yet
 * @param uncleanable whether compaction has given this log up, because bytes in it are wrong or cannot be unpacked
 */
public record CompactionStats(
        long runs,
        long bytesRead,
        long bytesRemoved,
        long millis,
        long lastRunMillis,
        long dirtyBytes,
        boolean uncleanable) {
    public static final CompactionStats NONE = new CompactionStats(0, 0, 0, 0, -1, 0, false);

    /** After another pass. */
    public CompactionStats plus(long read, long removed, long took, long wallMillis) {
        return new CompactionStats(
                runs + 1, bytesRead + read, bytesRemoved + removed, millis + took, wallMillis, dirtyBytes, uncleanable);
    }

    public CompactionStats withDirty(long bytes) {
        return new CompactionStats(runs, bytesRead, bytesRemoved, millis, lastRunMillis, bytes, uncleanable);
    }

    public CompactionStats givenUp() {
        return new CompactionStats(runs, bytesRead, bytesRemoved, millis, lastRunMillis, dirtyBytes, true);
    }
}
