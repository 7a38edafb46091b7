package io.millrace.broker.client;

import static io.millrace.broker.client.FaultyPartitions.ACK_LOST;
import static io.millrace.broker.client.FaultyPartitions.HELD;
import static io.millrace.broker.client.FaultyPartitions.STORED;
import static io.millrace.broker.client.FaultyPartitions.refused;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ProducerOptions;
import io.millrace.Receipt;
import io.millrace.log.memory.MemoryStorage;
import io.millrace.model.MillraceException;
import io.millrace.model.Outcome;
import io.millrace.model.Refusal;
import io.millrace.partition.Acks;
import io.millrace.partition.LocalPartitions;
import io.millrace.partition.PartitionOptions;
import io.millrace.partition.ReadRequest;
import io.millrace.record.Compression;
import io.millrace.record.RecordBatch;
import io.millrace.sim.Seeds;
import io.millrace.sim.SimulatedTime;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** A lane over a real partition, a bad line and manual time: no threads, no Vert.x. */
class PartitionLaneTest {
    private final TopicRoute route = new TopicRoute(UUID.randomUUID(), "orders", 1, "memory", 1 << 20, null);

    /** One lane with everything around it. */
    private final class World implements PartitionLane.Listener {
        final SimulatedTime time = new SimulatedTime();
        final LocalPartitions local = new LocalPartitions(new MemoryStorage(time), time);
        final FaultyPartitions line = new FaultyPartitions(local, time);
        final PartitionLane lane;
        final List<MillraceException> givenUp = new ArrayList<>();
        final List<String> answers = new ArrayList<>();
        double jitter = 0.5;
        long held;
        long ids;
        int completed;

        World(ProducerOptions options) {
            var backoff =
                    new Backoff(options.getRetryBackoffMillis(), options.getMaxRetryBackoffMillis(), () -> jitter);
            var opened = local.open(route.partition(0), PartitionOptions.DEFAULT, 0);
            settle();
            assertThat(opened.succeeded()).isTrue();
            lane = new PartitionLane(route, 0, SendRules.of(options), line, time, backoff, this);
        }

        Future<Receipt> send(String value) {
            return send(value, Acks.ALL);
        }

        Future<Receipt> send(String value, Acks acks) {
            var promise = Promise.<Receipt>promise();
            int taken = lane.add(
                    time.wallMillis(), null, ByteBuffer.wrap(value.getBytes(UTF_8)), List.of(), acks, null, promise);
            held += taken;
            promise.future().onComplete(answer -> answers.add(value));
            return promise.future();
        }

        void advance(long millis) {
            time.advance(Duration.ofMillis(millis));
        }

        /** All that is due happens. */
        void settle() {
            time.advance(Duration.ZERO);
        }

        /** The turn of the event loop ends, and all that is due happens. */
        void turn() {
            lane.turnEnded();
            settle();
        }

        List<String> stored() {
            var values = new ArrayList<String>();
            long from = 0;
            while (true) {
                var read = local.read(route.partition(0), new ReadRequest(from, 1 << 20, 0));
                settle();
                var bytes = read.result().batches();
                if (!bytes.hasRemaining()) return values;
                for (int at = bytes.position(); at < bytes.limit(); at += RecordBatch.sizeAt(bytes, at)) {
                    var batch = RecordBatch.at(bytes, at);
                    assertThat(batch.isValid()).isTrue();
                    try (var records = batch.records(1 << 20)) {
                        while (records.next())
                            values.add(UTF_8.decode(records.value()).toString());
                    }
                    from = batch.nextOffset();
                }
            }
        }

        @Override
        public Future<Long> newProducerId() {
            return Future.succeededFuture(ids++);
        }

        @Override
        public void completed(int partition) {
            completed++;
        }

        @Override
        public void released(int bytes) {
            held -= bytes;
        }

        @Override
        public void gaveUp(MillraceException cause) {
            givenUp.add(cause);
        }
    }

    private static List<String> names(int count) {
        var names = new ArrayList<String>();
        for (int n = 0; n < count; n++) names.add("record " + n);
        return names;
    }

