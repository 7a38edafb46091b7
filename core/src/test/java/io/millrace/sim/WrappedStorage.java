package io.millrace.sim;

import io.millrace.log.DerivedState;
import io.millrace.log.LogOptions;
import io.millrace.log.LogStats;
import io.millrace.log.LogStorage;
import io.millrace.log.PartitionLog;
import io.millrace.model.PartitionId;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.function.BiFunction;

/** A storage whose logs are wrapped, for a double that changes one thing and leaves the rest as it is. */
public record WrappedStorage(LogStorage storage, BiFunction<PartitionLog, DerivedState, PartitionLog> wrap)
        implements LogStorage {
    @Override
    public Future<PartitionLog> open(PartitionId partition, LogOptions options, DerivedState derived) {
        return storage.open(partition, options, derived).map(log -> wrap.apply(log, derived));
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

    /** A log through which everything goes. */
    public static class Log implements PartitionLog {
        private final PartitionLog log;

        public Log(PartitionLog log) {
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
            return log.durableEnd();
        }

        @Override
        public Future<Void> append(ByteBuffer batch) {
            return log.append(batch);
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
        public void compactBelow(long offset) {
            log.compactBelow(offset);
        }

        @Override
        public Future<Void> close() {
            return log.close();
        }
    }
}
