package io.millrace.partition;

import io.millrace.log.DerivedState;
import io.millrace.log.LogOptions;
import io.millrace.log.LogStats;
import io.millrace.log.LogStorage;
import io.millrace.log.PartitionLog;
import io.millrace.model.PartitionId;
import io.millrace.model.Refusal;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Set;

/** Storage whose appends become durable when the test says so. Works for one open log. */
final class SlowStorage implements LogStorage {
    private final LogStorage storage;
    private final ArrayDeque<Held> held = new ArrayDeque<>();
    private boolean holding;
    private boolean finishing = true;
    private Throwable failNext;
    private Promise<Void> closing;

    private record Held(long from, Promise<Void> promise) {}

    SlowStorage(LogStorage storage) {
        this.storage = storage;
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

    @Override
    public Future<PartitionLog> open(PartitionId partition, LogOptions options, DerivedState derived) {
        return storage.open(partition, options, derived).map(SlowLog::new);
    }

    @Override
    public void configure(PartitionId partition, LogOptions options) {
        storage.configure(partition, options);
    }

    @Override
    public Future<Void> delete(PartitionId partition) {
        return storage.delete(partition);
    }

    @Override
    public Future<Set<PartitionId>> list() {
        return storage.list();
    }

    @Override
    public Future<Void> upkeep() {
        return storage.upkeep();
    }

    @Override
    public LogStats stats(PartitionId partition) {
        return storage.stats(partition);
    }

    @Override
    public Future<Void> close() {
        return storage.close();
    }

    private final class SlowLog implements PartitionLog {
        private final PartitionLog log;

        SlowLog(PartitionLog log) {
            this.log = log;
        }

        @Override
        public long start() {
            return log.start();
        }

        @Override
        public long end() {
            return log.end();
        }

        @Override
        public long durableEnd() {
            return held.isEmpty() ? log.durableEnd() : held.peek().from;
        }

        @Override
        public Future<Void> append(ByteBuffer batch) {
            if (failNext != null) {
                var cause = failNext;
                failNext = null;
                return Future.failedFuture(cause);
            }
            long from = log.end();
            var stored = log.append(batch);
            if (!holding || stored.failed()) return stored;
            var append = new Held(from, Promise.promise());
            held.add(append);
            return append.promise.future();
        }

        @Override
        public Future<ByteBuffer> read(long from, long upTo, int maxBytes) {
            return log.read(from, upTo, maxBytes);
        }

        @Override
        public Future<Long> batchAt(long timestamp) {
            return log.batchAt(timestamp);
        }

        @Override
        public Future<Void> truncateTo(long offset) {
            return log.truncateTo(offset);
        }

        @Override
        public Future<Void> deleteBefore(long offset) {
            return log.deleteBefore(offset);
        }

        @Override
        public Future<Void> close() {
            if (held.isEmpty() || !finishing) return log.close();
            closing = Promise.promise();
            return closing.future().compose(finished -> log.close());
        }
    }
}
