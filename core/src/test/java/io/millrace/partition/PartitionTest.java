package io.millrace.partition;

import static io.millrace.model.Refusal.ACK_TIMEOUT;
import static io.millrace.model.Refusal.BUFFER_FULL;
import static io.millrace.model.Refusal.CLOSED;
import static io.millrace.model.Refusal.DISK_FULL;
import static io.millrace.model.Refusal.FENCED_LEADER_EPOCH;
import static io.millrace.model.Refusal.IDEMPOTENCY_IN_PROGRESS;
import static io.millrace.model.Refusal.IDEMPOTENCY_MISMATCH;
import static io.millrace.model.Refusal.INVALID_ARGUMENT;
import static io.millrace.model.Refusal.INVALID_RECORD;
import static io.millrace.model.Refusal.NOT_ENOUGH_REPLICAS;
import static io.millrace.model.Refusal.OFFSET_OUT_OF_RANGE;
import static io.millrace.model.Refusal.RECORD_TOO_LARGE;
import static io.millrace.model.Refusal.STORAGE_FAILED;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.log.Compaction;
import io.millrace.log.LogOptions;
import io.millrace.log.memory.MemoryStorage;
import io.millrace.model.MillraceException;
import io.millrace.model.Outcome;
import io.millrace.model.PartitionId;
import io.millrace.model.Refusal;
import io.millrace.record.Compression;
import io.millrace.record.RecordBatch;
import io.millrace.record.RecordBatchBuilder;
import io.millrace.sim.SimulatedTime;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class PartitionTest {
    private static final PartitionId ID = new PartitionId(new UUID(1, 2), 0);

    private final SimulatedTime time = new SimulatedTime();
    private final SlowStorage storage = new SlowStorage(new MemoryStorage(time));
    private PartitionOptions options = PartitionOptions.DEFAULT;
    private Partition partition = open(3);

    private Partition open(int epoch) {
        return now(Partition.open(storage.storage(), ID, options, epoch, time));
    }

    private void reopen(PartitionOptions changed, int epoch) {
        options = changed;
        now(partition.close());
        partition = open(epoch);
    }

    private <T> T now(Future<T> future) {
        time.advance(Duration.ZERO);
        assertThat(future.isComplete()).as("answered").isTrue();
        if (future.failed()) throw new AssertionError(future.cause());
        return future.result();
    }

    private void assertRefused(Future<?> future, Refusal refusal) {
        time.advance(Duration.ZERO);
        assertThat(future.failed()).as("refused").isTrue();
        assertThat(future.cause()).isInstanceOf(MillraceException.class);
        assertThat(((MillraceException) future.cause()).refusal()).isEqualTo(refusal);
    }

    private Future<Appended> append(String... values) {
        return partition.append(Batches.of(time.wallMillis(), values), Acks.ALL);
    }

    private Future<Fetched> read(long from, long waitMillis) {
        return partition.read(new ReadRequest(from, 1 << 20, waitMillis));
    }

    @Test
    void aReadThatIsCancelledIsAnsweredWithNothingAndOthersWaitOn() {
        var mine = new ReadRequest(0, 1 << 20, 600_000);
        var same = new ReadRequest(0, 1 << 20, 600_000);
        var other = partition.read(same);
        var cancelled = partition.read(mine);
        partition.cancel(mine);
        assertThat(now(cancelled).batches().hasRemaining()).isFalse();
        partition.cancel(mine);
        assertThat(other.isComplete()).isFalse();
        assertThat(partition.stats().parkedReads()).isEqualTo(1);
        now(append("x"));
        assertThat(now(other).batches().hasRemaining()).isTrue();
    }

    @Test
    void whatIsAppendedIsReadFromAnyOffset() {
        assertThat(now(append("a", "b")).baseOffset()).isEqualTo(0);
        assertThat(now(append("c"))).isEqualTo(new Appended(2, -1, false));
        assertThat(Batches.values(now(read(0, 0)).batches())).containsExactly("a", "b", "c");
        assertThat(Batches.values(now(read(1, 0)).batches())).containsExactly("a", "b", "c");
        assertThat(Batches.values(now(read(2, 0)).batches())).containsExactly("c");
        assertThat(now(read(3, 0)).batches().hasRemaining()).isFalse();
        assertRefused(read(4, 0), OFFSET_OUT_OF_RANGE);
    }

    @Test
    void batchesAreStampedWithOffsetAndEpochAndStayValid() {
        now(append("a"));
        now(append("b"));
        var second = Batches.in(now(read(1, 0)).batches()).get(0);
        assertThat(second.baseOffset()).isEqualTo(1);
        assertThat(second.leaderEpoch()).isEqualTo(3);
        assertThat(second.isValid()).isTrue();
    }

    @Test
    void anAckWaitsForTheDiskAndOneWithoutPromiseDoesNot() {
        storage.hold();
        var all = append("a");
        var leader = partition.append(Batches.of(0, "b"), Acks.LEADER);
        var none = partition.append(Batches.of(0, "c"), Acks.NONE);
        assertThat(now(none).baseOffset()).isEqualTo(2);
        assertThat(all.isComplete()).isFalse();
        assertThat(leader.isComplete()).isFalse();
        assertThat(partition.offsets().highWatermark()).isZero();
        assertThat(partition.offsets().end()).isEqualTo(3);

        storage.release(1);
        assertThat(now(all).baseOffset()).isZero();
        assertThat(leader.isComplete()).isFalse();
        storage.release(2);
        assertThat(now(leader).baseOffset()).isEqualTo(1);
        assertThat(partition.offsets().highWatermark()).isEqualTo(3);
    }

    @Test
    void acksComeInTheOrderOfTheAppends() {
        storage.hold();
        var order = new ArrayList<Long>();
        for (int n = 0; n < 100; n++) append("r").onSuccess(done -> order.add(done.baseOffset()));
        storage.release(100);
        time.advance(Duration.ZERO);
        assertThat(order).hasSize(100).isSorted();
    }

    @Test
    void nothingIsReadBeforeItIsDurable() {
        storage.hold();
        append("a");
        assertThat(now(read(0, 0)).batches().hasRemaining()).isFalse();
        storage.release(1);
        assertThat(Batches.values(now(read(0, 0)).batches())).containsExactly("a");
    }

    @Test
    void aParkedReadIsWokenOnceByTheFirstRecord() {
        var answers = new ArrayList<Fetched>();
        read(0, 500).onSuccess(answers::add);
        time.advance(Duration.ofMillis(499));
        assertThat(answers).isEmpty();
        append("a");
        append("b");
        time.advance(Duration.ZERO);
        assertThat(answers).hasSize(1);
        assertThat(Batches.values(answers.get(0).batches())).startsWith("a");
        time.advance(Duration.ofSeconds(1));
        assertThat(answers).hasSize(1);
        assertThat(partition.stats().parkedReads()).isZero();
    }

    @Test
    void aParkedReadComesBackEmptyAtItsDeadlineToTheMillisecond() {
        var late = read(0, 700);
        var early = read(0, 500);
        time.advance(Duration.ofMillis(499));
        assertThat(early.isComplete()).isFalse();
        time.advance(Duration.ofMillis(1));
        assertThat(now(early).batches().hasRemaining()).isFalse();
        assertThat(late.isComplete()).isFalse();
        time.advance(Duration.ofMillis(200));
        assertThat(late.isComplete()).isTrue();
        assertThat(time.waiting()).isZero();
    }

    @Test
    void aReadThatMayWaitForEverDoes() {
        var read = read(0, Long.MAX_VALUE);
        time.advance(Duration.ofSeconds(1_000_000_000));
        assertThat(read.isComplete()).isFalse();
        append("a");
        assertThat(Batches.values(now(read).batches())).containsExactly("a");
    }

    @Test
    void tooManyParkedReadsAreRefused() {
        partition.configure(options.withMaxParkedReads(2));
        var first = read(0, 10);
        read(0, 10);
        assertRefused(read(0, 10), BUFFER_FULL);
        time.advance(Duration.ofMillis(10));
        assertThat(first.succeeded()).isTrue();
        assertThat(read(0, 10).isComplete()).isFalse();
    }

    @Test
    void aProducerThatGoesOnFromWithinItsAckDoesNotGrowTheStack() {
        for (var acks : Acks.values()) {
            var left = new int[] {100_000};
            goOn(left, acks);
            time.advance(Duration.ZERO);
            assertThat(left[0]).isZero();
        }
    }

    private void goOn(int[] left, Acks acks) {
        if (left[0]-- == 0) left[0] = 0;
        else partition.append(Batches.of(0, "x"), acks).onSuccess(done -> goOn(left, acks));
    }

    @Test
    void aReaderThatGoesOnFromWithinItsReadDoesNotGrowTheStack() {
        for (int n = 0; n < 20_000; n++) append("x");
        time.advance(Duration.ZERO);
        var position = new long[1];
        follow(position);
        time.advance(Duration.ZERO);
        assertThat(position[0]).isEqualTo(20_000);
    }

    private void follow(long[] position) {
        partition.read(new ReadRequest(position[0], 1, 0)).onSuccess(fetched -> {
            if (!fetched.batches().hasRemaining()) return;
            position[0] = RecordBatch.of(fetched.batches()).nextOffset();
            follow(position);
        });
    }

    @Test
    void aHundredThousandParkedReadsAreWokenTogether() {
        var woken = new int[1];
        for (int n = 0; n < 100_000; n++) read(0, 1 + n).onSuccess(fetched -> woken[0]++);
        assertThat(time.waiting()).as("one timer for all").isEqualTo(1);
        append("a");
        time.advance(Duration.ZERO);
        assertThat(woken[0]).isEqualTo(100_000);
        assertThat(partition.stats().parkedReads()).isZero();
    }

    @Test
    void aRepeatedBatchOfAProducerIsNotStoredAgain() {
        var first = now(partition.append(Batches.of(7, 0, 0, 3, 1), Acks.ALL));
        var again = now(partition.append(Batches.of(7, 0, 0, 3, 1), Acks.ALL));
        assertThat(again).isEqualTo(new Appended(first.baseOffset(), -1, true));
        assertThat(partition.offsets().end()).isEqualTo(3);
        assertThat(partition.stats().duplicates()).isEqualTo(1);
    }

    @Test
    void aDuplicateInFlightIsAcknowledgedWithTheFirst() {
        storage.hold();
        var first = partition.append(Batches.of(7, 0, 0, 3, 1), Acks.ALL);
        var again = partition.append(Batches.of(7, 0, 0, 3, 1), Acks.ALL);
        time.advance(Duration.ZERO);
        assertThat(again.isComplete()).isFalse();
        storage.release(1);
        assertThat(now(first).duplicate()).isFalse();
        assertThat(now(again)).isEqualTo(new Appended(0, -1, true));
    }

    @Test
    void anIdempotencyKeyIsInFlightThenDoneAndBelongsToOneContent() {
        storage.hold();
        var key = new IdempotencyKey("order-17", 42);
        var first = once(key);
        assertRefused(once(key), IDEMPOTENCY_IN_PROGRESS);
        assertRefused(once(new IdempotencyKey("order-17", 43)), IDEMPOTENCY_MISMATCH);
        storage.release(1);
        assertThat(now(first)).isEqualTo(new Appended(0, -1, false));
        assertThat(now(once(key))).isEqualTo(new Appended(0, -1, true));
        assertThat(partition.offsets().end()).isEqualTo(1);
    }

    private Future<Appended> once(IdempotencyKey key) {
        var batch = Batches.of(key, time.wallMillis(), "v");
        return partition.appendOnce(batch, Acks.ALL, key.key(), key.fingerprint());
    }

    @Test
    void anIdempotencyKeyThatTheBatchDoesNotCarryIsRefused() {
        assertRefused(partition.appendOnce(Batches.of(0, "v"), Acks.ALL, "k", 1), INVALID_ARGUMENT);
        assertThat(partition.offsets().end()).isZero();
    }

    @Test
    void anIdempotencyKeyIsForgottenWhenItsWindowIsOver() {
        partition.configure(options.withIdempotency(100, 60_000));
        var key = new IdempotencyKey("k", 1);
        now(once(key));
        time.advance(Duration.ofMinutes(1));
        assertThat(now(once(key)).duplicate()).isTrue();
        time.advance(Duration.ofMillis(1));
        assertThat(now(once(key))).isEqualTo(new Appended(1, -1, false));
    }

    @Test
    void aJumpOfTheWallClockForgetsNoIdempotencyKey() {
        var key = new IdempotencyKey("k", 1);
        now(once(key));
        time.jumpWall(Duration.ofDays(365));
        partition.upkeep();
        assertThat(now(once(key)).duplicate()).isTrue();
    }

    @Test
    void producersAndKeysAreKnownAgainAfterReopening() {
        var key = new IdempotencyKey("k", 1);
        now(partition.append(Batches.of(7, 0, 0, 3, time.wallMillis()), Acks.ALL));
        now(once(key));
        reopen(options, 4);
        assertThat(now(partition.append(Batches.of(7, 0, 0, 3, 1), Acks.ALL))).isEqualTo(new Appended(0, -1, true));
        assertThat(now(once(key))).isEqualTo(new Appended(3, -1, true));
        assertThat(now(append("x")).baseOffset()).isEqualTo(4);
    }

    @Test
    void aLowerLeaderEpochCannotOpenThePartition() {
        now(append("a"));
        now(partition.close());
        assertRefused(Partition.open(storage.storage(), ID, options, 2, time), FENCED_LEADER_EPOCH);
        partition = open(3);
        assertThat(partition.offsets().highWatermark()).isEqualTo(1);
    }

    @Test
    void limitsAreKept() {
        partition.configure(options.withMaxBatchBytes(100));
        assertRefused(append("x".repeat(100)), RECORD_TOO_LARGE);
        partition.configure(options.withMinInSync(2));
        assertRefused(append("x"), NOT_ENOUGH_REPLICAS);
        assertThat(now(partition.append(Batches.of(0, "x"), Acks.LEADER)).baseOffset())
                .isZero();
    }

    @Test
    void aCompactedPartitionRefusesRecordsWithoutKey() {
        partition.configure(options.withLog(LogOptions.DEFAULT.compacted(Compaction.DEFAULT)));
        var builder = new RecordBatchBuilder(Compression.GZIP)
                .append(1, "key".getBytes(), "a".getBytes())
                .append(1, null, "b".getBytes());
        var refused = partition.append(builder.build(), Acks.ALL);
        assertRefused(refused, INVALID_RECORD);
        assertThat(refused.cause()).hasMessageContaining("record 1 of 2").hasMessageContaining("cleanup.policy");
        now(partition.append(keyed("key", "a"), Acks.ALL));
        now(partition.append(
                new RecordBatchBuilder().append(1, new byte[0], null).build(), Acks.ALL));
        assertThat(partition.offsets().end()).isEqualTo(2);
    }

    @Test
    void aReadGoesOnOverBatchesOfWhichCompactionLeftNothing() {
        var log = new LogOptions(LogOptions.DEFAULT.flush(), 100, 1024, 1024, 86_400_000L, 4096, -1, -1, false);
        reopen(options.withLog(log.compacted(new Compaction(0, 0, Long.MAX_VALUE, 0))), 3);
        now(partition.append(keyed("other", "first"), Acks.ALL));
        for (int n = 0; n < 60; n++) now(partition.append(keyed("key", n + "x".repeat(100)), Acks.ALL));
        partition.upkeep();
        now(storage.storage().upkeep());
        assertThat(partition.offsets().bytes()).isLessThan(4096);
        var read = now(partition.read(new ReadRequest(1, 1, 0)));
        assertThat(Batches.in(read.batches())).hasSize(1);
        assertThat(Batches.in(read.batches()).get(0).count()).isEqualTo(1);
        assertThat(Batches.in(read.batches()).get(0).baseOffset()).isGreaterThan(40);
        assertThat(Batches.values(
                        now(partition.read(new ReadRequest(0, 1 << 20, 0))).batches()))
                .startsWith("first")
                .endsWith("59" + "x".repeat(100));
        assertThat(now(partition.offsetAt(0))).isZero();
    }

    private ByteBuffer keyed(String key, String value) {
        return new RecordBatchBuilder()
                .append(time.wallMillis(), key.getBytes(), value.getBytes())
                .build();
    }

    @Test
    void theBrokersTimeIsStampedAndTheBatchStaysValid() {
        partition.configure(options.withLogAppendTime(true));
        assertThat(now(append("a")).logAppendTime()).isEqualTo(time.wallMillis());
        var batch = Batches.in(now(read(0, 0)).batches()).get(0);
        assertThat(batch.isValid()).isTrue();
        assertThat(batch.isLogAppendTime()).isTrue();
        assertThat(batch.maxTimestamp()).isEqualTo(time.wallMillis());
    }

    @Test
    void anOffsetIsFoundByTimeToTheRecord() {
        now(partition.append(Batches.of(100, "a", "b"), Acks.ALL));
        var mixed = new io.millrace.record.RecordBatchBuilder();
        for (long at : new long[] {200, 150, 300}) mixed.append(at, null, new byte[1]);
        now(partition.append(mixed.build(), Acks.ALL));
        assertThat(now(partition.offsetAt(0))).isEqualTo(0);
        assertThat(now(partition.offsetAt(101))).isEqualTo(2);
        assertThat(now(partition.offsetAt(201))).isEqualTo(4);
        assertThat(now(partition.offsetAt(301))).isEqualTo(5);
        now(partition.deleteBefore(1));
        assertThat(now(partition.offsetAt(0))).isEqualTo(1);
    }

    @Test
    void aTimeWhoseRecordsWereDeletedIsFoundBehindTheLogStart() {
        var falling = new io.millrace.record.RecordBatchBuilder();
        for (long at : new long[] {500, 100}) falling.append(at, null, new byte[1]);
        now(partition.append(falling.build(), Acks.ALL));
        for (int n = 0; n < 50; n++) now(partition.append(Batches.of(200, "low"), Acks.ALL));
        now(partition.append(Batches.of(400, "high"), Acks.ALL));
        now(partition.deleteBefore(1));
        assertThat(now(partition.offsetAt(300))).isEqualTo(52);
        assertThat(now(partition.offsetAt(450))).isEqualTo(53);
    }

    @Test
    void deletedRecordsCannotBeReadAndOnlyVisibleOnesCanBeDeleted() {
        now(append("a", "b"));
        storage.hold();
        append("c");
        assertRefused(partition.deleteBefore(3), OFFSET_OUT_OF_RANGE);
        assertThat(now(partition.deleteBefore(1))).isEqualTo(1);
        assertThat(now(partition.deleteBefore(0))).isEqualTo(1);
        assertRefused(read(0, 0), OFFSET_OUT_OF_RANGE);
        assertThat(now(partition.deleteBefore(-1))).isEqualTo(2);
    }

    @Test
    void aFullDiskRefusesAndTheProducerMayRepeat() {
        storage.failNext(DISK_FULL.because("full"));
        assertRefused(partition.append(Batches.of(7, 0, 0, 1, 1), Acks.ALL), DISK_FULL);
        assertThat(now(partition.append(Batches.of(7, 0, 0, 1, 1), Acks.ALL))).isEqualTo(new Appended(0, -1, false));
    }

    @Test
    void aFailedStorageLeavesTheOutcomeUnknownAndStopsThePartition() {
        storage.hold();
        var first = append("a");
        var second = append("b");
        var parked = read(0, 1_000);
        storage.breakNow();
        for (var waiting : List.of(first, second, parked)) assertRefused(waiting, STORAGE_FAILED);
        assertThat(STORAGE_FAILED.outcome()).isEqualTo(Outcome.UNKNOWN);
        assertRefused(append("c"), STORAGE_FAILED);
        assertRefused(read(0, 0), STORAGE_FAILED);
        assertThat(partition.stats().pendingAcks()).isZero();
        assertThat(time.waiting()).isZero();
    }

    @Test
    void closingLetsTheLogFinishAndEndsTheReads() {
        storage.hold();
        var acked = append("a");
        var parked = read(0, 1_000);
        var closing = partition.close();
        assertRefused(parked, CLOSED);
        assertRefused(append("b"), CLOSED);
        assertThat(acked.isComplete()).isFalse();
        storage.release(1);
        now(closing);
        assertThat(now(acked).baseOffset()).isZero();
        assertThat(partition.close()).isSameAs(closing);
    }

    @Test
    void anAppendThatTheClosedLogLeavesOpenHasAnUnknownOutcome() {
        storage.hold();
        storage.closeWithoutFinishing();
        var left = append("a");
        now(partition.close());
        assertRefused(left, ACK_TIMEOUT);
        assertThat(ACK_TIMEOUT.outcome()).isEqualTo(Outcome.UNKNOWN);
    }

    @Test
    void whatWasRememberedSurvivesTheDeletionOfItsRecords() {
        reopen(
                PartitionOptions.of(new LogOptions(
                        LogOptions.DEFAULT.flush(), 100, 1024, 1024, 86_400_000L, 4096, -1, 2048, false)),
                3);
        now(partition.append(Batches.of(7, 0, 0, 1, time.wallMillis()), Acks.ALL));
        for (int n = 0; n < 100; n++) now(append("x".repeat(100)));
        assertThat(partition.offsets().start()).isPositive();
        assertThat(partition.offsets().bytes()).isLessThanOrEqualTo(2048 + 1024);
        reopen(options, 3);
        assertThat(now(partition.append(Batches.of(7, 0, 0, 1, 1), Acks.ALL))).isEqualTo(new Appended(0, -1, true));
    }

    @Test
    void countersCountWhatWentInAndOut() {
        var batch = Batches.of(0, "a", "b");
        int bytes = batch.remaining();
        now(partition.append(batch, Acks.ALL));
        ByteBuffer read = now(read(0, 0)).batches();
        assertThat(read.remaining()).isEqualTo(bytes);
        assertThat(partition.stats()).isEqualTo(new PartitionStats(1, 2, bytes, 0, 0, 1, bytes, 0, 0));
    }
}
