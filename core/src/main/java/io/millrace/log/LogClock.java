package io.millrace.log;

/**
 * What time it is for one log: never later than the wall clock says, and never later than the largest record time plus
 * what really went by since that record was seen. So a clock that jumps forward deletes nothing (durability contract,
 * S12), a record from the future deletes nothing, and a log that nobody writes to grows old all the same.
 */
public final class LogClock {
    private static final long NOTHING_SEEN = Long.MIN_VALUE;

    private long seen = NOTHING_SEEN;
    private long seenAtMillis;

    /**
     * A record was stored.
     *
     * @param timestamp its time in milliseconds since 1970; negative means that it has none
     * @param millis the monotonic clock
     */
    public void saw(long timestamp, long millis) {
        if (timestamp < 0) return;
        if (seen != NOTHING_SEEN && timestamp < seen + (millis - seenAtMillis)) return;
        seen = timestamp;
        seenAtMillis = millis;
    }

    /**
     * The time by which records of this log grow old.
     *
     * @param wallMillis the wall clock
     * @param millis the monotonic clock
     */
    public long now(long wallMillis, long millis) {
        if (seen == NOTHING_SEEN) return wallMillis;
        return Math.min(wallMillis, seen + (millis - seenAtMillis));
    }
}
