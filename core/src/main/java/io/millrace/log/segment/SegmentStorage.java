package io.millrace.log.segment;

import io.millrace.log.DerivedState;
import io.millrace.log.LogOptions;
import io.millrace.log.LogStats;
import io.millrace.log.LogStorage;
import io.millrace.log.PartitionLog;
import io.millrace.log.disk.Checkpoint;
import io.millrace.log.disk.Disk;
import io.millrace.log.disk.DiskException;
import io.millrace.log.disk.DiskFile;
import io.millrace.log.disk.DiskWork;
import io.millrace.log.disk.DiskWork.Lane;
import io.millrace.model.MillraceException;
import io.millrace.model.PartitionId;
import io.millrace.model.Refusal;
import io.millrace.time.Clock;
import io.millrace.time.Timers;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs in segment files, a directory each, below one directory of a disk. Lives on one home thread.
 *
 * <p>A failed sync or write (other than for lack of space) stops all logs for good and is told to {@code onFailure} once:
 * the process must end (durability contract, R5). When space runs out, appends are refused until there is space again
 * (R6).
 */
public final class SegmentStorage implements LogStorage {
    private static final Logger LOG_LINES = LoggerFactory.getLogger(SegmentStorage.class);
    private static final String RESERVE = "reserve";
    private static final long SPACE_CHECK_MILLIS = 1_000;
    private static final long SPACE_CHECK_WHEN_FULL_MILLIS = 100;

    /**
     * Where the logs lie, and how much room is left to others.
     *
     * @param root the directory below which the logs lie; its parent exists
     * @param minFreeBytes appends are refused while less than this is free
     * @param reserveBytes kept in a file that is given up when the disk is full after all, so that small things can still
     *     be written; 0 for none
     * @param clean whether the last user of the directory closed everything, so that sidecars can be believed
     */
    public record Options(String root, long minFreeBytes, long reserveBytes, boolean clean) {}

    private final Disk disk;
    private final DiskWork work;
    private final Timers timers;
    private final Options options;
    private final Consumer<Throwable> onFailure;
    private final GroupCommit groupCommit;
    private final Map<PartitionId, SegmentedLog> open = new LinkedHashMap<>();
    /** Logs that were opened in this life: what the last life said of them holds no more. */
    private final Set<PartitionId> used = new HashSet<>();

    private volatile boolean full;
    private boolean closed;
    private volatile long freeBytes = Long.MAX_VALUE;
    private @Nullable Throwable failure;
    /** Set and read by those who sync, before the home thread hears of it. */
    private volatile @Nullable DiskException syncFailure;

    private Timers.@Nullable Timer spaceTimer;

    private SegmentStorage(Disk disk, DiskWork work, Timers timers, Options options, Consumer<Throwable> onFailure) {
        this.disk = disk;
        this.work = work;
        this.timers = timers;
        this.options = options;
        this.onFailure = onFailure;
        this.groupCommit = new GroupCommit(work, timers, this::failed);
    }

    /** Takes the directory over, and finishes deletions that were begun. */
    public static Future<SegmentStorage> open(
            Disk disk, DiskWork work, Timers timers, Options options, Consumer<Throwable> onFailure) {
        return work.run(Lane.UPKEEP, () -> {
                    disk.createDirectory(options.root());
                    finishDeletions(disk, options.root());
                    // Names that a killed process left may be in memory only.
                    disk.syncDirectory(options.root());
                    disk.syncDirectory(Disk.parent(options.root()));
                    return null;
                })
                .map(ready -> {
                    var storage = new SegmentStorage(disk, work, timers, options, onFailure);
                    storage.checkSpace(false);
                    return storage;
                });
    }

    private static void finishDeletions(Disk disk, String root) {
        for (var entry : disk.list(root)) {
            if (entry.name().endsWith(SegmentFiles.DELETED)) removeTree(disk, root + "/" + entry.name());
        }
    }

    private static void removeTree(Disk disk, String directory) {
        for (var entry : disk.list(directory)) disk.delete(directory + "/" + entry.name());
        disk.delete(directory);
    }

