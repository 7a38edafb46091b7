package io.millrace.sim;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.cluster.AllocateProducerIds;
import io.millrace.cluster.ConfigKey;
import io.millrace.cluster.CreateTopic;
import io.millrace.cluster.LocalMetadataLog;
import io.millrace.cluster.Origin;
import io.millrace.cluster.TopicConfig;
import io.millrace.log.disk.DataDirectory;
import io.millrace.log.disk.Disk;
import io.millrace.log.disk.Disk.Entry;
import io.millrace.log.disk.DiskException;
import io.millrace.model.MillraceException;
import io.millrace.model.PartitionId;
import io.millrace.model.Refusal;
import io.millrace.partition.Acks;
import io.millrace.partition.ReadRequest;
import io.millrace.record.RecordBatch;
import io.millrace.record.RecordBatchBuilder;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/**
 * A node that starts on a disk with something wrong: rot in the files of the metadata, no space, names whose sync failed.
 * Either it starts and has everything that was acknowledged, or it says why not and changes nothing for the worse.
 */
class DamagedStartTest {
    private static final int TOPICS = 9;
    private static final int BATCHES = 12;
    private static final String METADATA_LOG = DataDirectory.METADATA + "/" + LocalMetadataLog.PARTITION;

    /** One life after the other, and what was acknowledged in them. */
    private static final class Lives {
        final Simulation simulation;
        final Set<String> topics = new TreeSet<>();
        final Map<PartitionId, List<String>> values = new TreeMap<>();
        SimulatedDisk disk;
        SimulatedNode node;

        Lives(Random random) {
            simulation = new Simulation(new Random(random.nextLong()));
            disk = new SimulatedDisk(new Random(random.nextLong()));
        }

        Future<Void> start() {
            node = SimulatedNode.on(simulation, disk, Defects.NONE);
            var starting = node;
            return run(() -> starting.start(none -> Future.succeededFuture()));
        }

        void startWell() {
            var started = start();
            assertThat(started.succeeded()).as(String.valueOf(started.cause())).isTrue();
        }

        <T> Future<T> run(Supplier<Future<T>> work) {
            var result = new AtomicReference<Future<T>>();
            node.atHome(() -> result.set(work.get()));
            simulation.runUntilIdle();
            return result.get();
        }

        void stopCleanly() {
            assertThat(run(node::close).succeeded()).isTrue();
            disk = disk.afterKill();
        }

        void kill() {
            node.kill();
            disk = disk.afterKill();
        }

        void cutPower(Random chance) {
            node.kill();
            disk = disk.afterPowerCut(chance);
        }

        /** Whatever is refused on the way is not counted; a disk that fails ends it. */
        void work(int topicsMore, int batches) {
            for (int n = 0; n < topicsMore && node.storageFailure() == null; n++) {
                var name = "topic-" + topics.size();
                var config = new EnumMap<ConfigKey, String>(ConfigKey.class);
                config.put(ConfigKey.SEGMENT_BYTES, "1024");
                var id = new UUID(3, topics.size());
                var create = new CreateTopic(id, name, 1, 1, new TopicConfig(config), Origin.USER);
                var created = run(() -> node.submit(create)
                        .compose(made -> node.open(made.topic()).map(made)));
                if (created.succeeded()) topics.add(name);
                if (n % 3 == 0) run(() -> node.submit(new AllocateProducerIds(10)));
            }
            for (int n = 0; n < batches; n++) {
                for (var id : List.copyOf(node.partitions().ids())) append(id);
            }
        }

        boolean append(PartitionId id) {
            if (node.storageFailure() != null) return false;
            var value = "value " + values.getOrDefault(id, List.of()).size() + " ".repeat(90);
            var batch = new RecordBatchBuilder()
                    .append(node.wallMillis(), null, value.getBytes(UTF_8))
                    .build();
            var partition = node.partitions().get(id);
            if (partition == null) return false;
            var appended = run(() -> partition.append(batch, Acks.ALL));
            if (!appended.isComplete() || appended.failed()) return false;
            values.computeIfAbsent(id, first -> new ArrayList<>()).add(value);
            return true;
        }

        void checkAll() {
            assertThat(node.image().topics().keySet()).containsAll(topics);
            values.forEach(
                    (id, written) -> assertThat(read(id)).as(id.toString()).containsAll(written));
        }

