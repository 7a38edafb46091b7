package io.millrace.partition;

import static io.millrace.model.Refusal.CLOSED;
import static io.millrace.model.Refusal.FENCED_LEADER_EPOCH;
import static io.millrace.model.Refusal.PARTITION_NOT_FOUND;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.log.memory.MemoryStorage;
import io.millrace.model.MillraceException;
import io.millrace.model.PartitionId;
import io.millrace.model.Refusal;
import io.millrace.sim.Seeds;
import io.millrace.sim.SimulatedTime;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class LocalPartitionsTest {
    private static final PartitionId A = new PartitionId(new UUID(1, 2), 0);
    private static final PartitionId B = new PartitionId(new UUID(1, 2), 1);
    private static final PartitionOptions OPTIONS = PartitionOptions.DEFAULT;

    private final SimulatedTime time = new SimulatedTime();
    private final LocalPartitions partitions = new LocalPartitions(new MemoryStorage(time), time);

    private static <T> T now(SimulatedTime time, Future<T> future) {
        time.advance(Duration.ZERO);
        assertThat(future.isComplete()).as("answered").isTrue();
        if (future.failed()) throw new AssertionError(future.cause());
        return future.result();
    }

    private <T> T now(Future<T> future) {
        return now(time, future);
    }

    private void assertRefused(Future<?> future, Refusal refusal) {
        time.advance(Duration.ZERO);
        assertThat(future.cause()).isInstanceOf(MillraceException.class);
        assertThat(((MillraceException) future.cause()).refusal()).isEqualTo(refusal);
    }

    @Test
    void partitionsAreApart() {
        now(partitions.open(A, OPTIONS, 1));
        now(partitions.open(B, OPTIONS, 1));
        now(partitions.append(A, Batches.of(0, "a"), Acks.ALL));
        assertThat(now(partitions.offsets(A)).highWatermark()).isEqualTo(1);
        assertThat(now(partitions.offsets(B)).highWatermark()).isZero();
        assertThat(partitions.ids()).containsExactlyInAnyOrder(A, B);
    }

    @Test
    void anUnknownPartitionIsRefused() {
        assertRefused(partitions.append(A, Batches.of(0, "a"), Acks.ALL), PARTITION_NOT_FOUND);
        assertRefused(partitions.read(A, new ReadRequest(0, 1, 0)), PARTITION_NOT_FOUND);
        assertRefused(partitions.offsets(A), PARTITION_NOT_FOUND);
    }

    @Test
    void openingAgainRaisesTheEpochAndNeverLowersIt() {
        var first = now(partitions.open(A, OPTIONS, 1));
        assertThat(now(partitions.open(A, OPTIONS, 4))).isSameAs(first);
        assertThat(now(partitions.offsets(A)).leaderEpoch()).isEqualTo(4);
        assertRefused(partitions.open(A, OPTIONS, 3), FENCED_LEADER_EPOCH);
    }

    @Test
    void aClosedPartitionKeepsItsRecordsAndADeletedOneDoesNot() {
        now(partitions.open(A, OPTIONS, 1));
        now(partitions.append(A, Batches.of(0, "a"), Acks.ALL));
        now(partitions.close(A));
        assertThat(partitions.get(A)).isNull();
        now(partitions.open(A, OPTIONS, 1));
        assertThat(now(partitions.offsets(A)).end()).isEqualTo(1);
        now(partitions.delete(A));
        now(partitions.open(A, OPTIONS, 1));
        assertThat(now(partitions.offsets(A)).end()).isZero();
    }

    @Test
    void openCloseAndDeleteOfOnePartitionHappenInTurn() {
        var slow = new SlowStorage(new MemoryStorage(time));
        var tested = new LocalPartitions(slow.storage(), time);
        now(tested.open(A, OPTIONS, 1));
        slow.hold();
        var left = tested.append(A, Batches.of(0, "a"), Acks.ALL);
        var deleted = tested.delete(A);
        var opened = tested.open(A, OPTIONS, 1);
        time.advance(Duration.ZERO);
        assertThat(deleted.isComplete()).isFalse();
        assertThat(opened.isComplete()).isFalse();
        slow.release(1);
        assertThat(now(left).baseOffset()).isZero();
        now(deleted);
        assertThat(now(opened).offsets().end()).isZero();
    }

    @Test
    void afterClosingNothingIsTaken() {
        now(partitions.open(A, OPTIONS, 1));
        var parked = partitions.read(A, new ReadRequest(0, 1, 1_000));
        now(partitions.close());
        assertRefused(parked, CLOSED);
        assertRefused(partitions.open(B, OPTIONS, 1), CLOSED);
        assertRefused(partitions.append(A, Batches.of(0, "a"), Acks.ALL), PARTITION_NOT_FOUND);
    }

    /** Two brokers get the same requests; one of them is restarted now and then. Nobody can tell which. */
    @Test
    void aRestartCannotBeToldFromTheAnswers() {
        Seeds.forEach(200, random -> {
            var clock = new SimulatedTime();
            var steady = new LocalPartitions(new MemoryStorage(clock), clock);
            var restarted = new LocalPartitions(new MemoryStorage(clock), clock);
            var options = PartitionOptions.DEFAULT.withProducers(3, 86_400_000).withIdempotency(4, 86_400_000);
            now(clock, steady.open(A, options, 1));
            now(clock, restarted.open(A, options, 1));
            var next = new int[5];
            for (int step = 0; step < 80; step++) {
                clock.advance(Duration.ofMillis(random.nextInt(3)));
                if (random.nextInt(6) == 0) {
                    now(clock, restarted.close(A));
                    now(clock, restarted.open(A, options, 1));
                }
                int producer = random.nextInt(5);
                int sequence = random.nextInt(3) == 0 ? random.nextInt(next[producer] + 2) : next[producer];
                var key = new IdempotencyKey("k" + random.nextInt(7), random.nextInt(2));
                boolean once = random.nextBoolean();
                long timestamp = clock.wallMillis();
                Future<?>[] answers = new Future<?>[2];
                int n = 0;
                for (var one : new LocalPartitions[] {steady, restarted}) {
                    answers[n++] = once
                            ? one.appendOnce(A, Batches.of(key, timestamp, "v"), Acks.ALL, key.key(), key.fingerprint())
                            : one.append(A, Batches.of(producer, 0, sequence, 1, timestamp), Acks.ALL);
                }
                clock.advance(Duration.ZERO);
                assertThat(answer(answers[1])).as("step " + step).isEqualTo(answer(answers[0]));
                boolean stored = answers[0].succeeded() && !((Appended) answers[0].result()).duplicate();
                if (stored && !once) next[producer] = sequence + 1;
            }
        });
    }

    private static Object answer(Future<?> future) {
        return future.succeeded() ? future.result() : ((MillraceException) future.cause()).refusal();
    }
}
