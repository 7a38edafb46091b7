package io.millrace.sim;

import io.millrace.cluster.LocalMetadataLog;
import io.millrace.cluster.MetadataCommand;
import io.millrace.cluster.MetadataImage;
import io.millrace.cluster.MetadataRules;
import io.millrace.cluster.StartBroker;
import io.millrace.cluster.TopicMetadata;
import io.millrace.log.DerivedState;
import io.millrace.log.LogStorage;
import io.millrace.log.disk.DataDirectory;
import io.millrace.log.disk.Disk;
import io.millrace.log.disk.DiskWork.Lane;
import io.millrace.log.segment.CompactionLimits;
import io.millrace.log.segment.SegmentStorage;
import io.millrace.model.PartitionId;
import io.millrace.partition.LocalPartitions;
import io.millrace.partition.PartitionOptions;
import io.millrace.time.Timers;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * One life of a whole broker node without a runtime: data directory, metadata, partitions, on a simulated disk.
 *
 * <p>{@link #start} begins it; it ends by {@link #close}, {@link #kill}, or a crash of the disk. The next life is another
 * node, on what the disk left behind.
 */
public final class SimulatedNode {
    /** The number of the node. */
    public static final int NODE = 0;

    private static final UUID DIRECTORY = new UUID(7, 7);
    private static final UUID CLUSTER = new UUID(8, 8);
    private static final String LOGS = DataDirectory.PARTITIONS;
    private static final String METADATA = DataDirectory.METADATA;
    /** So little that passes take slices and pauses, and some logs take several passes. */
    private static final CompactionLimits COMPACTION = new CompactionLimits(24 * 16, 200_000, 600);

    /** What a life before the partitions are opened may be used for. */
    public interface BeforePartitions extends Function<SimulatedNode, Future<Void>> {}

    private final Simulation simulation;
    private final SimulatedDisk device;
    private final Simulation.SimulatedProcess process;
    private final Disk disk;
    private final Defects defects;
    private SegmentStorage metadataStorage;
    private SegmentStorage segments;
    private LogStorage logs;
    private LocalMetadataLog metadata;
    private MetadataImage recovered;
    private LocalPartitions partitions;
    private Throwable storageFailure;
    private boolean cleanBefore;
    private boolean started;

    private SimulatedNode(Simulation simulation, SimulatedDisk device, Defects defects) {
        this.simulation = simulation;
        this.device = device;
        this.process = simulation.start(device);
        this.defects = defects;
        this.disk = defects.disk(device, () -> !started);
    }

    /** A node whose process is there, and which has done nothing yet. */
    public static SimulatedNode on(Simulation simulation, SimulatedDisk device, Defects defects) {
        return new SimulatedNode(simulation, device, defects);
    }

    /** Brings the node up. It serves when the future has completed. */
    public Future<Void> start(BeforePartitions before) {
        return process.diskWork()
                .run(Lane.UPKEEP, () -> DataDirectory.open(disk, DIRECTORY, ""))
                .compose(directory -> openMetadata(directory.clean()).map(opened -> {
                    var known = metadata.image().brokers().get(NODE);
                    cleanBefore = known != null && directory.cleanAfter(known.epoch());
                    return null;
                }))
                .compose(opened -> metadata.submit(new StartBroker(NODE, DIRECTORY, CLUSTER)))
                .compose(broker -> openStorage(LOGS, cleanBefore))
                .compose(storage -> {
                    segments = storage;
                    logs = defects.storage(storage);
                    partitions = new LocalPartitions(logs, process.timers());
                    return before.apply(this);
                })
                .compose(done -> openAll())
                .onSuccess(done -> started = true);
    }

    private Future<SegmentStorage> openStorage(String root, boolean clean) {
        var options = new SegmentStorage.Options(root, 0, 0, clean, COMPACTION);
        return SegmentStorage.open(disk, process.diskWork(), process.timers(), options, this::storageFailed);
    }

    private Future<Void> openMetadata(boolean clean) {
        return openStorage(METADATA, clean)
                .compose(storage -> {
                    metadataStorage = storage;
                    return storage.open(LocalMetadataLog.PARTITION, LocalMetadataLog.LOG_OPTIONS, DerivedState.NONE);
                })
                .compose(log -> {
                    var options = new LocalMetadataLog.Options(
                            METADATA + "/snapshot", 6, 1 << 20, 1000, MetadataRules.DEFAULT);
                    return LocalMetadataLog.open(log, disk, process.diskWork(), process.timers(), options);
                })
                .map(log -> {
                    metadata = log;
                    recovered = log.image().copy();
                    return null;
                });
    }

    private void storageFailed(Throwable cause) {
        if (storageFailure == null) storageFailure = cause;
    }

    private Future<Void> openAll() {
        return logs.list().compose(found -> {
            var all = new ArrayList<Future<Void>>();
            for (var id : found) {
                if (metadata.image().topic(id.topic()).isEmpty()) all.add(logs.delete(id));
            }
            for (var topic : metadata.image().topics().values()) all.add(open(topic));
            return Future.all(all).mapEmpty();
        });
    }

    /** Opens all partitions of a topic, those that are open already with the options of now. */
    public Future<Void> open(TopicMetadata topic) {
        var all = new ArrayList<Future<Void>>();
        for (int index = 0; index < topic.partitions().size(); index++) {
            int epoch = topic.partition(index).leaderEpoch();
            all.add(partitions
                    .open(topic.partitionId(index), optionsOf(topic), epoch)
                    .mapEmpty());
        }
        return Future.all(all).mapEmpty();
    }

    /** How the partitions of a topic are kept. */
    public static PartitionOptions optionsOf(TopicMetadata topic) {
        return PartitionOptions.of(
                        MetadataRules.DEFAULT.effective(topic.config()).logOptions(false))
                .withProducers(10_000, Long.MAX_VALUE)
                .withIdempotency(100_000, Long.MAX_VALUE);
    }

    /** Runs something on the home thread of the node, in its turn. */
    public void atHome(Runnable task) {
        process.execute(task);
    }

    public <R> Future<R> submit(MetadataCommand<R> command) {
        return metadata.submit(command);
    }

    /** A clean stop: everything synced and closed, then the mark that says so. */
    public Future<Void> close() {
        Supplier<Future<Void>> mark = () -> process.diskWork().run(Lane.UPKEEP, () -> {
            DataDirectory.markClean(disk, metadata.image().brokers().get(NODE).epoch());
            return null;
        });
        return partitions
                .close()
                .compose(closed -> metadata.close())
                .compose(closed -> metadataStorage.close())
                .compose(closed -> mark.get())
                .onSuccess(closed -> process.kill());
    }

    /** {@code kill -9}. Nothing of the node runs any more. */
    public void kill() {
        process.kill();
    }

    public Simulation simulation() {
        return simulation;
    }

    /** The disk as it is, without the defects. */
    public SimulatedDisk device() {
        return device;
    }

    public LocalPartitions partitions() {
        return partitions;
    }

    public LogStorage logs() {
        return logs;
    }

    public SegmentStorage segments() {
        return segments;
    }

    /** Null until the metadata has been recovered. */
    public MetadataImage image() {
        return metadata == null ? null : metadata.image();
    }

    /** The metadata as it was found on the disk; null until then. */
    public MetadataImage recovered() {
        return recovered;
    }

    /** Whether the node serves. */
    public boolean started() {
        return started;
    }

    /** Whether the node believed what the life before had written beside its logs. */
    public boolean cleanBefore() {
        return cleanBefore;
    }

    /** Why the node must stop; null while its disk is well. */
    public Throwable storageFailure() {
        return storageFailure;
    }

    /** The directory of a partition on the device. */
    public static String directory(PartitionId id) {
        return LOGS + "/" + id;
    }

    public long wallMillis() {
        return process.timers().wallMillis();
    }

    /** The clock of the node; its timers end with its process. */
    public Timers timers() {
        return process.timers();
    }
}
