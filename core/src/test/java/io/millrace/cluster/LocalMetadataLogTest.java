package io.millrace.cluster;

import static io.millrace.cluster.Refused.refused;
import static io.millrace.model.Refusal.BUFFER_FULL;
import static io.millrace.model.Refusal.CLOSED;
import static io.millrace.model.Refusal.CORRUPT_MESSAGE;
import static io.millrace.model.Refusal.DISK_FULL;
import static io.millrace.model.Refusal.STORAGE_FAILED;
import static io.millrace.model.Refusal.TOPIC_NOT_FOUND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.log.disk.CrashingDisk;
import io.millrace.model.MillraceException;
import io.millrace.record.RecordBatchBuilder;
import io.millrace.sim.Seeds;
import io.millrace.time.Clock;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class LocalMetadataLogTest {
    private static final Clock NOON = new Clock() {
        @Override
        public long wallMillis() {
            return 43_200_000;
        }

        @Override
        public long nanos() {
            return 0;
        }
    };
    private static final String SNAPSHOT = "metadata";
    private static final StartBroker START = new StartBroker(0, new UUID(1, 1), new UUID(2, 2));

    private final CrashingDisk disk = new CrashingDisk();
    private final PatientWork work = new PatientWork();
    private int ids;

    @Test
    void aReplyIsNotGivenAndNobodySeesTheChangeBeforeItIsDurable() {
        var log = new PatientLog();
        var metadata = open(log, 1000);
        var seen = new ArrayList<MetadataEvent>();
        metadata.onChange((event, image) -> seen.add(event));
        var started = metadata.submit(START);
        assertThat(log.unsynced()).isEqualTo(1);
        assertThat(started.isComplete()).isFalse();
        assertThat(metadata.image().version()).isZero();
        assertThat(seen).isEmpty();
        log.sync();
        assertThat(started.result().cluster()).isEqualTo(START.newCluster());
        assertThat(metadata.image().version()).isEqualTo(2);
        assertThat(seen).hasSize(2);
    }

    @Test
    void theWordThatItIsSoAlreadyWaitsForWhatMadeItSo() {
        var log = new PatientLog();
        var metadata = started(log);
        var first = metadata.submit(create("orders"));
        var second = metadata.submit(create("orders"));
        assertThat(second.isComplete()).isFalse();
        log.sync();
        assertThat(first.result().existed()).isFalse();
        assertThat(second.result().existed()).isTrue();
    }

    @Test
    void commandsAreDecidedInTheirOrderAgainstWhatTheEarlierOnesMade() {
        var log = new PatientLog();
        var metadata = started(log);
        var created = metadata.submit(create("orders"));
        var grown = metadata.submit(new AddPartitions("orders", 4, Origin.USER));
        var deleted = metadata.submit(new DeleteTopic("orders", Origin.USER));
        var again = metadata.submit(new DeleteTopic("orders", Origin.USER));
        while (log.unsynced() > 0) log.sync();
        assertThat(created.result().topic().partitions()).hasSize(1);
        assertThat(grown.result().partitions()).hasSize(4);
        assertThat(deleted.result()).isEqualTo(grown.result());
        refused(TOPIC_NOT_FOUND, () -> thrown(again));
    }

    @Test
    void theReplyIsWhatTheImageSays() {
        var metadata = started(PatientLog.thatSyncsAtOnce());
        var created = metadata.submit(create("orders")).result().topic();
        assertThat(created).isEqualTo(metadata.image().topic("orders"));
        var grown = metadata.submit(new AddPartitions("orders", 4, Origin.USER)).result();
        assertThat(grown).isEqualTo(metadata.image().topic("orders"));
    }

    @Test
    void aListenerHearsOfAnEventBeforeTheReplyAndMayAskForMore() {
        var log = new PatientLog();
        var metadata = open(log, 1000);
        var order = new ArrayList<String>();
        metadata.onChange((event, image) -> {
            order.add(event.getClass().getSimpleName() + " at " + image.version());
            if (event instanceof MetadataEvent.ClusterFormed) {
                metadata.submit(new AllocateProducerIds(1)).onSuccess(block -> order.add("block"));
            }
            throw new IllegalStateException("a listener that fails harms nobody");
        });
        metadata.submit(START).onSuccess(started -> order.add("started"));
        log.sync();
        assertThat(order).containsExactly("ClusterFormed at 1", "BrokerStarted at 2", "started");
        log.sync();
        assertThat(order).endsWith("started", "ProducerIdsAllocated at 3", "block");
        assertThat(log.end()).isEqualTo(3);
    }

    @Test
    void twentyThousandCommandsThatCompleteAtOnceDoNotOverflowTheStack() {
        var log = new PatientLog();
        var metadata = open(log, 1000);
        var first = metadata.submit(START);
        var replies = new ArrayList<Future<AllocateProducerIds.Block>>();
        for (int i = 0; i < 20_000; i++) replies.add(metadata.submit(new AllocateProducerIds(1)));
        refused(BUFFER_FULL, () -> thrown(metadata.submit(new AllocateProducerIds(1))), "20000");
        log.syncFromNowOn();
        assertThat(first.succeeded()).isTrue();
        for (int i = 0; i < 20_000; i++)
            assertThat(replies.get(i).result().first()).isEqualTo(i);
        var reopened = open(log.crash(new Random(1)), 1000);
        assertThat(reopened.image()).isEqualTo(metadata.image());
    }

    @Test
    void aDefiniteRefusalOfTheLogHarmsOnlyItsCommand() {
        var log = PatientLog.thatSyncsAtOnce();
        var metadata = started(log);
        log.refuseNext(DISK_FULL);
        refused(DISK_FULL, () -> thrown(metadata.submit(create("orders"))));
        assertThat(metadata.image().topics()).isEmpty();
        assertThat(metadata.submit(create("orders")).result().existed()).isFalse();
    }

    @Test
    void anAskerWhoFailsHarmsNobody() {
        var log = new PatientLog();
        var metadata = started(log);
        metadata.submit(create("orders")).onSuccess(created -> {
            throw new IllegalStateException("an asker that fails");
        });
        assertThatThrownBy(log::sync).hasMessage("an asker that fails");
        var next = metadata.submit(create("other"));
        log.sync();
        assertThat(next.result().existed()).isFalse();
        assertThat(metadata.image().topics()).hasSize(2);
    }

    @Test
    void afterAFailedSyncNothingIsAnsweredAnyMore() {
        var log = new PatientLog();
        var metadata = started(log);
        var written = metadata.submit(create("orders"));
        var waiting = metadata.submit(new AllocateProducerIds(1));
        log.failSync();
        refused(STORAGE_FAILED, () -> thrown(written), "EIO", "restart");
        refused(STORAGE_FAILED, () -> thrown(waiting));
        refused(STORAGE_FAILED, () -> thrown(metadata.submit(START)));
        assertThat(metadata.image().topics()).isEmpty();
        assertThat(metadata.close().succeeded()).isTrue();
    }

    @Test
    void closingEndsTheRunningCommandAndRefusesTheOthers() {
        var log = new PatientLog();
        var metadata = started(log);
        var written = metadata.submit(create("orders"));
        var waiting = metadata.submit(create("other"));
        var closed = metadata.close();
        refused(CLOSED, () -> thrown(waiting));
        refused(CLOSED, () -> thrown(metadata.submit(START)));
        assertThat(closed.isComplete()).isFalse();
        assertThat(log.isClosed()).isFalse();
        log.sync();
        assertThat(written.succeeded()).isTrue();
        assertThat(closed.succeeded()).isTrue();
        assertThat(log.isClosed()).isTrue();
        assertThat(metadata.close().succeeded()).isTrue();
    }

    @Test
    void aSnapshotIsAwaitedBeforeTheLogIsLetGo() {
        var log = PatientLog.thatSyncsAtOnce();
        var metadata = started(log, 3);
        work.wait(true);
        metadata.submit(create("orders"));
        assertThat(work.waiting()).isEqualTo(1);
        var closed = metadata.close();
        assertThat(log.isClosed()).isFalse();
        work.runAll();
        assertThat(closed.succeeded()).isTrue();
        assertThat(log.isClosed()).isTrue();
    }

    @Test
    void snapshotsShortenTheLogAndAnyOfTheLastTwoIsEnough() {
        var log = PatientLog.thatSyncsAtOnce();
        var metadata = started(log, 10);
        for (int i = 0; i < 38; i++) metadata.submit(new AllocateProducerIds(1));
        assertThat(metadata.image().version()).isEqualTo(40);
        assertThat(log.start()).isEqualTo(30);
        assertThat(open(log.crash(new Random(1)), 10).image()).isEqualTo(metadata.image());
        disk.flipBit(SNAPSHOT, 8 * 20);
        assertThat(open(log.crash(new Random(1)), 10).image()).isEqualTo(metadata.image());
    }

    @Test
    void afterAStartFromThePreviousSnapshotItGoesOn() {
        var log = PatientLog.thatSyncsAtOnce();
        var metadata = started(log, 10);
        for (int i = 0; i < 20; i++) metadata.submit(new AllocateProducerIds(1));
        disk.flipBit(SNAPSHOT, 8 * 20);
        var left = log.crash(new Random(1));
        var again = open(left, 10);
        for (int i = 0; i < 5; i++) again.submit(new AllocateProducerIds(1));
        disk.flipBit(SNAPSHOT, 8 * 20);
        assertThat(open(left.crash(new Random(1)), 10).image()).isEqualTo(again.image());
    }

    @Test
    void damageIsRefusedAndNotTakenForEmptiness() {
        var log = PatientLog.thatSyncsAtOnce();
        var metadata = started(log, 10);
        for (int i = 0; i < 25; i++) metadata.submit(new AllocateProducerIds(1));
        disk.flipBit(SNAPSHOT, 8 * 20);
        disk.flipBit(SNAPSHOT + ".prev", 8 * 20);
        refusedToOpen(log, "metadata is damaged");
        disk.delete(SNAPSHOT);
        disk.delete(SNAPSHOT + ".prev");
        refusedToOpen(log, "the log begins at 10");
    }

    @Test
    void aLogThatLostItsEndIsRefused() {
        var log = PatientLog.thatSyncsAtOnce();
        var metadata = started(log, 10);
        for (int i = 0; i < 8; i++) metadata.submit(new AllocateProducerIds(1));
        log.loseLastBatch();
        refusedToOpen(log, "reaches version 10", "ends at 9");
    }

    @Test
    void aDamagedBatchIsRefusedWithItsOffset() {
        var log = PatientLog.thatSyncsAtOnce();
        started(log).submit(new AllocateProducerIds(1));
        log.flipBit(1, 70);
        refusedToOpen(log, "offset 2", "damaged");
    }

    @Test
    void aRecordThatIsNoEventIsRefusedWithItsOffset() {
        var log = PatientLog.thatSyncsAtOnce();
        started(log);
        var foreign = new RecordBatchBuilder()
                .append(0, null, "hello".getBytes(StandardCharsets.UTF_8))
                .build();
        foreign.putLong(0, 2);
        log.put(foreign);
        refusedToOpen(log, "offset 2", "version 104");
    }

    @Test
    void anEventThatCannotHaveHappenedIsRefusedWithItsOffset() {
        var log = PatientLog.thatSyncsAtOnce();
        started(log);
        log.put(EventBatch.encode(List.of(new MetadataEvent.TopicDeleted(new UUID(9, 9))), 2, 0));
        refusedToOpen(log, "cannot have happened");
    }

    @Test
    void aSnapshotThatCannotBeWrittenStopsTheMetadata() {
        var log = PatientLog.thatSyncsAtOnce();
        var metadata = started(log, 3);
        disk.dieBeforeChange(2);
        assertThat(metadata.submit(new AllocateProducerIds(1)).succeeded()).isTrue();
        refused(STORAGE_FAILED, () -> thrown(metadata.submit(START)), "snapshot cannot be written");
    }

    @Test
    void whatWasAnsweredSurvivesAnyCrash() {
        Seeds.forEach(500, random -> {
            var crashing = new CrashingDisk();
            var history = new HashMap<Long, MetadataImage>();
            var log = new PatientLog();
            long answered = 0;
            for (int life = 0; life < 3; life++) {
                var diskWork = new PatientWork();
                var opening = LocalMetadataLog.open(log, crashing, diskWork, NOON, options(5));
                var metadata = opening.result();
                assertThat(opening.succeeded()).as("" + opening.cause()).isTrue();
                assertThat(metadata.image().version()).isGreaterThanOrEqualTo(answered);
                var before = history.get(metadata.image().version());
                if (before != null) assertThat(metadata.image()).isEqualTo(before);
                answered = live(metadata, log, diskWork, crashing, history, answered, random);
                log = log.crash(random);
                crashing.powerUp(random);
            }
            assertThat(answered).isPositive();
        });
    }

    /** One life full of commands, syncs and snapshots; the version that the last reply told of. */
    private static long live(
            LocalMetadataLog metadata,
            PatientLog log,
            PatientWork work,
            CrashingDisk disk,
            Map<Long, MetadataImage> history,
            long answered,
            Random random) {
        var commands = new RandomCommands(random);
        var newest = new long[] {answered};
        metadata.onChange((event, image) -> history.put(image.version(), image.copy()));
        work.wait(true);
        if (random.nextInt(10) == 0) disk.dieBeforeChange(random.nextInt(20));
        for (int i = 0; i < 20; i++) {
            var command = i == 0 ? commands.startBroker(0) : commands.next();
            metadata.submit(command).onSuccess(reply -> {
                if (metadata.image().version() > log.durableEnd()) throw new AssertionError("answered too early");
                newest[0] = metadata.image().version();
            });
            if (random.nextInt(3) > 0) log.sync();
            if (random.nextInt(4) == 0) work.runAll();
        }
        return newest[0];
    }

    private LocalMetadataLog open(PatientLog log, int eventsPerSnapshot) {
        var opened = LocalMetadataLog.open(log, disk, work, NOON, options(eventsPerSnapshot));
        assertThat(opened.succeeded()).as(() -> "" + opened.cause()).isTrue();
        return opened.result();
    }

    private LocalMetadataLog started(PatientLog log) {
        return started(log, 1000);
    }

    private LocalMetadataLog started(PatientLog log, int eventsPerSnapshot) {
        var metadata = open(log, eventsPerSnapshot);
        metadata.submit(START);
        log.sync();
        return metadata;
    }

    private void refusedToOpen(PatientLog log, String... words) {
        refused(CORRUPT_MESSAGE, () -> thrown(LocalMetadataLog.open(log, disk, work, NOON, options(1000))), words);
    }

    private static LocalMetadataLog.Options options(int eventsPerSnapshot) {
        return new LocalMetadataLog.Options(SNAPSHOT, eventsPerSnapshot, 1 << 20, 20_000, RandomCommands.RULES);
    }

    private CreateTopic create(String name) {
        return new CreateTopic(new UUID(3, ++ids), name, 1, 1, TopicConfig.EMPTY, Origin.USER);
    }

    private static void thrown(Future<?> failed) {
        assertThat(failed.failed()).as("failed").isTrue();
        throw (MillraceException) failed.cause();
    }
}
