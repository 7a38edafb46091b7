package io.millrace.consume;

import java.util.ArrayDeque;

/**
 * One partition for as long as it is assigned.
 *
 * <p>Invariant: everything in front of the first of {@code unsettled} is settled, and {@code unsettled} begins with a
 * lease that is not. {@code committed <= position() <= end}.
 */
final class Lane<P, R> {
    final P partition;
    /** What was taken in from the first lease on that is not settled, by offset. */
    final ArrayDeque<Lease<P, R>> unsettled = new ArrayDeque<>();

    /** The offset behind the last record that was taken in. */
    long end;

    long committed;
    int running;
    boolean isDraining;
    boolean isForgotten;

    Lane(P partition, long start) {
        this.partition = partition;
        this.end = start;
        this.committed = start;
    }

    long position() {
        var first = unsettled.peek();
        return first == null ? end : first.offset();
    }

    /** Lets go of the settled prefix; returns how many leases that were. */
    int advance() {
        int passed = 0;
        for (var first = unsettled.peek(); first != null && first.state == Lease.State.SETTLED; passed++) {
            unsettled.remove();
            first = unsettled.peek();
        }
        return passed;
    }
}
