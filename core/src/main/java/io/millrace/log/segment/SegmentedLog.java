package io.millrace.log.segment;

import io.millrace.log.DerivedState;
import io.millrace.log.FlushLevel;
import io.millrace.log.LogClock;
import io.millrace.log.LogOptions;
import io.millrace.log.LogStats;
import io.millrace.log.PartitionLog;
import io.millrace.log.disk.Disk;
import io.millrace.log.disk.DiskException;
import io.millrace.log.disk.DiskFile;
import io.millrace.log.disk.DiskWork.Lane;
import io.millrace.model.MillraceException;
import io.millrace.model.PartitionId;
import io.millrace.model.Refusal;
import io.millrace.record.RecordBatch;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A log in segment files.
 *
 * <p>An append writes to the page cache on the home thread and is acknowledged by the group commit. While a segment is
 * being rolled, appends wait in memory: their offsets are planned, not yet written.
 */
final class SegmentedLog implements PartitionLog {
    /** A batch that has its offsets but waits for a segment to be written to. */
    private record Waiting(ByteBuffer batch, Promise<Void> done) {}

    /** A batch that is written but not yet as durable as was promised. */
    private record Unsynced(long end, Promise<Void> done) {}

    /** What may wait in memory while a segment is rolled; more is refused. */
    private static final int MAX_WAITING_BYTES = 64 << 20;

    private static final int MAX_OPEN_SEALED_SEGMENTS = 8;
    private static final long ROLL_RETRY_MILLIS = 200;
    /** Bytes at the tail that are surely in the page cache, so that reading them does not block. */
    private static final long HOT_BYTES = 16 << 20;

    private final SegmentStorage storage;
    private final PartitionId partition;
    private final String directory;
    private final DerivedState derived;

    private LogOptions options;
    private List<Segment> segments;
    private LogState state;
    private DurableMark mark;
    private final LogClock age = new LogClock();
    private long sealedBelow;
    /** The start that the state file tells. */
    private long durableStart;

    private boolean damaged;
    private long tornBytes;
    private long segmentBornMillis;

    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private final ArrayDeque<Unsynced> unsynced = new ArrayDeque<>();
    private final ArrayDeque<Segment> openSealed = new ArrayDeque<>();
    /** Segments below the start whose files are still there. */
    private final List<Segment> forgotten = new ArrayList<>();
    /** Seals the last segment for which there was no space; null if there is none. */
    private @Nullable Runnable unsealed;

    private int waitingBytes;
    /** A roll, a truncation or the lack of space keeps appends waiting. */
    private boolean busy;

    private boolean truncating;
    private boolean awaitingSpace;
    /** The trip to the disk that was asked for last; null when it is over, or the files are no longer the same. */
    private GroupCommit.@Nullable Sync wish;

    private boolean syncLater;
    private long unsyncedBytes;
    private @Nullable MillraceException stopped;
    private @Nullable Promise<Void> closing;

    SegmentedLog(
            SegmentStorage storage,
            PartitionId partition,
            String directory,
            LogOptions options,
            DerivedState derived,
            Recovery.Recovered recovered) {
        this.storage = storage;
        this.partition = partition;
        this.directory = directory;
        this.options = options;
        this.derived = derived;
        this.segments = recovered.segments();
        this.mark = recovered.mark();
        this.state = new LogState(recovered.start(), recovered.active().end());
        age.saw(recovered.maxTimestamp(), storage.clock().millis());
        this.sealedBelow = recovered.sealedBelow();
        this.durableStart = recovered.start();
        this.damaged = recovered.damaged();
        this.tornBytes = recovered.tornBytes();
        this.segmentBornMillis = storage.clock().millis();
    }

    @Override
    public long start() {
        return state.start();
    }

    @Override
    public long end() {
        return state.next();
    }

    @Override
    public long durableEnd() {
        return options.flush() == FlushLevel.COMMIT ? state.flushed() : state.written();
    }

