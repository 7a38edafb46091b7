package io.millrace.partition;

import static io.millrace.model.Refusal.DUPLICATE_SEQUENCE;
import static io.millrace.model.Refusal.INVALID_PRODUCER_EPOCH;
import static io.millrace.model.Refusal.INVALID_RECORD;
import static io.millrace.model.Refusal.OUT_OF_ORDER_SEQUENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.model.Refusal;
import io.millrace.record.RecordBatch;
import io.millrace.sim.Seeds;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProducerTableTest {
    private static final int LAST = Integer.MAX_VALUE;

    private final ProducerTable table = new ProducerTable(1_000, 60_000);
    private long end;

    /** A header of a batch; the table looks at nothing else. */
    private static RecordBatch batch(long producer, int epoch, int sequence, int count, long base) {
        var bytes = ByteBuffer.allocate(RecordBatch.HEADER_BYTES);
        bytes.putLong(0, base).putInt(8, RecordBatch.HEADER_BYTES - 12).putInt(23, count - 1);
        bytes.putLong(43, producer)
                .putShort(51, (short) epoch)
                .putInt(53, sequence)
                .putInt(57, count);
        return RecordBatch.of(bytes);
    }

    private void stored(long producer, int epoch, int sequence, int count, long time) {
        table.stored(batch(producer, epoch, sequence, count, end), time);
        end += count;
    }

    private AppendDecision check(long producer, int epoch, int sequence, int count) {
        return table.check(batch(producer, epoch, sequence, count, -1));
    }

    private static void assertAccepted(AppendDecision decision) {
        assertThat(decision).isEqualTo(AppendDecision.ACCEPTED);
    }

    private static void assertRefused(AppendDecision decision, Refusal refusal) {
        assertThat(decision).isInstanceOf(AppendDecision.Refused.class);
        assertThat(((AppendDecision.Refused) decision).cause().refusal()).isEqualTo(refusal);
    }

    @Test
    void sequencesFollowEachOther() {
        stored(1, 0, 0, 10, 0);
        assertAccepted(check(1, 0, 10, 5));
        assertRefused(check(1, 0, 11, 5), OUT_OF_ORDER_SEQUENCE);
        assertRefused(check(1, 0, 9, 5), OUT_OF_ORDER_SEQUENCE);
        assertThat(check(1, 0, 0, 10)).isEqualTo(new AppendDecision.Duplicate(0, 9, -1));
        assertRefused(check(1, 0, 0, 9), OUT_OF_ORDER_SEQUENCE);
    }

    @Test
    void sequencesWrapToZero() {
        stored(1, 0, LAST - 4, 5, 0);
        assertAccepted(check(1, 0, 0, 1));
        stored(2, 0, LAST - 4, 10, 0);
        assertAccepted(check(2, 0, 5, 1));
        assertThat(check(2, 0, LAST - 4, 10)).isEqualTo(new AppendDecision.Duplicate(5, 14, -1));
        for (int n = 0; n < 5; n++) stored(2, 0, 5 + n, 1, 0);
        assertRefused(check(2, 0, LAST - 4, 10), DUPLICATE_SEQUENCE);
    }

    @Test
    void theLastFiveBatchesAreKnownAndOlderOnesAreKnownToBeOld() {
        for (int n = 0; n < 6; n++) stored(1, 0, 2 * n, 2, 0);
        assertRefused(check(1, 0, 0, 2), DUPLICATE_SEQUENCE);
        for (int n = 1; n < 6; n++) {
            assertThat(check(1, 0, 2 * n, 2)).isEqualTo(new AppendDecision.Duplicate(2L * n, 2L * n + 1, -1));
        }
    }

    @Test
    void anEpochOnlyRisesAndBeginsAtZero() {
        stored(1, 3, 0, 10, 0);
        assertRefused(check(1, 2, 10, 1), INVALID_PRODUCER_EPOCH);
        assertRefused(check(1, 4, 10, 1), OUT_OF_ORDER_SEQUENCE);
        assertAccepted(check(1, 4, 0, 1));
        stored(1, 4, 0, 1, 0);
        assertRefused(check(1, 3, 0, 10), INVALID_PRODUCER_EPOCH);
    }

    @Test
    void aProducerOfWhichNothingIsKnownMayBeginAnywhere() {
        assertAccepted(check(1, 7, 1_000, 1));
    }

    @Test
    void aProducerIdWithoutEpochOrSequenceIsRefused() {
        assertRefused(check(1, -1, 0, 1), INVALID_RECORD);
        assertRefused(check(1, 0, -1, 1), INVALID_RECORD);
    }

    @Test
    void idleProducersAreForgottenAndTheOneIdleForLongestMakesRoom() {
        stored(1, 0, 0, 1, 1_000);
        stored(2, 0, 0, 1, 2_000);
        stored(1, 0, 1, 1, 3_000);
        table.expire(62_000);
        assertThat(table.size()).isEqualTo(2);
        table.expire(62_001);
        assertThat(table.size()).isEqualTo(1);
        assertRefused(check(1, 0, 5, 1), OUT_OF_ORDER_SEQUENCE);
        assertAccepted(check(2, 0, 5, 1));

        table.configure(3, 60_000);
        for (int producer = 10; producer < 20; producer++) stored(producer, 0, 0, 1, 4_000);
        assertThat(table.size()).isEqualTo(3);
        assertRefused(check(17, 0, 5, 1), OUT_OF_ORDER_SEQUENCE);
        assertAccepted(check(16, 0, 5, 1));
    }

    /** All that a producer ever stored in its present epoch. */
    private static final class Naive {
        int epoch;
        final List<RecordBatch> batches = new ArrayList<>();

        String decide(RecordBatch batch) {
            if (batch.producerEpoch() < epoch) return INVALID_PRODUCER_EPOCH.name();
            if (batch.producerEpoch() > epoch)
                return batch.baseSequence() == 0 ? "accepted" : OUT_OF_ORDER_SEQUENCE.name();
            long next = batches.get(batches.size() - 1).baseSequence()
                    + (long) batches.get(batches.size() - 1).count();
            if (batch.baseSequence() == next % (1L << 31)) return "accepted";
            for (int n = 0; n < batches.size(); n++) {
                var seen = batches.get(n);
                if (seen.baseSequence() != batch.baseSequence() || seen.count() != batch.count()) continue;
                return n < batches.size() - 5 ? DUPLICATE_SEQUENCE.name() : "at " + seen.baseOffset();
            }
            return OUT_OF_ORDER_SEQUENCE.name();
        }
    }

    private static String describe(AppendDecision decision) {
        if (decision instanceof AppendDecision.Refused no)
            return no.cause().refusal().name();
        if (decision instanceof AppendDecision.Duplicate seen) return "at " + seen.baseOffset();
        return "accepted";
    }

    @Test
    void decidesLikeTheNaiveModelAlsoAfterASnapshot() {
        Seeds.forEach(500, random -> {
            var tested = new ProducerTable(1_000, 60_000);
            Map<Long, Naive> naive = new HashMap<>();
            long at = 0;
            for (int step = 0; step < 200; step++) {
                long id = random.nextInt(4);
                var known = naive.get(id);
                RecordBatch candidate;
                if (known == null) {
                    candidate =
                            batch(id, random.nextInt(3), random.nextBoolean() ? 0 : LAST - random.nextInt(9), 1, at);
                } else {
                    var seen = known.batches.get(random.nextInt(known.batches.size()));
                    int next = RecordBatch.advance(
                            known.batches.get(known.batches.size() - 1).lastSequence(), 1);
                    int count = 1 + random.nextInt(3);
                    candidate = switch (random.nextInt(8)) {
                        case 0 -> batch(id, known.epoch, seen.baseSequence(), seen.count(), at);
                        case 1 -> batch(id, known.epoch, RecordBatch.advance(next, 1 + random.nextInt(50)), count, at);
                        case 2 -> batch(id, known.epoch + 1, random.nextBoolean() ? 0 : next, count, at);
                        case 3 -> batch(id, Math.max(0, known.epoch - 1), seen.baseSequence(), seen.count(), at);
                        default -> batch(id, known.epoch, next, count, at);
                    };
                }
                var decision = tested.check(candidate);
                assertThat(describe(decision))
                        .as("step " + step + ": " + candidate)
                        .isEqualTo(known == null ? "accepted" : known.decide(candidate));
                if (decision instanceof AppendDecision.Accepted) {
                    tested.stored(candidate, step);
                    var model = naive.computeIfAbsent(id, fresh -> new Naive());
                    if (candidate.producerEpoch() != model.epoch) model.batches.clear();
                    model.epoch = candidate.producerEpoch();
                    model.batches.add(candidate);
                    at += candidate.count();
                }
                if (random.nextInt(20) == 0) tested = copy(tested);
            }
        });
    }

    private static ProducerTable copy(ProducerTable table) {
        var bytes = ByteBuffer.allocate(table.snapshotBytes());
        table.writeTo(bytes);
        assertThat(bytes.hasRemaining()).isFalse();
        var copy = new ProducerTable(1_000, 60_000);
        copy.readFrom(bytes.flip());
        return copy;
    }
}
