package io.millrace.partition;

import io.millrace.log.DerivedState;
import io.millrace.record.RecordBatch;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;

/**
 * What a partition remembers of the batches in its log. A batch that was just stored and one that is replayed go the
 * same way in, so that a restart cannot tell them apart.
 */
final class PartitionHistory implements DerivedState {
    private static final byte VERSION = 1;

    private final ProducerTable producers;
    private final IdempotencyTable idempotency;
    private final LeaderEpochs epochs = new LeaderEpochs();
    /** The largest timestamp of all batches so far. */
    private long time = RecordBatch.NO_TIMESTAMP;

    PartitionHistory(PartitionOptions options) {
        producers =
                new ProducerTable(options.producers().max(), options.producers().millis());
        idempotency = new IdempotencyTable(
                options.idempotency().max(), options.idempotency().millis());
    }

    ProducerTable producers() {
        return producers;
    }

    IdempotencyTable idempotency() {
        return idempotency;
    }

    LeaderEpochs epochs() {
        return epochs;
    }

    long time() {
        return time;
    }

    void configure(PartitionOptions options) {
        producers.configure(options.producers().max(), options.producers().millis());
        idempotency.configure(options.idempotency().max(), options.idempotency().millis());
    }

    /** Forgets what is too old to be of use. */
    void expire(long now) {
        producers.expire(now);
        idempotency.expire(now);
    }

    @Override
    public void replay(RecordBatch batch) {
        time = Math.max(time, batch.maxTimestamp());
        epochs.assign(batch.leaderEpoch(), batch.baseOffset());
        if (batch.hasProducerId()) producers.stored(batch, time);
        var key = IdempotencyKey.in(batch);
        if (key != null) {
            long appendTime = batch.isLogAppendTime() ? batch.maxTimestamp() : RecordBatch.NO_TIMESTAMP;
            idempotency.stored(key, batch.baseOffset(), appendTime, time);
        }
    }

    @Override
    public void reset() {
        producers.clear();
        idempotency.clear();
        epochs.clear();
        time = RecordBatch.NO_TIMESTAMP;
    }

    @Override
    public Set<Long> anchors() {
        var offsets = new HashSet<Long>();
        producers.addOffsetsTo(offsets);
        return offsets;
    }

    @Override
    public ByteBuffer snapshot() {
        int bytes = 1 + 8 + epochs.snapshotBytes() + producers.snapshotBytes() + idempotency.snapshotBytes();
        var out = ByteBuffer.allocate(bytes).put(VERSION).putLong(time);
        epochs.writeTo(out);
        producers.writeTo(out);
        idempotency.writeTo(out);
        return out.flip();
    }

    @Override
    public void restore(ByteBuffer snapshot) {
        reset();
        try {
            byte version = snapshot.get();
            if (version != VERSION) throw new IllegalArgumentException("version " + version);
            time = snapshot.getLong();
            epochs.readFrom(snapshot);
            producers.readFrom(snapshot);
            idempotency.readFrom(snapshot);
            if (snapshot.hasRemaining()) throw new IllegalArgumentException(snapshot.remaining() + " bytes too many");
        } catch (BufferUnderflowException | IllegalArgumentException nonsense) {
            reset();
            throw new IllegalArgumentException("not a snapshot of a partition: " + nonsense.getMessage(), nonsense);
        }
    }
}
