package io.millrace.log.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.log.DerivedState;
import io.millrace.log.LogOptions;
import io.millrace.log.LogStorage;
import io.millrace.model.PartitionId;
import io.millrace.record.RecordBatch;
import io.millrace.record.RecordBatchBuilder;
import io.millrace.sim.CompactionContract;
import io.millrace.sim.LogContract;
import io.millrace.sim.LogEnvironment;
import io.millrace.sim.SimulatedTime;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class MemoryLogTest implements LogContract, CompactionContract {
    @Override
    public LogEnvironment environment() {
        return new InMemory();
    }

    @Test
    void aBatchAloneInItsArrayIsNotCopiedAndAPartOfAnArrayIs() {
        var built = new RecordBatchBuilder().append(1, null, new byte[10]).build();
        var alone = ByteBuffer.allocate(built.remaining()).put(built).flip();
        assertThat(isShared(alone)).isTrue();
        var part = ByteBuffer.allocate(alone.remaining() + 1)
                .put(alone.duplicate())
                .flip();
        assertThat(isShared(part)).isFalse();
    }

    /** Whether a change of the buffer given away is seen by a reader. */
    private static boolean isShared(ByteBuffer batch) {
        var storage = new MemoryStorage(new SimulatedTime());
        var log = storage.open(new PartitionId(new UUID(1, 1), 0), LogOptions.DEFAULT, DerivedState.NONE)
                .result();
        RecordBatch.of(batch).stamp(0, 0);
        log.append(batch);
        RecordBatch.of(batch).stamp(0, 77);
        return RecordBatch.of(log.read(0, 1, 1).result()).leaderEpoch() == 77;
    }

    private static final class InMemory implements LogEnvironment {
        private final SimulatedTime time = new SimulatedTime();
        private LogStorage storage = new MemoryStorage(time);

        @Override
        public LogStorage storage() {
            return storage;
        }

        @Override
        public void settle() {
            time.advance(Duration.ZERO);
        }

        @Override
        public void reopen() {
            storage = new MemoryStorage(time);
        }

        @Override
        public boolean durable() {
            return false;
        }

        @Override
        public long wallMillis() {
            return time.wallMillis();
        }

        @Override
        public void advance(long millis) {
            time.advance(Duration.ofMillis(millis));
        }

        @Override
        public void jump(long millis) {
            time.jumpWall(Duration.ofMillis(millis));
        }

        @Override
        public void close() {}
    }
}
