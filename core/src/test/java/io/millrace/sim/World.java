package io.millrace.sim;

import io.millrace.cluster.AddPartitions;
import io.millrace.cluster.AllocateProducerIds;
import io.millrace.cluster.AlterConfig;
import io.millrace.cluster.ConfigKey;
import io.millrace.cluster.CreateTopic;
import io.millrace.cluster.DeleteTopic;
import io.millrace.cluster.MetadataCommand;
import io.millrace.cluster.MetadataImage;
import io.millrace.cluster.MetadataRules;
import io.millrace.cluster.Origin;
import io.millrace.cluster.StartBroker;
import io.millrace.cluster.TopicConfig;
import io.millrace.cluster.TopicMetadata;
import io.millrace.log.LogOptions;
import io.millrace.log.PartitionLog;
import io.millrace.model.MillraceException;
import io.millrace.model.PartitionId;
import io.millrace.model.Refusal;
import io.millrace.partition.Acks;
import io.millrace.partition.Fetched;
import io.millrace.partition.Partition;
import io.millrace.partition.ReadRequest;
import io.millrace.partition.Rebuilt;
import io.millrace.record.RecordBatch;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * A node, its clients, its operators and its accidents. The seed decides everything; what is seen is checked by the
 * {@link Ledger}s at once. {@link SimulatedCrash} leaves the methods that let the node work.
 */
final class World {
    private static final int MOST_TOPICS = 3;
    private static final int RECORD_KEYS = 25;

    final History history = new History();
    private final Random random;
    private final Simulation simulation;
    private final Defects defects;
    private final boolean compacting;
    private final Map<PartitionId, SimulatedProducer> producers = new TreeMap<>();
    private final Map<String, Payload> keys = new LinkedHashMap<>();
    private final Map<String, PartitionId> partitionOfKey = new HashMap<>();
    private final List<MetadataCommand<?>> pending = new ArrayList<>();
    private final List<String> names = new ArrayList<>();

    private SimulatedDisk disk;
    private SimulatedNode node;
    private MetadataImage believed = new MetadataImage();
    private int payloads;
    private long compactions;
    private int topicIds;
    private long producerIds;
    private int changing;
    private boolean full;
    private boolean syncWillFail;

    World(long seed, Defects defects) {
        this(seed, defects, false);
    }

    /** @param compacting whether records have keys, and some topics are compacted */
    World(long seed, Defects defects, boolean compacting) {
        this.compacting = compacting;
        this.random = new Random(seed);
        this.simulation = new Simulation(new Random(random.nextLong()));
        this.disk = new SimulatedDisk(new Random(random.nextLong()));
        this.defects = defects;
    }

    SimulatedDisk disk() {
        return disk;
    }

    SimulatedNode node() {
        return node;
    }

    // Lives.

    /** Starts the node, waits until it serves, and checks everything that it has. */
    void start(Ledger.End how) {
        history.tell("start after " + how);
        node = SimulatedNode.on(simulation, disk, defects);
        var starting = node;
        var started = new AtomicReference<Future<Void>>();
        node.atHome(() -> {
            pending.add(new StartBroker(SimulatedNode.NODE, new UUID(7, 7), new UUID(8, 8)));
            started.set(starting.start(this::betweenLives));
        });
        simulation.runUntilIdle();
        if (started.get().failed())
            throw history.broken("the node does not start: " + started.get().cause());
        if (!started.get().isComplete()) throw history.broken("the node does not come up");
        checkMetadata();
        checkPartitions(how);
    }

    /** Rarely, a log is truncated, as a follower would do it. */
    private Future<Void> betweenLives(SimulatedNode starting) {
        // What is compacted was committed, and nobody truncates that.
        if (random.nextInt(4) != 0 || compacting) return Future.succeededFuture();
        var known = new ArrayList<PartitionId>();
        for (var ledger : history.ledgers().values()) {
            var topic = starting.image().topic(ledger.id.topic());
            if (topic.isPresent() && ledger.byOffset().size() > 3 && !ledger.hasRot()) known.add(ledger.id);
        }
        if (known.isEmpty()) return Future.succeededFuture();
        var id = known.get(random.nextInt(known.size()));
        var options = SimulatedNode.optionsOf(starting.image().topic(id.topic()).orElseThrow());
        return starting.logs().open(id, options.log(), Rebuilt.empty(options)).compose(log -> truncate(id, log)
                .compose(done -> log.close()));
    }