    @Test
    void anIdleLaneSendsAtTheEndOfTheTurnWithoutWaiting() {
        var world = new World(new ProducerOptions());
        var first = world.send("a");
        var second = world.send("b");
        assertThat(world.line.sizes).isEmpty();
        world.turn();
        assertThat(world.line.sizes).hasSize(1);
        assertThat(first.result().offset()).isZero();
        assertThat(second.result().offset()).isEqualTo(1);
        assertThat(world.held).isZero();
        assertThat(world.time.millis()).isZero();
    }

    @Test
    void whatIsSentWhileABatchIsUnderWaySharesTheNext() {
        var world = new World(new ProducerOptions());
        world.line.fate = () -> HELD;
        world.send("first");
        world.turn();
        for (int n = 0; n < 50; n++) {
            world.send("record " + n);
            world.turn();
        }
        assertThat(world.line.sizes).hasSize(1);
        world.line.held.get(0).complete();
        world.settle();
        assertThat(world.line.sizes).hasSize(2);
        world.line.held.get(1).complete();
        assertThat(world.stored()).hasSize(51);
    }

    @Test
    void aFullBatchLeavesWithinTheTurnAndNoneIsLargerThanBatchBytes() {
        var world = new World(new ProducerOptions().setBatchBytes(4096));
        world.send("proves the producer id");
        world.turn();
        for (int n = 0; n < 200; n++) world.send("x".repeat(100));
        world.turn();
        assertThat(world.line.sizes).hasSizeGreaterThan(5).hasSize(world.completed);
        assertThat(world.line.sizes.subList(1, world.line.sizes.size() - 1))
                .allSatisfy(size -> assertThat(size).isBetween(3900, 4096));
    }

    @Test
    void aBatchGrowsWhileTheWindowIsFullUpToMaxBatchBytes() {
        var world = new World(new ProducerOptions().setBatchBytes(1000).setMaxBatchBytes(10_000));
        world.send("proves the producer id");
        world.turn();
        world.line.fate = () -> HELD;
        for (int n = 0; n < 500; n++) world.send("x".repeat(100));
        world.turn();
        assertThat(world.line.sizes).hasSize(1 + 5);
        world.line.fate = () -> STORED;
        List.copyOf(world.line.held).forEach(Promise::complete);
        world.settle();
        assertThat(world.line.sizes.get(6)).isBetween(9800, 10_000);
        assertThat(world.stored()).hasSize(501);
        assertThat(world.held).isZero();
    }

    @Test
    void lingerWaitsForCompanyAndFlushDoesNot() {
        var world = new World(new ProducerOptions().setLingerMillis(10));
        var sent = world.send("a");
        world.turn();
        world.advance(9);
        assertThat(world.line.sizes).isEmpty();
        world.advance(1);
        assertThat(sent.succeeded()).isTrue();
        world.send("b");
        var flushed = world.lane.flush();
        world.settle();
        assertThat(flushed.succeeded()).isTrue();
        assertThat(world.line.sizes).hasSize(2);
        assertThat(world.line.appendedAt).containsExactly(10L, 10L);
    }

    @Test
    void retriesComeAfterOneSecondThenTwiceAsLongEachTime() {
        var world = new World(new ProducerOptions());
        world.line.fate = () -> refused(Refusal.NOT_LEADER);
        world.send("a");
        world.turn();
        world.advance(70_000);
        assertThat(world.line.appendedAt).containsExactly(0L, 1000L, 3000L, 7000L, 15_000L, 31_000L, 61_000L);
    }

    @Test
    void jitterMovesARetryByAFifthAtMost() {
        var world = new World(new ProducerOptions());
        world.line.fate = () -> refused(Refusal.NOT_LEADER);
        world.jitter = 0;
        world.send("a");
        world.turn();
        world.advance(800);
        world.jitter = 0.999999;
        assertThat(world.line.appendedAt).containsExactly(0L, 800L);
        world.advance(1600);
        assertThat(world.line.appendedAt).hasSize(3);
        world.advance(4799);
        assertThat(world.line.appendedAt).hasSize(3);
        world.advance(1);
        assertThat(world.line.appendedAt).hasSize(4);
    }