    @Override
    public Future<Void> append(ByteBuffer bytes) {
        if (isOver()) return Future.failedFuture(refusal());
        if (storage.isFull()) return Future.failedFuture(storage.fullRefusal());
        if (damaged && !options.allowDamaged()) return Future.failedFuture(damagedRefusal());
        var batch = RecordBatch.of(bytes);
        int size = bytes.remaining();
        if (busy) {
            if (waitingBytes + size > MAX_WAITING_BYTES) return Future.failedFuture(storage.fullRefusal());
            return await(batch, bytes);
        }
        if (!active().hasRoom(size, batch.lastOffset(), options.segmentBytes())) {
            var done = await(batch, bytes);
            roll(batch.baseOffset());
            return done;
        }
        try {
            active().active().file().append(bytes);
        } catch (DiskException failure) {
            if (failure.reason() == DiskException.Reason.FULL) {
                storage.becameFull();
                return Future.failedFuture(storage.fullRefusal());
            }
            storage.failed(failure);
            return Future.failedFuture(stoppedBy(failure));
        }
        state.planned(batch.baseOffset(), batch.nextOffset());
        return written(batch, size, null);
    }

    private Future<Void> await(RecordBatch batch, ByteBuffer bytes) {
        state.planned(batch.baseOffset(), batch.nextOffset());
        var done = Promise.<Void>promise();
        waiting.add(new Waiting(bytes, done));
        waitingBytes += bytes.remaining();
        return done.future();
    }

    /** The operating system has the batch: account for it, and see to its sync. */
    private Future<Void> written(RecordBatch batch, int size, @Nullable Promise<Void> waiter) {
        active().appended(batch, options.indexIntervalBytes());
        age.saw(batch.maxTimestamp(), storage.clock().millis());
        state.written(batch.nextOffset());
        unsyncedBytes += size;
        if (options.flush() == FlushLevel.COMMIT) {
            var done = waiter == null ? Promise.<Void>promise() : waiter;
            unsynced.add(new Unsynced(batch.nextOffset(), done));
            wantSync();
            return done.future();
        }
        if (options.flush() == FlushLevel.INTERVAL) wantSyncLater();
        if (waiter == null) return Future.succeededFuture();
        waiter.complete();
        return waiter.future();
    }

    private void wantSync() {
        if (isClosedToSyncs()) return;
        unsyncedBytes = 0;
        if (wish != null && wish.takesAlong(state.written())) return;
        wish = new GroupCommit.Sync(this, active().active(), mark, state.written());
        storage.groupCommit().start(wish);
    }

    /** A roll syncs by itself, and a truncation changes the files; but lack of space must not keep answers waiting. */
    private boolean isClosedToSyncs() {
        return busy && !awaitingSpace;
    }

    private void wantSyncLater() {
        if (unsyncedBytes >= options.flushBytes()) {
            wantSync();
        } else if (!syncLater) {
            syncLater = true;
            storage.timers().after(options.flushMillis(), () -> {
                syncLater = false;
                if (stopped == null && state.flushed() < state.written()) wantSync();
            });
        }
    }

    /** Makes the bytes of a segment durable. Blocks. */
    void force(DiskFile file) {
        storage.force(file);
    }

    void synced(GroupCommit.Sync sync, long end) {
        if (stopped != null) return;
        boolean last = wish == sync;
        if (last) wish = null;
        settle(end);
        if (last) syncWhatIsLeft();
    }

    private void settle(long end) {
        state.flushed(Math.min(end, state.written()));
        while (!unsynced.isEmpty() && unsynced.peek().end() <= state.flushed()) {
            unsynced.poll().done().complete();
        }
    }

    /** Closes the active segment, which ends at {@code base}, and begins the next one there. */
    private void roll(long base) {
        busy = true;
        wish = null;
        var snapshot = derived.snapshot();
        var old = active();
        long end = state.written();
        storage.work()
                .run(Lane.SYNC, () -> {
                    force(old.active().file());
                    mark.write(end);
                    return null;
                })
                .onComplete(forced -> {
                    if (forced.failed()) {
                        storage.failed(forced.cause());
                        return;
                    }
                    settle(end);
                    if (closing == null || !waiting.isEmpty()) {
                        beginSegment(base, old, snapshot);
                    } else {
                        // Closed meanwhile, and nobody needs another segment.
                        busy = false;
                        closeIfIdle();
                    }
                });
    }

