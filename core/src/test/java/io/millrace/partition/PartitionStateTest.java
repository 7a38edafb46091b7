package io.millrace.partition;

import static io.millrace.model.Refusal.INVALID_RECORD;
import static io.millrace.model.Refusal.NOT_ENOUGH_REPLICAS;
import static io.millrace.model.Refusal.NOT_LEADER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.model.Refusal;
import io.millrace.record.RecordBatch;
import io.millrace.record.RecordBatchBuilder;
import io.millrace.sim.Seeds;
import java.util.HashMap;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PartitionStateTest {
    private final PartitionHistory history = new PartitionHistory(PartitionOptions.DEFAULT);
    private final PartitionState state = new PartitionState(1, PartitionOptions.DEFAULT, history, 0);

    private void append(int records) {
        for (int n = 0; n < records; n++) {
            state.appended(Batches.stamped(Batches.of(0, "r"), state.end(), state.leaderEpoch()));
        }
    }

    private static void assertRefused(AppendDecision decision, Refusal refusal) {
        assertThat(((AppendDecision.Refused) decision).cause().refusal()).isEqualTo(refusal);
    }

    @Test
    void onlyALeaderAccepts() {
        var batch = RecordBatch.of(Batches.of(0, "r"));
        assertRefused(state.decide(batch, Acks.NONE), NOT_LEADER);
        state.lead(4, Set.of(1));
        assertThat(state.decide(batch, Acks.ALL)).isEqualTo(AppendDecision.ACCEPTED);
        state.follow(5);
        assertRefused(state.decide(batch, Acks.ALL), NOT_LEADER);
        assertThatThrownBy(() -> state.lead(4, Set.of(1))).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void theHighWatermarkIsWhatEveryInSyncReplicaHasAndNeverFalls() {
        state.lead(4, Set.of(1, 2, 3));
        append(10);
        assertThat(state.durable(10)).isFalse();
        assertThat(state.durable(2, 4)).isFalse();
        assertThat(state.durable(3, 6)).isTrue();
        assertThat(state.highWatermark()).isEqualTo(4);
        assertThat(state.durable(9, 1)).as("not in sync").isFalse();
        state.lead(5, Set.of(1, 3));
        assertThat(state.durable(10)).isTrue();
        assertThat(state.highWatermark()).isEqualTo(6);
        state.lead(6, Set.of(1, 2, 3));
        assertThat(state.durable(2, 5)).isFalse();
        assertThat(state.highWatermark()).isEqualTo(6);
    }

    @Test
    void theHighWatermarkIsTheLeastDurableEndInAnyOrderOfReports() {
        Seeds.forEach(500, random -> {
            var tested = new PartitionState(0, PartitionOptions.DEFAULT, history, 0);
            history.reset();
            tested.lead(9, Set.of(0, 1, 2));
            var ends = new HashMap<Integer, Long>();
            long before = 0;
            for (int step = 0; step < 60; step++) {
                tested.appended(Batches.stamped(Batches.of(0, "r"), tested.end(), 9));
                int replica = random.nextInt(3);
                long end = random.nextLong(tested.end() + 1);
                ends.merge(replica, end, Math::max);
                boolean rose = tested.durable(replica, end);
                long least = ends.size() < 3
                        ? 0
                        : ends.values().stream().mapToLong(x -> x).min().getAsLong();
                assertThat(tested.highWatermark()).isEqualTo(least).isGreaterThanOrEqualTo(before);
                assertThat(rose).isEqualTo(least > before);
                before = least;
            }
        });
    }

    @Test
    void enoughReplicasAreRequiredForAllOnly() {
        state.configure(PartitionOptions.DEFAULT.withMinInSync(2));
        state.lead(4, Set.of(1));
        var batch = RecordBatch.of(Batches.of(0, "r"));
        assertRefused(state.decide(batch, Acks.ALL), NOT_ENOUGH_REPLICAS);
        assertThat(state.decide(batch, Acks.LEADER)).isEqualTo(AppendDecision.ACCEPTED);
        state.lead(5, Set.of(1, 2));
        assertThat(state.decide(batch, Acks.ALL)).isEqualTo(AppendDecision.ACCEPTED);
    }

    @Test
    void aTransactionThatIsNotOpenIsRefused() {
        state.lead(4, Set.of(1));
        var batch = new RecordBatchBuilder()
                .producer(1, (short) 0, 0)
                .transactional()
                .append(0, null, new byte[1])
                .build();
        assertRefused(state.decide(RecordBatch.of(batch), Acks.ALL), INVALID_RECORD);
    }

    @Test
    void epochsTellWhereTheyEnd() {
        var epochs = new LeaderEpochs();
        assertThat(epochs.endOf(3, 0)).isEqualTo(new LeaderEpochs.EpochEnd(LeaderEpochs.NONE, 0));
        epochs.assign(2, 10);
        epochs.assign(2, 15);
        epochs.assign(5, 20);
        epochs.assign(4, 25);
        assertThat(epochs.latest()).isEqualTo(5);
        assertThat(epochs.endOf(1, 30)).isEqualTo(new LeaderEpochs.EpochEnd(LeaderEpochs.NONE, 10));
        assertThat(epochs.endOf(2, 30)).isEqualTo(new LeaderEpochs.EpochEnd(2, 20));
        assertThat(epochs.endOf(4, 30)).isEqualTo(new LeaderEpochs.EpochEnd(2, 20));
        assertThat(epochs.endOf(5, 30)).isEqualTo(new LeaderEpochs.EpochEnd(5, 30));
        epochs.truncate(20);
        assertThat(epochs.latest()).isEqualTo(2);
        epochs.assign(6, 20);
        epochs.assign(7, 20);
        assertThat(epochs.endOf(6, 20))
                .as("an epoch without records is not there")
                .isEqualTo(new LeaderEpochs.EpochEnd(2, 20));
    }
}
