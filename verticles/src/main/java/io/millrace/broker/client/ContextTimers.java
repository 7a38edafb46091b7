package io.millrace.broker.client;

import io.millrace.time.Timers;
import io.vertx.core.Context;
import io.vertx.core.Vertx;

/** Real time on one context. The clock may be read anywhere; timers are set, and go off, on the context. */
public final class ContextTimers implements Timers {
    private final Vertx vertx;
    private final Context context;

    public ContextTimers(Context context) {
        this.vertx = context.owner();
        this.context = context;
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
            context.runOnContext(now -> waiting.run());
            return waiting;
        }
        // A timer belongs to the context on which it is set, and the caller may be on another one of the same loop.
        long id = vertx.setTimer(millis, fired -> context.runOnContext(now -> waiting.run()));
        return () -> {
            waiting.cancel();
            vertx.cancelTimer(id);
        };
    }

    private static final class Waiting implements Timer {
        private final Runnable action;
        private boolean isCancelled;

        private Waiting(Runnable action) {
            this.action = action;
        }

        private void run() {
            if (!isCancelled) action.run();
        }

        @Override
        public void cancel() {
            isCancelled = true;
        }
    }
}