    private void beginSegment(long base, Segment old, ByteBuffer snapshot) {
        if (isGivenUp()) return;
        awaitingSpace = false;
        var path = directory + "/" + SegmentFiles.name(base, SegmentFiles.LOG);
        storage.work().run(Lane.SYNC, () -> createSegment(path)).onComplete(created -> {
            if (created.succeeded()) {
                segments.add(Segment.empty(directory, base, created.result()));
                segmentBornMillis = storage.clock().millis();
                openSealed.add(old);
                busy = false;
                writeWaiting();
                seal(old, base, snapshot);
            } else if (isFull(created.cause())) {
                storage.becameFull();
                awaitingSpace = true;
                storage.timers().after(ROLL_RETRY_MILLIS, () -> beginSegment(base, old, snapshot));
                if (closing != null) {
                    giveWaitingUp();
                    closeIfIdle();
                }
            } else {
                storage.failed(created.cause());
            }
        });
    }

    private DiskFile createSegment(String path) {
        var disk = storage.disk();
        disk.delete(path);
        var file = disk.open(path, Disk.Mode.CREATE_NEW);
        try {
            file.force();
            disk.syncDirectory(directory);
        } catch (RuntimeException failed) {
            file.close();
            throw failed;
        }
        return file;
    }

    private void writeWaiting() {
        while (!waiting.isEmpty() && stopped == null && !busy) {
            var next = waiting.peek();
            var batch = RecordBatch.of(next.batch());
            int size = next.batch().remaining();
            try {
                active().active().file().append(next.batch().duplicate());
            } catch (DiskException failure) {
                if (failure.reason() != DiskException.Reason.FULL) {
                    storage.failed(failure);
                    return;
                }
                storage.becameFull();
                if (closing != null) {
                    giveWaitingUp();
                    break;
                }
                busy = true;
                awaitingSpace = true;
                storage.timers().after(ROLL_RETRY_MILLIS, () -> {
                    if (isGivenUp()) return;
                    awaitingSpace = false;
                    busy = false;
                    writeWaiting();
                });
                return;
            }
            waiting.poll();
            waitingBytes -= size;
            written(batch, size, next.done());
        }
        syncWhatIsLeft();
        closeIfIdle();
    }

    /** Whether the log is closed although there was no space for a batch. */
    private boolean isGivenUp() {
        return stopped != null || (closing != null && waiting.isEmpty());
    }

    /** Writes what can be derived from a segment that grows no more, and then moves the recovery point over it. */
    private void seal(Segment old, long base, ByteBuffer snapshot) {
        if (base <= sealedBelow || old.contents() == null) return;
        var sidecars = old.sidecars();
        var identity = new LogIdentity(partition, state.start(), base);
        old.retain();
        storage.work()
                .run(Lane.UPKEEP, () -> {
                    var disk = storage.disk();
                    old.writeSidecars(disk, sidecars);
                    writeSnapshot(base, snapshot);
                    disk.syncDirectory(directory);
                    storage.writeIdentity(directory, identity);
                    deleteOldSnapshots(base);
                    return null;
                })
                .onComplete(done -> {
                    old.release();
                    if (done.succeeded()) sealedBelow = Math.max(sealedBelow, base);
                    else if (isFull(done.cause())) unsealed = () -> seal(old, base, snapshot);
                    else storage.failed(done.cause());
                    closeSomeSegments();
                });
    }

    private void writeSnapshot(long at, ByteBuffer snapshot) {
        new Sidecar(0, at, RecordBatch.NO_TIMESTAMP, snapshot)
                .write(storage.disk(), directory + "/" + SegmentFiles.name(at, SegmentFiles.SNAPSHOT));
    }

    /** Two snapshots are enough: if the youngest is damaged, the one before it and a longer replay do. */
    private void deleteOldSnapshots(long youngest) {
        var older = new ArrayList<String>();
        for (var entry : storage.disk().list(directory)) {
            var name = entry.name();
            if (name.endsWith(SegmentFiles.SNAPSHOT) && SegmentFiles.base(name) < youngest) older.add(name);
        }
        for (int i = 0; i < older.size() - 1; i++) storage.disk().delete(directory + "/" + older.get(i));
    }

