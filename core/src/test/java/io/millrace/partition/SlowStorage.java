package io.millrace.partition;

import io.millrace.log.LogStorage;
import io.millrace.log.PartitionLog;
import io.millrace.model.Refusal;
import io.millrace.sim.WrappedStorage;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/** Storage whose appends become durable when the test says so. Works for one open log. */
final class SlowStorage {
    private final LogStorage storage;
    private final ArrayDeque<Held> held = new ArrayDeque<>();
    private boolean holding;
    private boolean finishing = true;
    private Throwable failNext;
    private Promise<Void> closing;

    private record Held(long from, Promise<Void> promise) {}

    SlowStorage(LogStorage storage) {
        this.storage = new WrappedStorage(storage, (log, derived) -> new SlowLog(log));
    }

    void hold() {
        holding = true;
    }

    void failNext(Throwable cause) {
        failNext = cause;
    }

    void closeWithoutFinishing() {
        finishing = false;
    }

    /** The oldest {@code count} appends are durable, together. */
    void release(int count) {
        var group = new ArrayDeque<Held>();
        for (int n = 0; n < count; n++) group.add(held.remove());
        group.forEach(append -> append.promise.complete());
        if (held.isEmpty() && closing != null) closing.complete();
    }

    /** All appends that are not durable fail. */
    void breakNow() {
        while (!held.isEmpty()) held.remove().promise.fail(Refusal.STORAGE_FAILED.because("broken"));
    }

    LogStorage storage() {
        return storage;
    }

    private final class SlowLog extends WrappedStorage.Log {
        SlowLog(PartitionLog log) {
            super(log);
        }

        @Override
        public long durableEnd() {
            return held.isEmpty() ? super.durableEnd() : held.peek().from;
        }

        @Override
        public Future<Void> append(ByteBuffer batch) {
            if (failNext != null) {
                var cause = failNext;
                failNext = null;
                return Future.failedFuture(cause);
            }
            long from = end();
            var stored = super.append(batch);
            if (!holding || stored.failed()) return stored;
            var append = new Held(from, Promise.promise());
            held.add(append);
            return append.promise.future();
        }

        @Override
        public Future<Void> close() {
            if (held.isEmpty() || !finishing) return super.close();
            closing = Promise.promise();
            return closing.future().compose(finished -> super.close());
        }
    }
}