    private Future<Void> truncate(PartitionId id, PartitionLog log) {
        var ledger = history.of(id);
        var boundaries = new ArrayList<Long>();
        for (var payload : ledger.byOffset().values()) {
            if (payload.offset >= log.start() && payload.end() <= log.end()) boundaries.add(payload.offset);
        }
        if (boundaries.isEmpty()) return Future.succeededFuture();
        long offset = boundaries.get(Math.max(0, boundaries.size() - 1 - random.nextInt(4)));
        // Whatever happened before, a restart has found what is below now.
        history.tell("truncate " + id + " to " + offset);
        ledger.truncationBegins(offset);
        // Snapshots above the cut go, and with them what deleted records said.
        producers.remove(id);
        keys.keySet().removeIf(key -> partitionOfKey.get(key).equals(id));
        return log.truncateTo(offset);
    }

    /** The process is dead by a crash of its disk; what it owed is never answered. */
    void died() {
        if (node.image() != null) believed = node.image().copy();
        countCompactions();
        node.kill();
        for (var ledger : history.ledgers().values()) ledger.died();
        full = false;
        syncWillFail = false;
        changing = 0;
    }

    private void countCompactions() {
        if (!compacting || node.partitions() == null) return;
        for (var id : ids()) {
            try {
                compactions += node.logs().stats(id).compaction().runs();
            } catch (MillraceException closed) {
                // Nothing can be said of it.
            }
        }
    }

    /** How many passes ended well, in all lives. */
    long compactions() {
        return compactions;
    }

    void restartAfterKill() {
        died();
        disk = disk.afterKill();
        disk.capacityBytes(1L << 40);
        start(Ledger.End.KILL);
    }

    void restartAfterPowerCut(Random chance) {
        died();
        disk = disk.afterPowerCut(chance);
        disk.capacityBytes(1L << 40);
        start(Ledger.End.POWER_CUT);
    }

    /** A clean stop and the next start. */
    void restartCleanly() {
        if (payloads % 2 == 0) space();
        simulation.runUntilIdle();
        history.tell("clean stop");
        var closed = new AtomicReference<Future<Void>>();
        node.atHome(() -> closed.set(node.close()));
        simulation.runUntilIdle();
        if (node.storageFailure() != null || (full && closed.get().failed())) {
            restartAfterKill();
            return;
        }
        if (!closed.get().succeeded())
            throw history.broken("the node does not stop: " + closed.get().cause());
        for (var ledger : history.ledgers().values()) {
            for (var payload : ledger.payloads()) {
                if (payload.inFlight > 0) throw ledger.broken("no answer before the stop for " + payload);
            }
        }
        died();
        disk = disk.afterKill();
        disk.capacityBytes(1L << 40);
        start(Ledger.End.CLEAN_STOP);
    }

    // Checks.

    private void checkMetadata() {
        var found = node.recovered();
        var possible = believed.copy();
        int command = 0;
        while (!possible.equals(found)) {
            if (command == pending.size()) {
                throw history.broken("S9: metadata was " + believed + ", then " + pending + "; found is " + found);
            }
            decide(pending.get(command++), possible);
        }
        pending.clear();
        believed = node.image().copy();
        for (var name : List.copyOf(names)) if (!believed.topics().containsKey(name)) names.remove(name);
        for (var name : believed.topics().keySet()) if (!names.contains(name)) names.add(name);
        for (var topic : believed.topics().values()) follow(topic, false);
    }

    private static <R> void decide(MetadataCommand<R> command, MetadataImage image) {
        try {
            for (var event : command.decide(image, MetadataRules.DEFAULT).events()) image.apply(event);
        } catch (MillraceException refused) {
            // Then nothing was written.
        }
    }

    /** The partitions of a topic are kept as it says now, or will be soon. */
    private void follow(TopicMetadata topic, boolean soon) {
        LogOptions options = SimulatedNode.optionsOf(topic).log();
        for (int index = 0; index < topic.partitions().size(); index++) {
            var ledger = history.of(topic.partitionId(index));
            if (soon) ledger.changes(options);
            else ledger.changed(options, simulation.time().millis());
        }
    }