    @Override
    public Future<ByteBuffer> read(long from, long upTo, int maxBytes) {
        if (isOver()) return Future.failedFuture(refusal());
        long end = Math.min(upTo, state.written());
        if (from < state.start() || from > state.next()) return Future.failedFuture(outOfRange(from));
        if (from >= end) return Future.succeededFuture(ByteBuffer.allocate(0));
        int at = floor(from);
        if (from >= segments.get(at).end() && at + 1 < segments.size()) {
            return Future.failedFuture(Refusal.CORRUPT_MESSAGE.because("offset " + from + " of " + partition
                    + " is missing on disk; the next one there is "
                    + segments.get(at + 1).base()));
        }
        var segment = segments.get(at);
        var contents = segment.contents();
        int position = contents == null ? -1 : contents.offsets().floor(from);
        var plan =
                new ReadPlan(storage.disk(), segment, contents, segment.size(), position, from, end, maxBytes, options);
        boolean hot = segment == active() && position >= segment.size() - HOT_BYTES;
        if (hot) {
            try {
                return Future.succeededFuture(plan.batches());
            } catch (RuntimeException failure) {
                return Future.failedFuture(readFailure(failure));
            }
        }
        return perform(segment, plan::perform).map(ReadPlan.Result::batches);
    }

    @Override
    public Future<Long> batchAt(long timestamp) {
        if (isOver()) return Future.failedFuture(refusal());
        for (var segment : segments) {
            if (segment.isEmpty() || segment.end() <= state.start() || segment.maxTimestamp() < timestamp) continue;
            var contents = segment.contents();
            var plan = new ReadPlan(
                    storage.disk(), segment, contents, segment.size(), -1, state.start(), state.written(), 1, options);
            return perform(segment, () -> plan.find(timestamp))
                    .map(found -> found.offset() < 0 ? end() : found.offset());
        }
        return Future.succeededFuture(end());
    }

    /** Runs a read away from the loop and settles what it loaded. */
    private <T extends ReadPlan.Loaded> Future<T> perform(Segment segment, Supplier<T> read) {
        segment.retain();
        var done = Promise.<T>promise();
        storage.work().run(Lane.READ, read).onComplete(result -> {
            if (result.succeeded()) {
                if (segment.contents() == null) openSealed.add(segment);
                segment.adopt(result.result().contents());
            }
            segment.release();
            closeSomeSegments();
            if (result.succeeded()) done.complete(result.result());
            else done.fail(readFailure(result.cause()));
        });
        return done.future();
    }

    private void closeSomeSegments() {
        for (int tries = openSealed.size(); openSealed.size() > MAX_OPEN_SEALED_SEGMENTS && tries > 0; tries--) {
            var oldest = openSealed.poll();
            if (oldest != active() && !oldest.unload()) openSealed.add(oldest);
        }
    }

    private Throwable readFailure(Throwable failure) {
        if (failure instanceof MillraceException) return failure;
        return new MillraceException(
                Refusal.STORAGE_FAILED, "reading " + partition + " failed: " + failure.getMessage(), failure);
    }

    @Override
    public Future<Void> deleteBefore(long offset) {
        if (isOver()) return Future.failedFuture(refusal());
        if (offset > durableEnd()) return Future.failedFuture(outOfRange(offset));
        if (truncating) return Future.failedFuture(Refusal.NOT_LEADER.because(partition + " is truncated; try again"));
        state.startsAt(Math.min(offset, state.flushed()));
        while (mayForgetFirst()) {
            var segment = segments.remove(0);
            openSealed.remove(segment);
            segment.abandon();
            forgotten.add(segment);
        }
        if (state.start() == durableStart && forgotten.isEmpty()) return Future.succeededFuture();
        var gone = List.copyOf(forgotten);
        var identity = new LogIdentity(partition, state.start(), sealedBelow);
        return storage.upkeepWork(() -> {
                    forget(identity, gone);
                    return null;
                })
                .onSuccess(done -> {
                    durableStart = Math.max(durableStart, identity.start());
                    forgotten.removeAll(gone);
                });
    }

    /**
     * What a segment says must be in a snapshot before it goes; so it has to be sealed. Its own end does not count: it lies
     * too low where the last batches are rotten, and these are kept.
     */
    private boolean mayForgetFirst() {
        return segments.size() > 1 && segments.get(1).base() <= Math.min(state.start(), sealedBelow);
    }

