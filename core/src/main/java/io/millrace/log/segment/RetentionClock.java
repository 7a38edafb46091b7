package io.millrace.log.segment;

/**
 * The time that retention goes by (durability contract, S12). It starts at the largest record time found in the log, but
 * never ahead of the wall clock, and from then on moves with the monotonic clock. So neither a jump of the wall clock nor
 * a record from the year 9999 makes anything old; the price is that time during which the broker did not run does not
 * count until it is started again.
 */
final class RetentionClock {
    private final long origin;
    private final long startedAt;

    /**
     * @param largestRecordTime milliseconds since 1970, or a negative number for an empty log
     * @param wallMillis the wall clock now
     * @param monotonicMillis the monotonic clock now
     */
    RetentionClock(long largestRecordTime, long wallMillis, long monotonicMillis) {
        this.origin = largestRecordTime < 0 ? wallMillis : Math.min(largestRecordTime, wallMillis);
        this.startedAt = monotonicMillis;
    }

    long now(long monotonicMillis) {
        return origin + (monotonicMillis - startedAt);
    }
}
