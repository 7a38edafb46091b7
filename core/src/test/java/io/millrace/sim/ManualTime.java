package io.millrace.sim;

import io.millrace.time.Timers;
import java.util.Comparator;
import java.util.TreeSet;

/** Time that stands still until a test moves it. */
public final class ManualTime implements Timers {
    private final TreeSet<Alarm> alarms =
            new TreeSet<>(Comparator.<Alarm>comparingLong(alarm -> alarm.at).thenComparingLong(alarm -> alarm.turn));
    private long millis = 1_000;
    private long wall = 1_700_000_000_000L;
    private long turns;

    private record Alarm(long at, long turn, Runnable action) {}

    @Override
    public long wallMillis() {
        return wall;
    }

    @Override
    public long nanos() {
        return millis * 1_000_000;
    }

    @Override
    public Timer after(long delay, Runnable action) {
        var alarm = new Alarm(millis + delay, turns++, action);
        alarms.add(alarm);
        return () -> alarms.remove(alarm);
    }

    /** Runs what is due now, and what that makes due. */
    public void settle() {
        while (!alarms.isEmpty() && alarms.first().at <= millis)
            alarms.pollFirst().action.run();
    }

    /** Lets time go by, and runs what falls due on the way. */
    public void advance(long by) {
        long until = millis + by;
        settle();
        while (!alarms.isEmpty() && alarms.first().at <= until) {
            move(alarms.first().at - millis);
            settle();
        }
        move(until - millis);
    }

    /** The wall clock jumps, though no time goes by. */
    public void jump(long by) {
        wall += by;
    }

    /** How many wait to be woken. */
    public int alarms() {
        return alarms.size();
    }

    private void move(long by) {
        millis += by;
        wall += by;
    }
}