    @Override
    public Future<PartitionLog> open(PartitionId partition, LogOptions logOptions, DerivedState derived) {
        if (failure != null || closed) return Future.failedFuture(notRunning());
        if (open.containsKey(partition)) {
            return Future.failedFuture(new IllegalStateException(partition + " is open already"));
        }
        var directory = directory(partition);
        boolean clean = options.clean() && used.add(partition);
        return work.run(Lane.UPKEEP, () -> {
                    if (!disk.exists(directory) || disk.list(directory).isEmpty()) {
                        // An empty one may be there because the sync of its name failed; nothing mends that but a new
                        // one.
                        disk.delete(directory);
                        disk.createDirectory(directory);
                        disk.syncDirectory(options.root());
                    }
                    return recover(partition, directory, logOptions, derived, clean);
                })
                .map(recovered -> {
                    var log = new SegmentedLog(this, partition, directory, logOptions, derived, recovered);
                    open.put(partition, log);
                    return log;
                });
    }

    /** Blocks. */
    Recovery.Recovered recover(
            PartitionId partition, String directory, LogOptions logOptions, DerivedState derived, boolean clean) {
        return new Recovery(disk, directory, partition, logOptions, derived, clean).run();
    }

    @Override
    public void configure(PartitionId partition, LogOptions changed) {
        var log = open.get(partition);
        if (log != null) log.configure(changed);
    }

    @Override
    public Future<Void> delete(PartitionId partition) {
        if (open.containsKey(partition)) {
            return Future.failedFuture(new IllegalStateException(partition + " is still open"));
        }
        var directory = directory(partition);
        return upkeepWork(() -> {
            if (!disk.exists(directory)) return null;
            disk.rename(directory, directory + SegmentFiles.DELETED);
            disk.syncDirectory(options.root());
            removeTree(disk, directory + SegmentFiles.DELETED);
            return null;
        });
    }

    @Override
    public Future<Set<PartitionId>> list() {
        return work.run(Lane.UPKEEP, () -> {
            var found = new TreeSet<PartitionId>();
            for (var entry : disk.list(options.root())) {
                if (entry.name().startsWith(RESERVE) || entry.name().endsWith(SegmentFiles.DELETED)) continue;
                try {
                    found.add(PartitionId.parse(entry.name()));
                } catch (IllegalArgumentException foreign) {
                    throw Refusal.STORAGE_FAILED.because(options.root() + " holds " + entry.name()
                            + ", which this broker did not write; move it away and start again");
                }
            }
            return found;
        });
    }

    @Override
    public Future<Void> upkeep() {
        if (failure != null || closed) return Future.succeededFuture();
        for (var log : new ArrayList<>(open.values())) log.upkeep();
        return upkeepWork(() -> null);
    }

    @Override
    public LogStats stats(PartitionId partition) {
        var log = open.get(partition);
        if (log == null) throw Refusal.PARTITION_NOT_FOUND.because("no open log of " + partition);
        return log.stats();
    }

    /** The group commits so far. */
    public SyncStats syncStats() {
        return groupCommit.stats();
    }

    /** Bytes free on the volume when it was last looked at. */
    public long freeBytes() {
        return freeBytes;
    }

    /** Whether appends are refused because the disk is full. */
    public boolean isFull() {
        return full;
    }

    /** Closes all logs. Fails if one of them could not be synced; then the stop was not clean. */
    @Override
    public Future<Void> close() {
        if (closed) return Future.succeededFuture();
        closed = true;
        if (spaceTimer != null) spaceTimer.cancel();
        var closing = new ArrayList<Future<Void>>();
        for (var log : new ArrayList<>(open.values())) closing.add(log.close());
        return Future.join(closing)
                .compose(all -> failure == null ? Future.succeededFuture() : Future.failedFuture(notRunning()));
    }

    Disk disk() {
        return disk;
    }

    DiskWork work() {
        return work;
    }

    Timers timers() {
        return timers;
    }

    Clock clock() {
        return timers;
    }

    GroupCommit groupCommit() {
        return groupCommit;
    }

    void closed(PartitionId partition) {
        open.remove(partition);
    }

