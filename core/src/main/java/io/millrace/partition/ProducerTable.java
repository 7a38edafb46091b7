package io.millrace.partition;

import static io.millrace.model.Refusal.DUPLICATE_SEQUENCE;
import static io.millrace.model.Refusal.INVALID_PRODUCER_EPOCH;
import static io.millrace.model.Refusal.INVALID_RECORD;
import static io.millrace.model.Refusal.OUT_OF_ORDER_SEQUENCE;

import io.millrace.record.RecordBatch;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The idempotent producers of one partition (KIP-98): for each its epoch and its last five batches, so that a batch that
 * is sent again is not stored again.
 *
 * <p>The rules are those of Kafka 4 ({@code ProducerAppendInfo.checkSequence}): a lower epoch is refused, a higher one
 * starts at sequence 0, within an epoch the sequences follow each other and wrap from 2^31 - 1 to 0. A producer of which
 * nothing is known (its records were deleted, or it was forgotten) may begin with any sequence.
 *
 * <p>Invariant: the producers are in the order of their last append, and so in the order of {@code lastTime}.
 */
final class ProducerTable {
    /** As many requests as a Kafka producer keeps in flight. */
    static final int REMEMBERED_BATCHES = 5;

    private static final int NOTHING = RecordBatch.NO_SEQUENCE;

    private final LinkedHashMap<Long, Producer> producers = new LinkedHashMap<>();
    private int max;
    private long idleMillis;

    ProducerTable(int max, long idleMillis) {
        configure(max, idleMillis);
    }

    final void configure(int max, long idleMillis) {
        this.max = max;
        this.idleMillis = idleMillis;
    }

    int size() {
        return producers.size();
    }

    /** Decides about a batch with a producer id, and changes nothing. */
    AppendDecision check(RecordBatch batch) {
        if (batch.baseSequence() < 0 || batch.producerEpoch() < 0) {
            return AppendDecision.refused(INVALID_RECORD, batch + " has a producer id, but no epoch or sequence");
        }
        var known = producers.get(batch.producerId());
        if (known == null) return AppendDecision.ACCEPTED;
        if (batch.producerEpoch() < known.epoch) {
            return AppendDecision.refused(
                    INVALID_PRODUCER_EPOCH,
                    "producer " + batch.producerId() + " has epoch " + known.epoch + ", the batch has "
                            + batch.producerEpoch());
        }
        return batch.producerEpoch() > known.epoch ? firstOfEpoch(batch) : nextOfEpoch(batch, known);
    }

    private static AppendDecision firstOfEpoch(RecordBatch batch) {
        return batch.baseSequence() == 0 ? AppendDecision.ACCEPTED : outOfOrder(batch, 0);
    }

    private static AppendDecision nextOfEpoch(RecordBatch batch, Producer known) {
        int expected = known.nextSequence();
        if (batch.baseSequence() == expected) return AppendDecision.ACCEPTED;
        var seen = known.find(batch.baseSequence(), batch.lastSequence());
        if (seen != null) return seen.again();
        var oldest = known.oldest();
        if (oldest != null && isBefore(batch.lastSequence(), oldest.baseSequence)) {
            return AppendDecision.refused(
                    DUPLICATE_SEQUENCE,
                    "producer " + batch.producerId() + " sent sequence " + batch.baseSequence()
                            + " before; its offset is forgotten, the oldest sequence known is " + oldest.baseSequence);
        }
        return outOfOrder(batch, expected);
    }

    private static AppendDecision outOfOrder(RecordBatch batch, int expected) {
        return AppendDecision.refused(
                OUT_OF_ORDER_SEQUENCE,
                "producer " + batch.producerId() + " in epoch " + batch.producerEpoch() + " must go on with sequence "
                        + expected + ", the batch has " + batch.baseSequence());
    }

    /** Whether {@code one} is at most half of all sequences in front of {@code other}. */
    private static boolean isBefore(int one, int other) {
        int ahead = (other - one) & Integer.MAX_VALUE;
        return ahead != 0 && ahead <= Integer.MAX_VALUE / 2;
    }