    @Test
    void aRecordIsGivenUpAfterTwoMinutesAndNotBefore() {
        var world = new World(new ProducerOptions());
        world.line.fate = () -> refused(Refusal.NOT_ENOUGH_REPLICAS);
        var sent = world.send("a");
        world.turn();
        world.advance(119_999);
        assertThat(sent.isComplete()).isFalse();
        world.advance(1);
        assertThat(sent.failed()).isTrue();
        var cause = (MillraceException) sent.cause();
        assertThat(cause.refusal()).isEqualTo(Refusal.ACK_TIMEOUT);
        assertThat(cause.refusal().outcome()).isEqualTo(Outcome.UNKNOWN);
        assertThat(cause).hasMessageContaining("120000 ms").hasMessageContaining("so the test wants it");
        assertThat(world.givenUp).containsExactly(cause);
        assertThat(world.held).isZero();
        world.line.fate = () -> STORED;
        world.advance(60_000);
        assertThat(world.stored()).isEmpty();
        assertThat(world.time.waiting()).isZero();
    }

    @Test
    void aBatchThatIsNeverAnsweredIsGivenUpAndTheNextOnesAreStillSent() {
        var world = new World(new ProducerOptions().setDeliveryTimeoutMillis(5000));
        world.send("proves the producer id");
        world.turn();
        world.line.fate = () -> HELD;
        var lost = world.send("lost");
        world.turn();
        world.advance(5000);
        assertThat(lost.failed()).isTrue();
        world.line.fate = () -> STORED;
        var next = world.send("next");
        world.lane.flush();
        world.settle();
        assertThat(next.succeeded()).isTrue();
        world.line.held.get(0).complete();
        assertThat(world.held).isZero();
    }

    @Test
    void aRefusalThatCannotBeRetriedFailsItsRecordsOnlyAndTheNextGetANewProducerId() {
        var world = new World(new ProducerOptions());
        world.send("a");
        world.turn();
        var fates = new ArrayDeque<>(List.of(refused(Refusal.RECORD_TOO_LARGE), STORED, STORED, STORED, STORED));
        world.line.fate = fates::poll;
        var refused = world.send("b", Acks.ALL);
        var behind = world.send("c", Acks.LEADER);
        world.turn();
        world.lane.flush();
        world.advance(5000);
        assertThat(((MillraceException) refused.cause()).refusal()).isEqualTo(Refusal.RECORD_TOO_LARGE);
        assertThat(behind.result().offset()).isEqualTo(1);
        assertThat(world.stored()).containsExactly("a", "c");
        assertThat(world.ids).isEqualTo(2);
        assertThat(world.givenUp).hasSize(1);
    }

    @Test
    void withEverySecondAckLostTenThousandRecordsAreStoredOnceAndInOrder() {
        var world = new World(new ProducerOptions().setBatchBytes(200).setRetryBackoffMillis(1));
        int[] appends = {0};
        world.line.fate = () -> appends[0]++ % 2 == 0 ? ACK_LOST : STORED;
        var names = names(10_000);
        for (var name : names) {
            world.send(name);
            world.turn();
            world.advance(1);
        }
        world.advance(100_000);
        assertThat(world.answers).isEqualTo(names);
        assertThat(world.stored()).isEqualTo(names);
        assertThat(world.givenUp).isEmpty();
        assertThat(world.held).isZero();
    }

    @Test
    void whateverHappensRecordsAreStoredOnceInOrderAndAnsweredInOrder() {
        Seeds.forEach(300, random -> {
            var world = new World(new ProducerOptions()
                    .setBatchBytes(100 + random.nextInt(500))
                    .setMaxBatchBytes(2000)
                    .setRetryBackoffMillis(1 + random.nextInt(50)));
            world.line.fate = () -> switch (random.nextInt(8)) {
                case 0 -> ACK_LOST;
                case 1 -> refused(Refusal.NOT_LEADER);
                case 2 -> HELD;
                case 3 -> refused(Refusal.DISK_FULL);
                default -> STORED;
            };
            var names = names(300);
            for (var name : names) {
                world.send(name, random.nextInt(20) == 0 ? Acks.LEADER : Acks.ALL);
                if (random.nextInt(3) == 0) world.turn();
                if (random.nextInt(10) == 0) world.advance(random.nextInt(30));
                if (!world.line.held.isEmpty() && random.nextInt(3) == 0) {
                    world.line
                            .held
                            .remove(random.nextInt(world.line.held.size()))
                            .complete();
                }
            }
            world.line.fate = () -> STORED;
            for (int n = 0; n < 400; n++) {
                world.line.held.forEach(Promise::tryComplete);
                world.turn();
                world.advance(100);
            }
            assertThat(world.answers).isEqualTo(names);
            assertThat(world.stored()).isEqualTo(names);
            assertThat(world.givenUp).isEmpty();
            assertThat(world.held).isZero();
        });
    }