    /**
     * Makes the bytes of a file durable. Once that has failed it always fails: work that was waiting already would find
     * pages that the system calls clean, and a mark behind it would say that they are on the disk. Blocks.
     */
    void force(DiskFile file) {
        var before = syncFailure;
        if (before != null) throw before;
        try {
            file.force();
        } catch (DiskException failed) {
            syncFailure = failed;
            throw failed;
        }
    }

    /** Blocks. */
    void writeIdentity(String directory, LogIdentity identity) {
        Checkpoint.write(disk, directory + "/" + SegmentFiles.STATE, identity.encode());
    }

    /** Runs work that nobody waits for urgently; a broken disk stops everything, a full one does not. */
    Future<Void> upkeepWork(Supplier<@Nullable Void> blocking) {
        return work.<Void>run(Lane.UPKEEP, blocking).onFailure(this::failedUnlessFull);
    }

    void failedUnlessFull(Throwable cause) {
        if (isFull(cause)) becameFull();
        else if (!(cause instanceof MillraceException)) failed(cause);
    }

    /** The device failed. Nothing is tried again (R5). */
    void failed(Throwable cause) {
        if (failure != null) return;
        failure = cause;
        LOG_LINES.error("the disk failed; no record is acknowledged any more", cause);
        for (var log : new ArrayList<>(open.values())) log.stop(cause);
        onFailure.accept(cause);
    }

    /** A write found no space. */
    void becameFull() {
        if (full || failure != null) return;
        full = true;
        LOG_LINES.warn("disk full: appends are refused until there is space again");
        upkeepWork(() -> {
            disk.delete(options.root() + "/" + RESERVE);
            return null;
        });
        checkSpaceLater(SPACE_CHECK_WHEN_FULL_MILLIS);
    }

    MillraceException fullRefusal() {
        return Refusal.DISK_FULL.because("the disk is full (" + freeBytes + " bytes free, " + options.minFreeBytes()
                + " must stay free); free space or shorten the retention, writing then goes on by itself");
    }

    /** @param mayReserve whether there is time to write the reserve; not while the broker starts */
    private void checkSpace(boolean mayReserve) {
        work.run(Lane.UPKEEP, () -> {
                    long free = disk.usableBytes();
                    long reserve = options.reserveBytes();
                    var path = options.root() + "/" + RESERVE;
                    if (mayReserve
                            && reserve > 0
                            && free >= options.minFreeBytes() + 2 * reserve
                            && !disk.exists(path)) {
                        disk.reserve(path, reserve);
                        free -= reserve;
                    }
                    return free;
                })
                .onComplete(checked -> {
                    if (closed || failure != null) return;
                    if (checked.failed() && !isFull(checked.cause())) {
                        failed(checked.cause());
                        return;
                    }
                    freeBytes = checked.succeeded() ? checked.result() : 0;
                    boolean now = freeBytes < options.minFreeBytes() || (full && freeBytes < needed());
                    if (now != full) {
                        if (now) becameFull();
                        else LOG_LINES.info("there is space again: {} bytes; appends go on", freeBytes);
                        full = now;
                    }
                    checkSpaceLater(full ? SPACE_CHECK_WHEN_FULL_MILLIS : SPACE_CHECK_MILLIS);
                });
    }

    /** What must be free before appends go on after a write failed for lack of space. */
    private long needed() {
        return options.minFreeBytes() + 1 + options.reserveBytes() + (1 << 20);
    }

    private void checkSpaceLater(long millis) {
        if (!full && options.minFreeBytes() == 0 && options.reserveBytes() == 0) return; // nobody asks
        if (spaceTimer != null) spaceTimer.cancel();
        spaceTimer = timers.after(millis, () -> checkSpace(true));
    }

    private MillraceException notRunning() {
        return failure != null
                ? new MillraceException(Refusal.STORAGE_FAILED, "the disk failed: " + failure.getMessage(), failure)
                : Refusal.CLOSED.because("the storage is closed");
    }

    private String directory(PartitionId partition) {
        return options.root() + "/" + partition;
    }

    static boolean isFull(Throwable failure) {
        return failure instanceof DiskException disk && disk.reason() == DiskException.Reason.FULL;
    }
}