    /** Makes a higher start durable, and takes away what lies below. Can be repeated. Blocks. */
    private void forget(LogIdentity identity, List<Segment> gone) {
        try {
            storage.writeIdentity(directory, identity);
        } catch (DiskException failure) {
            if (!isFull(failure)) throw failure;
            // Sealed segments may go without: a log starts no lower than its first segment, and this gives room.
            for (var segment : gone) deleteFiles(segment);
            storage.writeIdentity(directory, identity);
            return;
        }
        for (var segment : gone) deleteFiles(segment);
    }

    /** Takes the files of a segment away; a start finishes what was begun. Blocks. */
    private void deleteFiles(Segment segment) {
        var disk = storage.disk();
        var log = segment.path(SegmentFiles.LOG);
        if (disk.exists(log)) {
            disk.rename(log, log + SegmentFiles.DELETED);
            disk.syncDirectory(directory);
        }
        disk.delete(segment.path(SegmentFiles.INDEX));
        disk.delete(segment.path(SegmentFiles.TIME_INDEX));
        disk.delete(segment.path(SegmentFiles.SNAPSHOT));
        disk.delete(log + SegmentFiles.DELETED);
    }

    @Override
    public Future<Void> truncateTo(long offset) {
        if (isOver()) return Future.failedFuture(refusal());
        if (offset < state.start() || offset > state.next()) return Future.failedFuture(outOfRange(offset));
        if (busy) return Future.failedFuture(Refusal.NOT_LEADER.because(partition + " is busy; try again"));
        if (offset == state.next()) return Future.succeededFuture();
        busy = true;
        truncating = true;
        wish = null;
        var before = segments;
        var identity = new LogIdentity(
                partition,
                state.start(),
                Math.min(sealedBelow, segments.get(floor(offset)).base()));
        var done = Promise.<Void>promise();
        storage.work()
                .run(Lane.SYNC, () -> null)
                .compose(syncsAreOver -> storage.work().run(Lane.UPKEEP, () -> {
                    new Truncation(storage.disk(), directory, before, mark).run(offset, identity);
                    return storage.recover(partition, directory, options, derived, false);
                }))
                .onComplete(truncated -> {
                    truncating = false;
                    if (truncated.succeeded()) {
                        for (var segment : before) segment.abandon();
                        mark.close();
                        reopen(truncated.result());
                        done.complete();
                        return;
                    }
                    busy = false;
                    if (truncated.cause() instanceof MillraceException) writeWaiting();
                    else storage.failed(truncated.cause());
                    done.fail(readFailure(truncated.cause()));
                });
        return done.future();
    }

    private void reopen(Recovery.Recovered recovered) {
        segments = recovered.segments();
        openSealed.clear();
        mark = recovered.mark();
        state = new LogState(recovered.start(), recovered.active().end());
        sealedBelow = recovered.sealedBelow();
        damaged = recovered.damaged();
        var cut = new ArrayList<>(unsynced);
        unsynced.clear();
        for (var waiter : cut) {
            if (waiter.end() <= state.flushed()) waiter.done().complete();
            else waiter.done().fail(Refusal.NOT_LEADER.because("the log was truncated to " + state.next()));
        }
        busy = false;
        writeWaiting();
    }

    /** Closes an active segment that has grown old, and deletes what retention no longer keeps. */
    void upkeep() {
        if (isOver() || busy) return;
        var again = unsealed;
        unsealed = null;
        if (again != null) again.run();
        long now = storage.clock().millis();
        if (!active().isEmpty() && now - segmentBornMillis >= options.segmentMillis()) roll(state.next());
        long keepFrom = state.start();
        long bytes = bytes();
        long time = age.now(storage.clock().wallMillis(), now);
        for (int i = 0; i < segments.size() - 1; i++) {
            var segment = segments.get(i);
            boolean expired = options.retentionMillis() >= 0
                    && segment.maxTimestamp() >= 0
                    && segment.maxTimestamp() < time - options.retentionMillis();
            boolean tooMuch = options.retentionBytes() >= 0 && bytes - segment.size() >= options.retentionBytes();
            if (!expired && !tooMuch) break;
            keepFrom = segment.end();
            bytes -= segment.size();
        }
        if (keepFrom > state.start() || !forgotten.isEmpty() || mayForgetFirst())
            deleteBefore(keepFrom).onFailure(storage::failedUnlessFull);
    }

    void configure(LogOptions changed) {
        options = changed;
        syncWhatIsLeft();
    }

