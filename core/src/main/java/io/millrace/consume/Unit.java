package io.millrace.consume;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** What is processed one after the other: at most one lease runs, the others wait in the order of their offsets. */
final class Unit<P, R> {
    /** Under which name it is found; null for a unit of one record. */
    final @Nullable Object name;

    final ArrayDeque<Lease<P, R>> waiting = new ArrayDeque<>();
    boolean isBusy;

    Unit(@Nullable Object name) {
        this.name = name;
    }

    /** Which unit is to go on first: the one whose next lease came first. */
    static int byArrival(Unit<?, ?> one, Unit<?, ?> other) {
        return Long.compare(one.waiting.element().arrival, other.waiting.element().arrival);
    }
}
