package io.millrace.broker;

import io.millrace.BrokerOptions;
import io.millrace.broker.partitions.DiskThreads;
import io.millrace.broker.partitions.Home;
import io.millrace.gateway.NodeMetrics.DiskGauge;
import io.millrace.log.disk.DataDirectory;
import io.millrace.log.disk.DirectoryLock;
import io.millrace.log.disk.Disk;
import io.millrace.log.disk.DiskWork;
import io.millrace.log.disk.DiskWork.Lane;
import io.millrace.log.disk.FileDisk;
import io.millrace.log.disk.NoDisk;
import io.millrace.log.segment.CompactionLimits;
import io.millrace.log.segment.SegmentStorage;
import io.millrace.model.PartitionId;
import io.millrace.time.Timers;
import io.vertx.core.Future;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The data directory of a node, if it has one: its lock, its identity, the storages in it and their threads. */
final class NodeDisk {
    private static final long DEFAULT_LEAST_FREE = 1L << 30;
    private static final int DEFAULT_FREE_PERCENT = 2;
    private static final int SECRET_BYTES = 32;

    private final BrokerOptions options;
    private final Home home;
    private final Consumer<Throwable> onFailure;
    private final List<DiskThreads> threads = new ArrayList<>();
    private final List<SegmentStorage> storages = new ArrayList<>();
    private final DiskWork work;

    private @Nullable Disk disk;
    private @Nullable DirectoryLock lock;
    private boolean clean;
    private byte[] secret = new byte[SECRET_BYTES];
    private long minFreeBytes;

    NodeDisk(BrokerOptions options, Home home, Consumer<Throwable> onFailure) {
        this.options = options;
        this.home = home;
        this.onFailure = onFailure;
        this.work = exists() ? newThreads(home, "millrace-0") : new NoWork();
    }

    boolean exists() {
        return options.getDataDir() != null;
    }

    private DiskThreads newThreads(Home loop, String name) {
        var made = new DiskThreads(loop, name);
        synchronized (threads) {
            threads.add(made);
        }
        return made;
    }

    Disk disk() {
        return Objects.requireNonNull(disk, "not open");
    }

    /** Takes the directory over, or finds out that there is none. */
    Future<DataDirectory> open() {
        var path = options.getDataDir();
        var id = UUID.randomUUID();
        var wanted = options.getNodeId() == null ? "" : options.getNodeId();
        new SecureRandom().nextBytes(secret);
        if (path == null) {
            disk = new NoDisk();
            var name = wanted.isEmpty() ? id.toString().substring(0, 8) : wanted;
            return Future.succeededFuture(new DataDirectory(id, name, OptionalLong.empty()));
        }
        return work.run(Lane.UPKEEP, () -> {
            var files = FileDisk.at(path);
            lock = files.lock(DataDirectory.LOCK);
            disk = files;
            minFreeBytes = minFree(files);
            var directory = DataDirectory.open(files, id, wanted);
            clean = directory.clean();
            secret = DataDirectory.secret(files, secret);
            return directory;
        });
    }

    /** What this node signs with; that of a node without a directory is forgotten when it stops. */
    byte[] secret() {
        return secret.clone();
    }

    /** At least 1 GiB and 2 % of the volume stay free, but on a small volume no more than a quarter of it. */
    private long minFree(Disk files) {
        if (options.getMinFreeBytes() >= 0) return options.getMinFreeBytes();
        long total = files.totalBytes();
        return Math.min(total / 4, Math.max(DEFAULT_LEAST_FREE, total / 100 * DEFAULT_FREE_PERCENT));
    }

    /** Whether what the last life wrote beside the partitions can be believed, now that the metadata tells which it was. */
    void lastEpoch(DataDirectory directory, long epoch) {
        clean = directory.cleanAfter(epoch);
    }

    /** For metadata, which may use the space that must stay free for it. */
    Future<SegmentStorage> metadataStorage(Timers timers) {
        var settings = new SegmentStorage.Options(DataDirectory.METADATA, 0, 0, clean);
        return SegmentStorage.open(disk(), work, timers, settings, onFailure).onSuccess(this::keep);
    }

    /** For the partitions of one loop; called there. */
    Future<SegmentStorage> storage(Home loop, Timers timers, int number) {
        var threadsOfLoop = number == 0 ? work : newThreads(loop, "millrace-" + number);
        long reserve = number == 0 ? options.getReserveBytes() : 0;
        var settings = new SegmentStorage.Options(DataDirectory.PARTITIONS, minFreeBytes, reserve, clean, compaction());
        return SegmentStorage.open(
                        disk(), threadsOfLoop, timers, settings, cause -> home.execute(() -> onFailure.accept(cause)))
                .onSuccess(this::keep);
    }

    private CompactionLimits compaction() {
        return new CompactionLimits(
                options.getCompactionMemoryBytes(),
                options.getCompactionBytesPerSecond(),
                CompactionLimits.DEFAULT.sliceBytes());
    }

    private void keep(SegmentStorage storage) {
        synchronized (storages) {
            storages.add(storage);
        }
    }

    DiskWork work() {
        return work;
    }

    boolean isFull() {
        synchronized (storages) {
            return storages.stream().anyMatch(SegmentStorage::isFull);
        }
    }

    Future<Set<PartitionId>> partitionsFound() {
        if (!exists()) return Future.succeededFuture(Set.of());
        synchronized (storages) {
            // The first is for metadata; those of the loops share one directory.
            return storages.get(1).list();
        }
    }

    /** The work of all storages together; a look from another thread, so figures may be a moment old. */
    DiskGauge gauge() {
        if (!exists()) return new DiskGauge(0, 0, 0, -1, false);
        long syncs = 0;
        long nanos = 0;
        long longest = 0;
        long free = Long.MAX_VALUE;
        synchronized (storages) {
            for (var storage : storages) {
                var stats = storage.syncStats();
                syncs += stats.files();
                nanos += stats.nanos();
                longest = Math.max(longest, stats.longestNanos());
                free = Math.min(free, storage.freeBytes());
            }
        }
        return new DiskGauge(syncs, nanos, longest, free == Long.MAX_VALUE ? -1 : free, isFull());
    }

    /** Lets the directory go, and says in it that all is well after this life if it is. */
    Future<Void> close(boolean allIsWell, long epoch) {
        if (!exists()) return Future.succeededFuture();
        return work.<Void>run(Lane.UPKEEP, () -> {
                    if (lock == null) return null;
                    try {
                        if (allIsWell) DataDirectory.markClean(disk(), epoch);
                    } finally {
                        lock.close();
                    }
                    return null;
                })
                .onComplete(closed -> {
                    synchronized (threads) {
                        threads.forEach(DiskThreads::close);
                    }
                });
    }

    /** Nothing of a node without a disk blocks. */
    private static final class NoWork implements DiskWork {
        @Override
        public <T> Future<T> run(Lane lane, Supplier<T> work) {
            return Future.succeededFuture(work.get());
        }
    }
}
