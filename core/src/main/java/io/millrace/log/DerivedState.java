package io.millrace.log;

import io.millrace.record.RecordBatch;
import java.nio.ByteBuffer;
import java.util.Set;

/**
 * What a partition keeps in memory and can rebuild from its log: the producer table, the idempotency keys, the leader
 * epochs. The storage replays the log into it before the log is handed out, and keeps snapshots so that it need not
 * replay everything.
 */
public interface DerivedState {
    /** Forgets everything. */
    void reset();

    /** Takes back what {@link #snapshot} gave; throws {@link IllegalArgumentException} if the bytes make no sense. */
    void restore(ByteBuffer snapshot);

    /** One stored batch, in order of offsets. The buffer under it is valid during the call only. */
    void replay(RecordBatch batch);

    /** The state after all batches replayed or appended so far. Starts with a version of its own. */
    ByteBuffer snapshot();

    /**
     * Base offsets of the stored batches without whose headers {@link #replay} could not bring the state back: compaction
     * may take the records out of them, but not the batches.
     */
    default Set<Long> anchors() {
        return Set.of();
    }

    /** For logs that keep nothing beside their batches. */
    DerivedState NONE = new DerivedState() {
        @Override
        public void reset() {}

        @Override
        public void restore(ByteBuffer snapshot) {}

        @Override
        public void replay(RecordBatch batch) {}

        @Override
        public ByteBuffer snapshot() {
            return ByteBuffer.allocate(0);
        }
    };
}
