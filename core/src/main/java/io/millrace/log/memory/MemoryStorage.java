package io.millrace.log.memory;

import static io.millrace.model.Refusal.CLOSED;

import io.millrace.log.DerivedState;
import io.millrace.log.LogOptions;
import io.millrace.log.LogStats;
import io.millrace.log.LogStorage;
import io.millrace.log.PartitionLog;
import io.millrace.model.PartitionId;
import io.millrace.time.Clock;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Logs in memory. They outlive being closed, but not this object. */
public final class MemoryStorage implements LogStorage {
    /** What one upkeep looks at to compact it. */
    private static final long MAX_COMPACTED_BYTES = 4 << 20;

    private final Clock clock;
    private final Map<PartitionId, StoredBatches> stored = new HashMap<>();
    private final Map<PartitionId, MemoryLog> open = new HashMap<>();
    private boolean closed;

    public MemoryStorage(Clock clock) {
        this.clock = clock;
    }

    @Override
    public Future<PartitionLog> open(PartitionId partition, LogOptions options, DerivedState derived) {
        if (closed) return refuseClosed();
        if (opened(partition) != null) {
            return Future.failedFuture(new IllegalStateException(partition + " is open already"));
        }
        var batches = stored.computeIfAbsent(partition, fresh -> new StoredBatches());
        var log = new MemoryLog(batches, options, derived, clock);
        open.put(partition, log);
        return Future.succeededFuture(log);
    }

    @Override
    public void configure(PartitionId partition, LogOptions options) {
        require(partition).configure(options);
    }

    @Override
    public Future<Void> delete(PartitionId partition) {
        if (closed) return refuseClosed();
        if (opened(partition) != null) return Future.failedFuture(new IllegalStateException(partition + " is open"));
        stored.remove(partition);
        return Future.succeededFuture();
    }

    @Override
    public Future<Set<PartitionId>> list() {
        if (closed) return refuseClosed();
        return Future.succeededFuture(Set.copyOf(stored.keySet()));
    }

    @Override
    public Future<Void> upkeep() {
        open.values().removeIf(MemoryLog::isClosed);
        for (var log : open.values()) log.upkeep();
        compactSome();
        return Future.succeededFuture();
    }

    /** A little at a time, since it happens on the home thread, and one log after the other, since it takes memory. */
    private void compactSome() {
        long left = MAX_COMPACTED_BYTES;
        while (left > 0) {
            MemoryLog chosen = null;
            double most = -1;
            for (var log : open.values()) {
                double need = log.compactionNeed();
                if (need <= most) continue;
                chosen = log;
                most = need;
            }
            if (chosen == null) return;
            left -= Math.max(1, chosen.compact(left));
        }
    }

    @Override
    public LogStats stats(PartitionId partition) {
        return require(partition).stats();
    }

    @Override
    public Future<Void> close() {
        closed = true;
        for (var log : open.values()) log.close();
        return Future.succeededFuture();
    }

    private MemoryLog require(PartitionId partition) {
        var log = opened(partition);
        if (log == null) throw new IllegalStateException(partition + " is not open");
        return log;
    }

    private @Nullable MemoryLog opened(PartitionId partition) {
        var log = open.get(partition);
        return log == null || log.isClosed() ? null : log;
    }

    private static <T> Future<T> refuseClosed() {
        return Future.failedFuture(CLOSED.because("the storage is closed"));
    }
}
