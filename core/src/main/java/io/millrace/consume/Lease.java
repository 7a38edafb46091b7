package io.millrace.consume;

/**
 * A record that was taken in and is not settled yet.
 *
 * @param <P> names a partition
 * @param <R> a record
 */
public final class Lease<P, R> {
    enum State {
        WAITING,
        RUNNING,
        SETTLED
    }

    final Lane<P, R> lane;
    final Unit<P, R> unit;
    /** Counts the leases of a consumer: the smaller one came first. */
    final long arrival;

    private final long offset;
    private final R record;

    State state = State.WAITING;
    int attempts;
    long deadline;

    Lease(Lane<P, R> lane, Unit<P, R> unit, long arrival, long offset, R record) {
        this.lane = lane;
        this.unit = unit;
        this.arrival = arrival;
        this.offset = offset;
        this.record = record;
    }

    public P partition() {
        return lane.partition;
    }

    public long offset() {
        return offset;
    }

    public R record() {
        return record;
    }

    /** How often the record was handed out, this time included. */
    public int attempts() {
        return attempts;
    }

    /** Whether its partition was taken away in the meantime, so that its end changes nothing. */
    public boolean isForgotten() {
        return lane.isForgotten;
    }

    @Override
    public String toString() {
        return lane.partition + " at " + offset;
    }
}
