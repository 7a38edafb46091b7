package io.millrace.partition;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.sim.Seeds;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;

class OffsetWaitersTest {
    private final OffsetWaiters<String, String> waiters = new OffsetWaiters<>();

    @Test
    void acksAreReleasedInOrderWhenTheHighWatermarkReachesThem() {
        waiters.awaitAck(5, "a");
        waiters.awaitAck(7, "c");
        waiters.awaitAck(5, "b");
        assertThat(waiters.reached(4)).isEmpty();
        assertThat(waiters.reached(5)).containsExactly("a", "b");
        assertThat(waiters.reached(6)).isEmpty();
        assertThat(waiters.reached(9)).containsExactly("c");
        assertThat(waiters.acks()).isZero();
    }

    @Test
    void aReadIsGivenBackOnceByDataOrByTime() {
        waiters.awaitData(5, 100, "a");
        waiters.awaitData(5, 50, "b");
        waiters.awaitData(6, 70, "c");
        assertThat(waiters.nextDeadline()).isEqualTo(50);
        assertThat(waiters.due(49)).isEmpty();
        assertThat(waiters.due(50)).containsExactly("b");
        assertThat(waiters.readable(5)).isEmpty();
        assertThat(waiters.readable(6)).containsExactly("a");
        assertThat(waiters.nextDeadline()).isEqualTo(70);
        assertThat(waiters.due(100)).containsExactly("c");
        assertThat(waiters.nextDeadline()).isEqualTo(OffsetWaiters.NEVER);
        assertThat(waiters.reads()).isZero();
    }

    @Test
    void aReadThatIsTakenBackWaitsForNothing() {
        waiters.awaitData(4, 100, "other");
        waiters.awaitData(5, 50, "a");
        waiters.awaitData(5, 60, "b");
        assertThat(waiters.takeRead(5, "b"::equals)).isEqualTo("b");
        assertThat(waiters.takeRead(5, "b"::equals)).isNull();
        assertThat(waiters.takeRead(5, "other"::equals)).isNull();
        assertThat(waiters.readable(9)).containsExactly("other", "a");
        assertThat(waiters.nextDeadline()).isEqualTo(OffsetWaiters.NEVER);
    }

    private record Waiting(long offset, long deadline, int turn) {}

    @Test
    void givesBackWhatTheNaiveModelGivesBack() {
        Seeds.forEach(500, random -> {
            var tested = new OffsetWaiters<Waiting, Waiting>();
            List<Waiting> acks = new ArrayList<>();
            List<Waiting> reads = new ArrayList<>();
            long highWatermark = 0;
            long now = 0;
            for (int turn = 0; turn < 300; turn++) {
                var waiting = new Waiting(highWatermark + random.nextInt(10), now + random.nextInt(30), turn);
                switch (random.nextInt(5)) {
                    case 0 -> {
                        acks.add(waiting);
                        tested.awaitAck(waiting.offset, waiting);
                    }
                    case 1, 2 -> {
                        reads.add(waiting);
                        tested.awaitData(waiting.offset, waiting.deadline, waiting);
                    }
                    case 3 -> {
                        highWatermark += random.nextInt(6);
                        long reached = highWatermark;
                        var byOffset = Comparator.comparingLong(Waiting::offset).thenComparing(Waiting::turn);
                        assertThat(tested.reached(reached)).isEqualTo(take(acks, w -> w.offset <= reached, byOffset));
                        assertThat(tested.readable(reached)).isEqualTo(take(reads, w -> w.offset < reached, byOffset));
                    }
                    default -> {
                        now += random.nextInt(10);
                        long time = now;
                        var byDeadline =
                                Comparator.comparingLong(Waiting::deadline).thenComparing(Waiting::turn);
                        assertThat(tested.due(time)).isEqualTo(take(reads, w -> w.deadline <= time, byDeadline));
                    }
                }
                assertThat(tested.acks()).isEqualTo(acks.size());
                assertThat(tested.reads()).isEqualTo(reads.size());
                assertThat(tested.nextDeadline())
                        .isEqualTo(reads.stream()
                                .mapToLong(Waiting::deadline)
                                .min()
                                .orElse(OffsetWaiters.NEVER));
            }
        });
    }

    private static List<Waiting> take(
            List<Waiting> from, java.util.function.Predicate<Waiting> which, Comparator<Waiting> order) {
        var taken = from.stream().filter(which).sorted(order).toList();
        from.removeAll(taken);
        return taken;
    }
}
