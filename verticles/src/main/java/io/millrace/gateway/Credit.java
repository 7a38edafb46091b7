package io.millrace.gateway;

/**
 * How much may still be delivered on one channel. Records are numbered 1, 2, 3 and so on without a hole; the client names
 * the last number it wants, in absolute terms, so that a grant that is lost, repeated or overtaken by another does no harm
 * (the idea of link credit in AMQP 1.0). A lower number than before pauses. Bytes are granted in the same way.
 *
 * <p>Ring 0, for one thread.
 */
public final class Credit {
    private static final long NO_LIMIT = Long.MAX_VALUE;

    private long delivered;
    private long deliveredBytes;
    private long until;
    private long untilBytes = NO_LIMIT;
    private boolean isDraining;

    /**
     * What the client wants from now on.
     *
     * @param until the number of the last record that may be delivered
     * @param untilBytes the bytes that may be delivered in all, -1 to leave that as it is; the record that reaches the
     *     limit is still delivered whole
     * @param drain whether credit for which there is no record now is given back
     */
    public void grant(long until, long untilBytes, boolean drain) {
        if (until < 0 || untilBytes < -1) throw new IllegalArgumentException("negative credit " + until);
        this.until = until;
        if (untilBytes >= 0) this.untilBytes = untilBytes;
        isDraining = drain;
    }

    /** The records that may be delivered now. */
    public long records() {
        return bytes() == 0 ? 0 : Math.max(0, until - delivered);
    }

    /** The bytes that may be delivered now. */
    public long bytes() {
        return untilBytes == NO_LIMIT ? NO_LIMIT : Math.max(0, untilBytes - deliveredBytes);
    }

    /** The number of the next record. */
    public long next() {
        return delivered + 1;
    }

    /** The number of the last record that was delivered; 0 before the first. */
    public long delivered() {
        return delivered;
    }

    /** Some records were delivered. More than were granted is our own mistake. */
    public void delivered(int records, long bytes) {
        if (records < 0 || records > records()) {
            throw new IllegalStateException(records + " records delivered with credit for " + records());
        }
        delivered += records;
        deliveredBytes += bytes;
    }

    /** Whether the client waits to hear that there is nothing more for it now. */
    public boolean isDraining() {
        return isDraining;
    }

    /** Gives back what is left of the credit, because there is no record for it. */
    public void drained() {
        until = Math.min(until, delivered);
        isDraining = false;
    }
}
