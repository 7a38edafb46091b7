package io.millrace.broker.partitions;

import io.millrace.time.Timers;

/** Real time on one event loop. The clock may be read anywhere; timers are set, and go off, at home. */
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
        var waiting = new Waiting(action);
        if (millis == 0) {
            home.execute(waiting);
            return waiting;
        }
        long id = home.setTimer(millis, waiting);
        return () -> {
            waiting.cancel();
            home.cancelTimer(id);
        };
    }

    /** A timer that has gone off may still be cancelled before its turn. */
    private static final class Waiting implements Runnable, Timer {
        private final Runnable action;
        private boolean cancelled;

        private Waiting(Runnable action) {
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
