package io.millrace.sim;

import io.millrace.time.Timers;
import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;

/**
 * Time that stands still until a test moves it. Timers run inside {@link #advance}, in the order of their deadlines, those
 * of one moment in the order in which they were set.
 */
public final class SimulatedTime implements Timers {
    private static final long START_WALL_MILLIS = 1_750_000_000_000L;

    private final PriorityQueue<Wake> wakes =
            new PriorityQueue<>(Comparator.comparingLong(Wake::at).thenComparingLong(Wake::number));
    private long nanos;
    private long wallJump;
    private long count;

    @Override
    public long wallMillis() {
        return START_WALL_MILLIS + nanos / 1_000_000 + wallJump;
    }

    @Override
    public long nanos() {
        return nanos;
    }

    @Override
    public Timer after(long millis, Runnable action) {
        if (millis < 0) throw new IllegalArgumentException("negative delay " + millis);
        var wake = new Wake(nanos + Math.multiplyExact(millis, 1_000_000L), count++, action);
        wakes.add(wake);
        return () -> wakes.remove(wake);
    }

    /** Lets time pass, and everything happen that was to happen in it. */
    public void advance(Duration duration) {
        long until = Math.addExact(nanos, duration.toNanos());
        while (nextWake() <= until) advanceTo(nextWake());
        nanos = until;
    }

    /** The wall clock was set; the monotonic one does not care. */
    public void jumpWall(Duration jump) {
        wallJump += jump.toMillis();
    }

    /** How many timers are set. */
    public int waiting() {
        return wakes.size();
    }

    /** When the next timer is due, in {@link #nanos}; the largest long if there is none. */
    long nextWake() {
        return wakes.isEmpty() ? Long.MAX_VALUE : wakes.peek().at();
    }

    /** Goes there, past no timer but those due at that moment, and runs one of these if there is one. */
    void advanceTo(long moment) {
        nanos = Math.max(nanos, moment);
        if (nextWake() <= nanos) wakes.poll().action().run();
    }

    private record Wake(long at, long number, Runnable action) {}
}