    private void checkPartitions(Ledger.End how) {
        var gone = new ArrayList<PartitionId>();
        for (var id : history.ledgers().keySet()) {
            if (believed.topic(id.topic()).isEmpty()) gone.add(id);
        }
        for (var id : gone) {
            history.ledgers().remove(id);
            producers.remove(id);
        }
        for (var id : ids()) {
            var ledger = history.of(id);
            var partition = node.partitions().get(id);
            var offsets = partition.offsets();
            var batches = contents(partition, offsets.start(), offsets.end(), ledger);
            ledger.restarted(how, offsets.start(), offsets.end(), offsets.damaged(), in(batches));
            if (offsets.start() == 0 && !ledger.hasRot() && !ledger.mayBeCompacted()) checkDerived(id, batches);
        }
        producers.values().removeIf(SimulatedProducer::isOver);
        for (var key : List.copyOf(keys.keySet())) {
            if (keys.get(key).lost
                    || keys.get(key).rotten
                    || !node.partitions().ids().contains(partitionOfKey.get(key))) keys.remove(key);
        }
    }

    /** Everything in the log of a partition, one read after the other. */
    private ByteBuffer contents(Partition partition, long start, long end, Ledger ledger) {
        var all = ByteBuffer.allocate(1 << 16);
        for (long at = start; at < end; ) {
            var read = new AtomicReference<Future<Fetched>>();
            long from = at;
            node.atHome(() -> read.set(partition.read(new ReadRequest(from, 1 << 12, 0))));
            simulation.runUntilIdle();
            if (read.get().failed()) {
                ledger.readFailed(at, read.get().cause(), start);
                var next = ledger.byOffset().higherKey(at);
                if (next == null) break;
                at = next;
                continue;
            }
            var bytes = read.get().result().batches();
            if (!bytes.hasRemaining()) throw ledger.broken("nothing to read at " + at + " of " + end);
            for (var batch : in(bytes)) at = Math.max(at, batch.nextOffset());
            if (all.remaining() < bytes.remaining()) {
                all = ByteBuffer.allocate(2 * (all.capacity() + bytes.remaining()))
                        .put(all.flip());
            }
            all.put(bytes.duplicate());
        }
        return all.flip();
    }

    private static List<RecordBatch> in(ByteBuffer bytes) {
        var batches = new ArrayList<RecordBatch>();
        for (int at = bytes.position(); at < bytes.limit(); at += RecordBatch.sizeAt(bytes, at)) {
            batches.add(RecordBatch.at(bytes, at));
        }
        return batches;
    }

    /** What the partition remembers is what a replay of the whole log gives. */
    private void checkDerived(PartitionId id, ByteBuffer batches) {
        var topic = believed.topic(id.topic()).orElseThrow();
        var options = SimulatedNode.optionsOf(topic);
        var rebuilt = Rebuilt.from(options, batches, topic.partition(id.index()).leaderEpoch());
        var remembered = Rebuilt.memoryOf(node.partitions().get(id));
        if (!rebuilt.equals(remembered)) {
            throw history.of(id).broken("R4: the memory of the partition is not what its log says");
        }
    }

    // Work.

    /** One thing that clients, operators or accidents do, and a little work of the node. */
    void step() {
        act();
        switch (random.nextInt(6)) {
            case 0 -> idle();
            case 1 -> {
                simulation.advance(Duration.ofMillis(random.nextInt(150)));
                idle();
            }
            default -> {
                for (int steps = random.nextInt(12); steps > 0; steps--) simulation.step();
            }
        }
        checkStop();
    }

    private void idle() {
        simulation.runUntilIdle();
        checkStop();
        if (node.storageFailure() != null) return;
        long now = simulation.time().millis();
        for (var ledger : history.ledgers().values()) {
            ledger.settled(now);
            for (var payload : ledger.payloads()) {
                if (payload.inFlight > 0 && !full) throw ledger.broken("no answer for " + payload);
            }
        }
    }

    private void checkStop() {
        if (node.storageFailure() == null || syncWillFail) return;
        throw history.broken("the disk is well, and the node stops: " + node.storageFailure());
    }

    /** Whether the node has to be started again because its disk failed it. */
    boolean mustStop() {
        return node.storageFailure() != null;
    }

    /** Lets everything be done that is under way. */
    void finish() {
        space();
        for (int n = 0; n < 4; n++) simulation.advance(Duration.ofMillis(500));
        if (!mustStop()) idle();
    }