    /**
     * A batch with a producer id has been stored.
     *
     * @param time the time of the log, which never goes back
     */
    void stored(RecordBatch batch, long time) {
        var producer = producers.remove(batch.producerId());
        if (producer == null) {
            producer = new Producer(batch.producerEpoch());
            if (producers.size() >= max) forgetOldest();
        }
        producer.add(batch, time);
        producers.put(batch.producerId(), producer);
    }

    /** Forgets the producers that have been idle for too long. */
    void expire(long now) {
        var eldest = producers.values().iterator();
        while (eldest.hasNext() && now - eldest.next().lastTime > idleMillis) eldest.remove();
    }

    private void forgetOldest() {
        var eldest = producers.values().iterator();
        eldest.next();
        eldest.remove();
    }

    /** The base offsets of all batches that are remembered. */
    void addOffsetsTo(Set<Long> offsets) {
        for (var producer : producers.values()) {
            for (var batch : producer.batches) offsets.add(batch.baseOffset);
        }
    }

    void clear() {
        producers.clear();
    }

    int snapshotBytes() {
        int bytes = 4;
        for (var producer : producers.values()) {
            bytes += Producer.FIXED_BYTES + producer.batches.size() * Remembered.BYTES;
        }
        return bytes;
    }

    void writeTo(ByteBuffer out) {
        out.putInt(producers.size());
        producers.forEach((id, producer) -> {
            out.putLong(id);
            producer.writeTo(out);
        });
    }

    void readFrom(ByteBuffer in) {
        int count = in.getInt();
        if (count < 0) throw new IllegalArgumentException(count + " producers");
        for (int n = 0; n < count; n++) producers.put(in.getLong(), Producer.readFrom(in));
        while (producers.size() > max) forgetOldest();
    }

    /** One producer in its present epoch. */
    private static final class Producer {
        static final int FIXED_BYTES = 8 + 2 + 8 + 1;

        private final List<Remembered> batches = new ArrayList<>(REMEMBERED_BATCHES);
        private short epoch;
        private long lastTime;

        Producer(short epoch) {
            this.epoch = epoch;
        }

        void add(RecordBatch batch, long time) {
            if (batch.producerEpoch() != epoch) {
                epoch = batch.producerEpoch();
                batches.clear();
            }
            lastTime = time;
            if (batch.baseSequence() == NOTHING) return;
            if (batches.size() == REMEMBERED_BATCHES) batches.remove(0);
            long appendTime = batch.isLogAppendTime() ? batch.maxTimestamp() : RecordBatch.NO_TIMESTAMP;
            batches.add(new Remembered(batch.baseSequence(), batch.lastOffsetDelta(), batch.baseOffset(), appendTime));
        }

        int nextSequence() {
            if (batches.isEmpty()) return 0;
            return RecordBatch.advance(batches.get(batches.size() - 1).lastSequence(), 1);
        }

        @Nullable
        Remembered oldest() {
            return batches.isEmpty() ? null : batches.get(0);
        }

        @Nullable
        Remembered find(int baseSequence, int lastSequence) {
            for (var batch : batches) {
                if (batch.baseSequence == baseSequence && batch.lastSequence() == lastSequence) return batch;
            }
            return null;
        }

        void writeTo(ByteBuffer out) {
            out.putShort(epoch).putLong(lastTime).put((byte) batches.size());
            for (var batch : batches) {
                out.putInt(batch.baseSequence)
                        .putInt(batch.lastDelta)
                        .putLong(batch.baseOffset)
                        .putLong(batch.appendTime);
            }
        }

        static Producer readFrom(ByteBuffer in) {
            var producer = new Producer(in.getShort());
            producer.lastTime = in.getLong();
            int count = in.get();
            if (count < 0 || count > REMEMBERED_BATCHES) throw new IllegalArgumentException(count + " batches");
            for (int n = 0; n < count; n++) {
                producer.batches.add(new Remembered(in.getInt(), in.getInt(), in.getLong(), in.getLong()));
            }
            return producer;
        }
    }

    /** One batch of a producer. */
    private record Remembered(int baseSequence, int lastDelta, long baseOffset, long appendTime) {
        static final int BYTES = 4 + 4 + 8 + 8;

        int lastSequence() {
            return RecordBatch.advance(baseSequence, lastDelta);
        }

        AppendDecision again() {
            return new AppendDecision.Duplicate(baseOffset, baseOffset + lastDelta, appendTime);
        }
    }
}