        List<String> read(PartitionId id) {
            var partition = node.partitions().get(id);
            assertThat(partition).as("partition " + id).isNotNull();
            var found = new ArrayList<String>();
            for (long at = 0; at < partition.offsets().highWatermark(); ) {
                long from = at;
                var read = run(() -> partition.read(new ReadRequest(from, 4096, 0)));
                assertThat(read.succeeded())
                        .as(id + " at " + at + ": " + read.cause())
                        .isTrue();
                var bytes = read.result().batches();
                for (int n = bytes.position(); n < bytes.limit(); n += RecordBatch.sizeAt(bytes, n)) {
                    var batch = RecordBatch.at(bytes, n);
                    at = batch.nextOffset();
                    try (var records = batch.records(1 << 20)) {
                        while (records.next())
                            found.add(UTF_8.decode(records.value()).toString());
                    }
                }
            }
            return found;
        }
    }

    private static void assertSaysWhy(Future<Void> started) {
        assertThat(started.isComplete()).as("it neither starts nor says why").isTrue();
        assertThat(started.cause()).isInstanceOfAny(MillraceException.class, DiskException.class);
        assertThat(started.cause().getMessage()).hasSizeGreaterThan(20);
    }

    // Rot in the metadata.

    private static List<String> metadataFiles(Disk disk) {
        var files = new ArrayList<String>();
        for (var directory : List.of("", DataDirectory.METADATA, METADATA_LOG)) {
            for (var entry : disk.list(directory)) {
                if (entry.kind() == Entry.Kind.FILE) {
                    files.add(directory.isEmpty() ? entry.name() : directory + "/" + entry.name());
                }
            }
        }
        return files;
    }

    @Test
    void oneDamagedFileOfTheMetadataIsMendedOrRefusedAndNothingIsLost() {
        var outcomes = new TreeSet<String>();
        Seeds.forEach(400, random -> {
            var lives = new Lives(random);
            lives.startWell();
            lives.work(1 + random.nextInt(TOPICS), 2);
            if (random.nextBoolean()) {
                lives.stopCleanly();
                lives.startWell();
                lives.work(random.nextInt(TOPICS), 2);
            }
            if (random.nextBoolean()) lives.stopCleanly();
            else lives.kill();

            var files = metadataFiles(lives.disk);
            var victim = files.get(random.nextInt(files.size()));
            var what = damage(lives.disk, victim, random);
            var started = lives.start();
            if (started.succeeded()) lives.checkAll();
            else assertSaysWhy(started);
            var kind = victim.replaceAll(".*/", "").replaceAll("[0-9]+\\.", "N.");
            outcomes.add(what + " " + kind + (started.succeeded() ? " is mended" : " is refused"));
        });
        if (Long.getLong("seed") != null) return;
        assertThat(outcomes)
                .contains(
                        "a flipped bit in snapshot is mended",
                        "a flipped bit in N.log is refused",
                        "a cut of N.log is refused",
                        "the loss of N.log is refused",
                        "a flipped bit in node is refused",
                        "the loss of mark is mended");
    }

    private static String damage(SimulatedDisk disk, String path, Random random) {
        try (var file = disk.open(path, Disk.Mode.WRITE)) {
            int kind = file.size() == 0 ? 2 : random.nextInt(3);
            if (kind == 0) {
                disk.flipBit(path, random.nextInt((int) file.size()));
                return "a flipped bit in";
            }
            if (kind == 1) {
                file.truncate(random.nextInt((int) file.size()));
                return "a cut of";
            }
        }
        disk.delete(path);
        return "the loss of";
    }

    @Test
    void aLogThatLostItsEndAtABatchIsFoundOut() {
        Seeds.forEach(50, random -> {
            var lives = new Lives(random);
            lives.startWell();
            lives.work(1, BATCHES);
            if (random.nextBoolean()) lives.stopCleanly();
            else lives.kill();
            var id = lives.values.keySet().iterator().next();
            var directory = SimulatedNode.directory(id);
            var logs = lives.disk.list(directory).stream()
                    .map(Entry::name)
                    .filter(name -> name.endsWith(".log"))
                    .sorted()
                    .toList();
            var last = directory + "/" + logs.get(logs.size() - 1);
            try (var file = lives.disk.open(last, Disk.Mode.WRITE)) {
                file.truncate(0);
            }
            lives.startWell();
            var partition = lives.node.partitions().get(id);
            assertThat(partition.offsets().damaged()).isTrue();
            assertThat(partition.offsets().end()).as("no offset is given twice").isEqualTo(BATCHES);
            assertThat(lives.append(id)).as("not without leave").isFalse();
        });
    }