    @Test
    void whatIsGivenUpNeverBreaksTheOrderOfTheRest() {
        Seeds.forEach(300, random -> {
            var world = new World(new ProducerOptions()
                    .setBatchBytes(200)
                    .setDeliveryTimeoutMillis(500)
                    .setRetryBackoffMillis(50));
            var refusals = List.of(Refusal.NOT_LEADER, Refusal.RECORD_TOO_LARGE, Refusal.DISK_FULL);
            world.line.fate = () -> random.nextInt(3) == 0
                    ? refused(refusals.get(random.nextInt(refusals.size())))
                    : random.nextInt(5) == 0 ? ACK_LOST : STORED;
            var names = names(300);
            var sent = new ArrayList<Future<Receipt>>();
            for (var name : names) {
                sent.add(world.send(name));
                if (random.nextInt(3) == 0) world.turn();
                if (random.nextInt(5) == 0) world.advance(random.nextInt(60));
            }
            world.line.fate = () -> STORED;
            world.lane.flush();
            world.advance(60_000);
            assertThat(world.answers).isEqualTo(names);
            assertThat(world.held).isZero();
            var stored = world.stored();
            assertThat(stored).doesNotHaveDuplicates();
            assertThat(stored).isSubsetOf(names);
            var inOrder = new ArrayList<>(stored);
            inOrder.sort((one, other) -> Integer.compare(names.indexOf(one), names.indexOf(other)));
            assertThat(stored).isEqualTo(inOrder);
            for (int n = 0; n < names.size(); n++) {
                var answer = sent.get(n);
                if (answer.succeeded()) {
                    assertThat(stored.get((int) answer.result().offset())).isEqualTo(names.get(n));
                } else if (((MillraceException) answer.cause()).refusal().outcome() == Outcome.NOT_STORED) {
                    assertThat(stored).doesNotContain(names.get(n));
                }
            }
        });
    }

    @Test
    void withoutIdempotenceOneBatchTravelsAtATime() {
        var world = new World(new ProducerOptions().setIdempotent(false).setBatchBytes(100));
        world.line.fate = () -> HELD;
        for (int n = 0; n < 20; n++) world.send("record " + n);
        world.turn();
        assertThat(world.line.sizes).hasSize(1);
        assertThat(world.ids).isZero();
    }

    @Test
    void nobodyWaitsForRecordsWithoutAcknowledgement() {
        var world = new World(new ProducerOptions());
        world.line.fate = () -> refused(Refusal.NOT_LEADER);
        var sent = world.send("a", Acks.NONE);
        world.turn();
        assertThat(sent.result().offset()).isEqualTo(Receipt.UNKNOWN_OFFSET);
        assertThat(sent.result().durable()).isEqualTo("none");
        assertThat(world.line.sizes).hasSize(1);
        assertThat(world.givenUp).hasSize(1);
        assertThat(world.held).isZero();
    }

    @Test
    void everyCodecRoundTrips() {
        for (var compression : Compression.values()) {
            var world =
                    new World(new ProducerOptions().setCompression(compression).setBatchBytes(100_000));
            var names = names(1000);
            for (var name : names) world.send(name);
            world.turn();
            assertThat(world.stored()).isEqualTo(names);
            int bytes = world.line.sizes.stream().mapToInt(Integer::intValue).sum();
            if (compression == Compression.NONE) assertThat(bytes).isGreaterThan(15_000);
            else assertThat(bytes).as(compression + " packs").isLessThan(12_000);
        }
        assertThat(Arrays.asList(Compression.values())).hasSize(5);
    }
}
