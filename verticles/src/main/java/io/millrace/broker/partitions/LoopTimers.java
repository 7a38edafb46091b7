package io.millrace.broker.partitions;

import io.millrace.time.Timers;

/** Real time on one event loop. The clock may be read anywhere; timers are set on the home loop. */
public final class LoopTimers implements Timers {
    private final Home home;

    public LoopTimers(Home home) {
        this.home = home;
    }

    @Override
    public long wallMillis() {
        return System.currentTimeMillis();
    }

    @Override
    public long nanos() {
        return System.nanoTime();
    }

    @Override
    public Timer after(long millis, Runnable action) {
        if (millis < 0) throw new IllegalArgumentException("negative delay " + millis);
        if (millis == 0) return soon(action);
        long id = home.context().setTimer(millis, fired -> action.run());
        return () -> home.vertx().cancelTimer(id);
    }

    private Timer soon(Runnable action) {
        var turn = new Turn(action);
        home.execute(turn);
        return turn;
    }

    private static final class Turn implements Runnable, Timer {
        private final Runnable action;
        private boolean cancelled;

        private Turn(Runnable action) {
            this.action = action;
        }

        @Override
        public void run() {
            if (!cancelled) action.run();
        }

        @Override
        public void cancel() {
            cancelled = true;
        }
    }
}