    @Test
    void aCleanMarkOfAnotherLifeIsNotBelieved() {
        var lives = new Lives(new Random(1));
        lives.startWell();
        lives.stopCleanly();
        var old = lives.disk.readAll("clean", 100);
        lives.startWell();
        assertThat(lives.node.cleanBefore()).isTrue();
        lives.work(1, BATCHES);
        lives.kill();
        try (var file = lives.disk.open("clean", Disk.Mode.CREATE_NEW)) {
            file.append(old);
        }
        lives.startWell();
        assertThat(lives.node.cleanBefore()).isFalse();
        lives.checkAll();
    }

    // No space.

    @Test
    void aNodeStartsOnAFullDiskOrSaysThatItIsFullAndStartsWhenThereIsSpace() {
        var outcomes = new TreeSet<String>();
        Seeds.forEach(300, random -> {
            var lives = new Lives(random);
            lives.startWell();
            lives.work(3, BATCHES);
            if (random.nextBoolean()) lives.stopCleanly();
            else lives.kill();
            long used = lives.disk.totalBytes() - lives.disk.usableBytes();
            lives.disk.capacityBytes(used + random.nextInt(1500));
            var started = lives.start();
            if (started.succeeded()) {
                lives.checkAll();
            } else {
                assertSaysWhy(started);
                assertThat(isFull(started.cause()))
                        .as(started.cause().toString())
                        .isTrue();
                assertThat(lives.node.storageFailure())
                        .as("a full disk is no broken disk")
                        .isNull();
            }
            outcomes.add(started.succeeded() ? "started" : "refused");
            lives.kill();
            lives.disk.capacityBytes(1L << 40);
            lives.startWell();
            lives.checkAll();
            lives.work(1, 1);
            lives.checkAll();
        });
        if (Long.getLong("seed") == null) assertThat(outcomes).containsExactly("refused", "started");
    }

    private static boolean isFull(Throwable cause) {
        if (cause instanceof DiskException disk) return disk.reason() == DiskException.Reason.FULL;
        return cause instanceof MillraceException refused && refused.refusal() == Refusal.DISK_FULL;
    }

    @Test
    void theReserveLetsANodeStartOnAFullDisk() {
        Seeds.forEach(30, random -> {
            var lives = new Lives(random);
            lives.startWell();
            lives.work(3, BATCHES);
            lives.kill();
            lives.disk.reserve(DataDirectory.RESERVE, 64 << 10);
            lives.disk.capacityBytes(lives.disk.totalBytes() - lives.disk.usableBytes());
            lives.startWell();
            lives.checkAll();
        });
    }

    // A sync of a directory fails.

    @Test
    void afterAFailedSyncOfADirectoryNothingIsAcknowledgedAndTheNextStartHasAllThatWas() {
        var failed = new TreeSet<String>();
        Seeds.forEach(400, random -> {
            var lives = new Lives(random);
            lives.startWell();
            lives.work(2, 3);
            var directories =
                    new ArrayList<String>(List.of("", DataDirectory.METADATA, DataDirectory.PARTITIONS, METADATA_LOG));
            lives.values.keySet().forEach(id -> directories.add(SimulatedNode.directory(id)));
            var victim = directories.get(random.nextInt(directories.size()));
            lives.disk.failSyncOnce(victim);
            lives.work(4, BATCHES);
            if (lives.node.storageFailure() != null) failed.add(victim.replaceAll("-[0-9-]+", ""));
            lives.kill();
            var second = lives.start();
            if (second.failed()) {
                // The failure was still to come.
                assertSaysWhy(second);
                lives.kill();
                lives.startWell();
            }
            lives.checkAll();
            if (random.nextBoolean()) {
                lives.work(1, 3);
                lives.cutPower(random);
                lives.startWell();
                lives.checkAll();
            }
        });
        if (Long.getLong("seed") == null) assertThat(failed).isNotEmpty();
    }
}