    /** Sees to what was written while nothing could be synced, or while nothing had to be. */
    private void syncWhatIsLeft() {
        if (stopped != null || state.flushed() == state.written()) return;
        if (options.flush() == FlushLevel.COMMIT) wantSync();
        else if (options.flush() == FlushLevel.INTERVAL) wantSyncLater();
    }

    LogStats stats() {
        return new LogStats(bytes(), segments.size(), damaged, tornBytes);
    }

    private long bytes() {
        long bytes = 0;
        for (var segment : segments) bytes += segment.size();
        return bytes;
    }

    @Override
    public Future<Void> close() {
        if (closing != null) return closing.future();
        closing = Promise.promise();
        if (stopped != null) {
            letGo();
            closing.complete();
        } else {
            if (awaitingSpace) giveWaitingUp();
            closeIfIdle();
        }
        return closing.future();
    }

    /** There is no space, and nobody will wait for it any longer: what has no bytes in the file yet is refused. */
    private void giveWaitingUp() {
        busy = false;
        var refused = new ArrayList<>(waiting);
        waiting.clear();
        for (var waiter : refused) waiter.done().fail(storage.fullRefusal());
    }

    private void closeIfIdle() {
        if (closing == null || busy || stopped != null || !waiting.isEmpty()) return;
        busy = true;
        var active = active();
        long end = state.written();
        // What was refused for lack of space is remembered as if it were there: no snapshot of that.
        var snapshot = state.next() == end ? derived.snapshot() : null;
        var sidecars = active.sidecars();
        var done = closing;
        storage.work()
                .run(Lane.SYNC, () -> {
                    force(active.active().file());
                    mark.write(end);
                    mark.force();
                    return null;
                })
                .compose(synced -> {
                    settle(end);
                    var identity = new LogIdentity(partition, state.start(), sealedBelow);
                    return storage.work().run(Lane.UPKEEP, () -> {
                        active.writeSidecars(storage.disk(), sidecars);
                        if (snapshot != null) writeSnapshot(end, snapshot);
                        storage.writeIdentity(directory, identity);
                        return (Void) null;
                    });
                })
                .onComplete(closed -> {
                    if (closed.failed()) storage.failedUnlessFull(closed.cause());
                    letGo();
                    if (closed.succeeded() || isFull(closed.cause())) done.tryComplete();
                    else done.tryFail(closed.cause());
                });
    }

    /** The device failed: whoever waits learns that the outcome is unknown, and nothing is written any more (R5). */
    void stop(Throwable cause) {
        if (stopped != null) return;
        stopped = stoppedBy(cause);
        for (var waiter : unsynced) waiter.done().fail(stopped);
        for (var waiter : waiting) waiter.done().fail(stopped);
        unsynced.clear();
        waiting.clear();
        if (closing != null) closing.tryFail(stopped);
    }

    /** Closes the files. */
    private void letGo() {
        for (var segment : segments) segment.abandon();
        mark.close();
        storage.closed(partition);
    }

    private Segment active() {
        return segments.get(segments.size() - 1);
    }

    /** The index of the last segment that begins at or before {@code offset}. */
    private int floor(long offset) {
        int low = 0;
        int high = segments.size() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (segments.get(middle).base() <= offset) low = middle;
            else high = middle - 1;
        }
        return low;
    }

    private static boolean isFull(Throwable failure) {
        return failure instanceof DiskException disk && disk.reason() == DiskException.Reason.FULL;
    }

    private MillraceException stoppedBy(Throwable cause) {
        return new MillraceException(
                Refusal.STORAGE_FAILED,
                "the disk under " + partition + " failed: " + cause.getMessage() + "; restart on a healthy disk",
                cause);
    }

    private boolean isOver() {
        return stopped != null || closing != null;
    }

    private MillraceException refusal() {
        return stopped != null ? stopped : Refusal.CLOSED.because("the log of " + partition + " is closed");
    }

    private MillraceException damagedRefusal() {
        return Refusal.DAMAGED.because(
                "partition " + partition + " holds a damaged batch and takes no records; copy what"
                        + " is good to a new topic, or allow writes to damaged logs");
    }

    private MillraceException outOfRange(long offset) {
        return Refusal.OFFSET_OUT_OF_RANGE.because(
                "offset " + offset + " of " + partition + " is not between " + state.start() + " and " + state.next());
    }
}