    private void act() {
        var ids = ids();
        int dice = random.nextInt(100);
        if (ids.isEmpty() || dice < 4) metadata();
        else if (dice < 30) appendPlain(any(ids));
        else if (dice < 60) appendIdempotent(any(ids));
        else if (dice < 70) appendWithKey(any(ids));
        else if (dice < 88) read(any(ids));
        else if (dice < 91) deleteBefore(any(ids));
        else if (dice < 97) upkeep();
        else simulation.time().jumpWall(Duration.ofHours(random.nextInt(2_000) - 800));
    }

    /** The open partitions, in an order that is the same in each process. */
    private List<PartitionId> ids() {
        return node.partitions().ids().stream().sorted().toList();
    }

    private <T> T any(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    private Payload payload(long producer, int sequence, String key) {
        int count = key != null ? 1 : 1 + random.nextInt(3);
        return new Payload(
                payloads++, count, 10 + random.nextInt(200), trueMillis(), producer, sequence, key, recordKeys());
    }

    private int recordKeys() {
        return compacting ? RECORD_KEYS : 0;
    }

    /** The time of all honest clocks, which never jumps. */
    private long trueMillis() {
        return 1_750_000_000_000L + simulation.time().millis();
    }

    private Acks anyAcks() {
        return List.of(Acks.NONE, Acks.LEADER, Acks.ALL).get(random.nextInt(3));
    }

    private void appendPlain(PartitionId id) {
        send(id, payload(-1, -1, null), anyAcks(), null);
    }

    private void appendIdempotent(PartitionId id) {
        var producer = producers.get(id);
        if (producer == null) {
            producer = new SimulatedProducer(id, producerIds++);
            producers.put(id, producer);
        }
        var again = random.nextInt(8) == 0 ? producer.recent(random) : null;
        if (again != null) {
            send(id, again, Acks.ALL, null);
            return;
        }
        for (var payload : producer.toRepeat()) send(id, payload, Acks.ALL, producer);
        if (!producer.mayBegin()) return;
        var fresh = payload(producer.id, producer.nextSequence(), null);
        producer.begin(fresh);
        send(id, fresh, Acks.ALL, producer);
    }

    private void appendWithKey(PartitionId id) {
        if (!keys.isEmpty() && random.nextInt(3) == 0) {
            var key = any(List.copyOf(keys.keySet()));
            if (node.partitions().get(partitionOfKey.get(key)) != null) {
                send(partitionOfKey.get(key), keys.get(key), Acks.LEADER, null);
                return;
            }
        }
        var key = "key " + payloads;
        var payload = payload(-1, -1, key);
        keys.put(key, payload);
        partitionOfKey.put(key, id);
        send(id, payload, Acks.LEADER, null);
    }

    private void send(PartitionId id, Payload payload, Acks acks, SimulatedProducer producer) {
        var ledger = history.of(id);
        var sender = node;
        sender.atHome(() -> {
            var partition = sender.partitions().get(id);
            if (partition == null) return;
            boolean first = producer == null || producer.isFirst(payload);
            ledger.sent(payload);
            history.tell(id.index() + " send " + payload + " " + acks);
            var answer = payload.key == null
                    ? partition.append(payload.encode(), acks)
                    : partition.appendOnce(payload.encode(), acks, payload.key, payload.number);
            answer.onComplete(result -> {
                if (disk.crashed()) return;
                if (result.succeeded()) {
                    history.tell(id.index() + " " + acks + " ack of " + payload + " at "
                            + result.result().baseOffset());
                    ledger.acked(
                            payload,
                            result.result(),
                            acks != Acks.NONE,
                            simulation.time().millis());
                    if (producer != null) producer.resolved(payload);
                } else {
                    refused(id, payload, result.cause(), producer, first);
                }
            });
        });
    }

    private void refused(PartitionId id, Payload payload, Throwable cause, SimulatedProducer producer, boolean first) {
        history.tell(id.index() + " refused " + payload + ": " + cause);
        boolean open = history.of(id).refused(payload, cause);
        if (producer != null) producer.failed();
        if (open || !(cause instanceof MillraceException no)) return;
        if (no.refusal() == Refusal.OUT_OF_ORDER_SEQUENCE
                && producer != null
                && first
                && !history.of(id).hasRot()) {
            throw history.of(id).broken("S7: the producer went on in order and is refused: " + payload);
        }
        if (no.refusal() == Refusal.DAMAGED && !history.of(id).hasRot()) {
            throw history.of(id).broken("called damaged, and nobody touched it");
        }
        if (no.refusal() == Refusal.DISK_FULL && !full) {
            throw history.of(id).broken("called full, and there is space");
        }
        if (no.refusal() == Refusal.STORAGE_FAILED && !syncWillFail) {
            throw history.of(id).broken("S11: the storage is called failed, and is well");
        }
    }

    private void read(PartitionId id) {
        var ledger = history.of(id);
        var reader = node;
        reader.atHome(() -> {
            var partition = reader.partitions().get(id);
            if (partition == null) return;
            var offsets = partition.offsets();
            ledger.offsets(offsets.start(), offsets.highWatermark());
            long span = offsets.highWatermark() - offsets.start();
            if (span == 0) return;
            long from = offsets.start() + (long) (random.nextDouble() * span);
            partition.read(new ReadRequest(from, 1 + random.nextInt(4000), 0)).onComplete(result -> {
                if (disk.crashed() || reader.storageFailure() != null) return;
                if (result.succeeded()) {
                    history.tell(id.index() + " read from " + from + ", high watermark "
                            + result.result().highWatermark());
                    ledger.read(from, result.result());
                } else if (reader.partitions().get(id) != null) {
                    ledger.readFailed(from, result.cause(), partition.offsets().start());
                }
            });
        });
    }

    private void deleteBefore(PartitionId id) {
        var ledger = history.of(id);
        node.atHome(() -> {
            var partition = node.partitions().get(id);
            if (partition == null || ledger.hasRot()) return;
            var offsets = partition.offsets();
            long span = offsets.highWatermark() - offsets.start();
            long offset = offsets.start() + (long) (random.nextDouble() * (span + 1) / 2);
            history.tell(id.index() + " delete before " + offset);
            ledger.deleteAsked(offset);
            partition.deleteBefore(offset).onComplete(deleted -> {
                if (disk.crashed() || deleted.failed()) return;
                history.tell(id.index() + " deleted before " + deleted.result());
                ledger.deleted(deleted.result());
            });
        });
    }

    private void upkeep() {
        node.atHome(() -> {
            for (var id : ids()) {
                var offsets = node.partitions().get(id).offsets();
                history.of(id).mayExpire(trueMillis(), offsets.start(), offsets.end(), offsets.bytes());
            }
            history.tell("upkeep");
            node.partitions().upkeep();
        });
    }

    private void metadata() {
        int dice = random.nextInt(10);
        if (names.isEmpty() || (dice < 4 && names.size() < MOST_TOPICS)) {
            var name = "topic" + topicIds;
            int partitions = 1 + random.nextInt(2);
            names.add(name);
            var id = new UUID(1, topicIds++);
            submit(
                    new CreateTopic(id, name, partitions, 1, anyConfig(), Origin.USER),
                    created -> opened(created.topic()));
            return;
        }
        var name = any(names);
        if (dice < 6) {
            submit(new AlterConfig(name, anyConfig(), Set.of(), null, Origin.USER), this::opened);
        } else if (dice < 8) {
            var topic = node.image().topics().get(name);
            int total = topic == null ? 2 : topic.partitions().size() + 1;
            if (total <= 3) submit(new AddPartitions(name, total, Origin.USER), this::opened);
        } else if (dice < 9) {
            submit(new AllocateProducerIds(1 + random.nextInt(10)), block -> {});
        } else {
            names.remove(name);
            submit(new DeleteTopic(name, Origin.USER), this::deleted);
        }
    }

    private <R> void submit(MetadataCommand<R> command, Consumer<R> then) {
        var submitter = node;
        submitter.atHome(() -> {
            history.tell("submit " + command);
            pending.add(command);
            submitter.submit(command).onComplete(result -> {
                if (disk.crashed()) return;
                history.tell("answer to " + command.getClass().getSimpleName() + ": "
                        + (result.succeeded() ? "done" : result.cause()));
                boolean open = result.failed()
                        && result.cause() instanceof MillraceException no
                        && no.refusal() == Refusal.STORAGE_FAILED;
                if (open) return;
                if (result.succeeded() && node == submitter)
                    believed = submitter.image().copy();
                pending.remove(command);
                if (result.succeeded()) then.accept(result.result());
            });
        });
    }

    private TopicConfig anyConfig() {
        var values = new EnumMap<ConfigKey, String>(ConfigKey.class);
        int dice = random.nextInt(5);
        values.put(ConfigKey.FLUSH, dice < 3 ? "commit" : dice < 4 ? "interval" : "os");
        values.put(ConfigKey.SEGMENT_BYTES, String.valueOf(1024 + random.nextInt(1500)));
        values.put(ConfigKey.INDEX_INTERVAL_BYTES, String.valueOf(random.nextInt(600)));
        values.put(ConfigKey.RETENTION_MS, random.nextInt(3) == 0 ? "3000" : "-1");
        values.put(ConfigKey.RETENTION_BYTES, random.nextInt(3) == 0 ? "4000" : "-1");
        if (random.nextInt(3) == 0) values.put(ConfigKey.SEGMENT_MS, "500");
        if (compacting && random.nextInt(4) != 0) {
            values.put(ConfigKey.CLEANUP_POLICY, random.nextInt(3) == 0 ? "compact,delete" : "compact");
            values.put(ConfigKey.MIN_CLEANABLE_DIRTY_RATIO, "0.05");
        }
        return new TopicConfig(values);
    }

    /** A topic is new or has changed, durably: its partitions follow. */
    private void opened(TopicMetadata topic) {
        if (node.image().topic(topic.id()).isEmpty()) return;
        var now = node.image().topic(topic.id()).orElseThrow();
        follow(now, true);
        changing++;
        var opener = node;
        node.open(now)
                .onComplete(opened -> {
                    if (disk.crashed() || node != opener) return;
                    if (--changing == 0) {
                        for (var each : node.image().topics().values()) follow(each, false);
                    }
                })
                .onFailure(cause -> {
                    if (!disk.crashed() && node.image().topic(topic.id()).isPresent() && !mustStop() && !full) {
                        throw history.broken("topic " + topic.name() + " cannot be opened: " + cause);
                    }
                });
    }

    private void deleted(TopicMetadata topic) {
        for (int index = 0; index < topic.partitions().size(); index++) {
            var id = topic.partitionId(index);
            history.ledgers().remove(id);
            producers.remove(id);
            node.partitions().delete(id);
        }
    }

    /** The disk becomes full, or has space again. */
    void fill() {
        if (full) {
            space();
            return;
        }
        history.tell("the disk is full");
        full = true;
        long used = disk.totalBytes() - disk.usableBytes();
        disk.capacityBytes(used + random.nextInt(400));
    }

    private void space() {
        if (!full) return;
        disk.capacityBytes(1L << 40);
        for (int n = 0; n < 3 && full; n++) simulation.advance(Duration.ofMillis(500));
        history.tell("the disk has space");
        full = false;
    }

    /** The next sync of a segment fails. */
    void failNextSync() {
        history.tell("a sync will fail");
        syncWillFail = true;
        disk.failSyncOnce(path -> path.endsWith(".log") || path.endsWith(".cleaned"));
    }

    /** A bit of a batch that is surely on the disk turns, anywhere but in its leader epoch, which nothing guards. */
    void rot() {
        if (full || mustStop() || compacting) return;
        idle();
        var candidates = new ArrayList<Payload>();
        var where = new HashMap<Payload, PartitionId>();
        for (var id : ids()) {
            var ledger = history.of(id);
            if (ledger.hasRot() || !ledger.isCommit()) continue;
            for (var payload : ledger.byOffset().values()) {
                if (payload.offset < ledger.start() || !payload.safe || !payload.acked) continue;
                candidates.add(payload);
                where.put(payload, id);
            }
        }
        if (candidates.isEmpty()) return;
        var victim = any(candidates);
        var directory = SimulatedNode.directory(where.get(victim));
        for (var entry : disk.list(directory)) {
            if (!entry.name().endsWith(".log")) continue;
            var path = directory + "/" + entry.name();
            var bytes = disk.readAll(path, 1 << 20);
            for (var batch : in(bytes)) {
                if (batch.baseOffset() != victim.offset || !victim.isIn(batch)) continue;
                int at = random.nextInt(batch.sizeInBytes() - 4);
                if (at >= 12) at += 4;
                history.tell("rot in byte " + at + " of " + victim + " in " + path);
                victim.rotten = true;
                disk.flipBit(path, batch.bytes().position() + at);
                return;
            }
        }
    }
}
