package io.millrace.consume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class InFlightTest {
    private static InFlight<String, String> inFlight(ProcessingOrder order, int concurrency, int maxInFlight) {
        var records = new InFlight<String, String>(order, concurrency, maxInFlight, 1000);
        records.assign("a", 10);
        return records;
    }

    private static Lease<String, String> next(InFlight<String, String> records) {
        var lease = records.next(0);
        assertThat(lease).isNotNull();
        return lease;
    }

    @Test
    void thePositionIsBehindTheContiguousFinishedPrefix() {
        var records = inFlight(ProcessingOrder.NONE, 10, 10);
        for (int n = 10; n < 14; n++) records.add("a", n, null, "record " + n);
        var first = next(records);
        var second = next(records);
        var third = next(records);
        records.settle(third);
        records.settle(second);
        assertThat(records.position("a")).isEqualTo(10);
        assertThat(records.uncommitted()).isEmpty();
        assertThat(records.held()).isEqualTo(4);

        records.settle(first);
        assertThat(records.position("a")).isEqualTo(13);
        assertThat(records.uncommitted()).isEqualTo(Map.of("a", 13L));
        assertThat(records.held()).isEqualTo(1);
        records.committed("a", 13);
        assertThat(records.uncommitted()).isEmpty();
    }

    @Test
    void holesInTheOffsetsAreNoHolesInTheWork() {
        var records = inFlight(ProcessingOrder.PARTITION, 1, 10);
        records.add("a", 15, null, "x");
        records.add("a", 90, null, "y");
        assertThat(records.position("a")).isEqualTo(15);
        records.settle(next(records));
        assertThat(records.position("a")).isEqualTo(90);
        records.settle(next(records));
        assertThat(records.position("a")).isEqualTo(91);
    }

    @Test
    void onePartitionIsProcessedInOrderWhileAnotherGoesOn() {
        var records = inFlight(ProcessingOrder.PARTITION, 10, 10);
        records.assign("b", 0);
        records.add("a", 10, null, "a10");
        records.add("a", 11, null, "a11");
        records.add("b", 0, null, "b0");
        var first = next(records);
        assertThat(first.record()).isEqualTo("a10");
        assertThat(next(records).record()).isEqualTo("b0");
        assertThat(records.next(0)).isNull();
        records.settle(first);
        assertThat(next(records).record()).isEqualTo("a11");
    }

    @Test
    void oneKeyIsProcessedInOrderAndKeylessRecordsHaveNone() {
        var records = inFlight(ProcessingOrder.KEY, 10, 10);
        records.add("a", 10, "k", "k0");
        records.add("a", 11, "k", "k1");
        records.add("a", 12, null, "none");
        records.add("a", 13, null, "none");
        var first = next(records);
        assertThat(next(records).offset()).isEqualTo(12);
        assertThat(next(records).offset()).isEqualTo(13);
        assertThat(records.next(0)).isNull();
        records.settle(first);
        assertThat(next(records).record()).isEqualTo("k1");
    }

    @Test
    void concurrencyOneKeepsTheOrderOfArrivalWhateverTheUnit() {
        var records = inFlight(ProcessingOrder.KEY, 1, 10);
        records.add("a", 10, "k", "0");
        records.add("a", 11, "k", "1");
        records.add("a", 12, "l", "2");
        for (int n = 0; n < 3; n++) {
            var lease = next(records);
            assertThat(lease.record()).isEqualTo(Integer.toString(n));
            assertThat(records.next(0)).isNull();
            records.settle(lease);
        }
    }

    @Test
    void aRetriedRecordComesBeforeWhatIsBehindIt() {
        var records = inFlight(ProcessingOrder.PARTITION, 2, 10);
        records.add("a", 10, null, "x");
        records.add("a", 11, null, "y");
        var lease = next(records);
        records.retry(lease);
        assertThat(next(records)).isSameAs(lease);
        assertThat(lease.attempts()).isEqualTo(2);
        assertThat(records.next(0)).isNull();
    }

    @Test
    void aStoppedConsumerHandsOutNothingAndTheRecordStaysInFront() {
        var records = inFlight(ProcessingOrder.NONE, 2, 10);
        for (int n = 10; n < 13; n++) records.add("a", n, null, "x");
        var first = next(records);
        var second = next(records);
        records.stop(first);
        records.settle(second);
        assertThat(records.next(0)).isNull();
        assertThat(records.position("a")).isEqualTo(10);
    }

    @Test
    void readingPausesWhenItIsFullAndGoesOnWhenThePrefixIsDone() {
        var records = inFlight(ProcessingOrder.NONE, 5, 2);
        records.add("a", 10, null, "x");
        records.add("a", 11, null, "y");
        assertThat(records.hasRoom()).isFalse();
        var first = next(records);
        records.settle(next(records));
        assertThat(records.hasRoom()).isFalse();
        records.settle(first);
        assertThat(records.hasRoom()).isTrue();
        assertThatThrownBy(() -> records.add("a", 11, null, "again")).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aDrainedPartitionHandsOutNothingMoreAndKeepsItsPosition() {
        var records = inFlight(ProcessingOrder.KEY, 5, 10);
        records.assign("b", 0);
        records.add("a", 10, "k", "x");
        records.add("a", 11, "k", "y");
        records.add("b", 0, "k", "z");
        var running = next(records);
        records.drain("a");
        assertThat(records.isIdle("a")).isFalse();
        assertThat(next(records).record()).isEqualTo("z");
        records.settle(running);
        assertThat(records.isIdle("a")).isTrue();
        assertThat(records.next(0)).isNull();
        assertThat(records.position("a")).isEqualTo(11);
        records.forget("a");
        assertThat(records.held()).isEqualTo(1);
    }

    @Test
    void whatEndsAfterItsPartitionWasTakenChangesNothingButKeepsItsUnitBusy() {
        var records = inFlight(ProcessingOrder.KEY, 5, 10);
        records.add("a", 10, "k", "old");
        var old = next(records);
        records.forget("a");
        assertThat(old.isForgotten()).isTrue();
        assertThat(records.held()).isZero();

        records.assign("a", 10);
        records.add("a", 10, "k", "new");
        assertThat(records.next(0)).isNull();
        records.settle(old);
        assertThat(records.position("a")).isEqualTo(10);
        records.settle(next(records));
        assertThat(records.position("a")).isEqualTo(11);
    }

    @Test
    void aRecordIsOverdueAfterItsTimeUnlessItGotAnother() {
        var records = inFlight(ProcessingOrder.NONE, 5, 10);
        for (int n = 10; n < 13; n++) records.add("a", n, null, "x");
        assertThat(records.nextDeadline()).isEqualTo(InFlight.NEVER);
        records.next(0);
        var second = records.next(500);
        assertThat(second).isNotNull();
        assertThat(records.nextDeadline()).isEqualTo(1000);
        assertThat(records.extend("a", 10, 900)).isTrue();
        assertThat(records.extend("a", 12, 900)).isFalse();
        assertThat(records.nextDeadline()).isEqualTo(1500);
        assertThat(records.overdue(1499)).isEmpty();
        assertThat(records.overdue(1500)).containsExactly(second);
        assertThat(records.overdue(1900)).hasSize(2);
        records.forget("a");
        assertThat(records.overdue(1900)).isEmpty();
    }

    @Test
    void failuresAreJudgedByTheirTypeThenByTheRulesThenByTheAttempts() {
        var rules = new FailureRules(OnFailure.RETRY, 3, OnFailure.STOP);
        var untyped = new IllegalStateException("no");
        assertThat(rules.judge(untyped, 2)).isEqualTo(OnFailure.RETRY);
        assertThat(rules.judge(untyped, 3)).isEqualTo(OnFailure.STOP);
        assertThat(rules.judge(RecordFailure.skip("no", null), 1)).isEqualTo(OnFailure.SKIP);
        assertThat(rules.judge(RecordFailure.stop("no", untyped), 1)).isEqualTo(OnFailure.STOP);
        assertThat(rules.judge(RecordFailure.retry("no", null), 3)).isEqualTo(OnFailure.STOP);
        assertThat(new FailureRules(OnFailure.SKIP, 1, OnFailure.STOP).judge(untyped, 1))
                .isEqualTo(OnFailure.SKIP);
        assertThatThrownBy(() -> new FailureRules(OnFailure.SKIP, 1, OnFailure.RETRY))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
