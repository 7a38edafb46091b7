package io.millrace.log.segment;

import io.millrace.log.DerivedState;
import io.millrace.log.FlushLevel;
import io.millrace.log.LogClock;
import io.millrace.log.LogOptions;
import io.millrace.log.LogStats;
import io.millrace.log.PartitionLog;
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
import org.jspecify.annotations.Nullable;

/**
 * A log in segment files: appends, syncs, deletions and the end.
 *
 * <p>An append writes to the page cache on the home thread and is acknowledged by the group commit. While a segment is
 * being rolled, appends wait in the {@link Roll}. {@link LogReader} reads.
 */
final class SegmentedLog implements PartitionLog {
    /** A batch that is written but not yet as durable as was promised. */
    private record Unsynced(long end, Promise<Void> done) {}

    private final SegmentStorage storage;
    private final PartitionId partition;
    private final String directory;
    private final DerivedState derived;
    private final LogSegments segments;
    private final LogReader reader;
    private final Roll roll;

    private LogOptions options;
    private LogState state;
    private DurableMark mark;
    private final LogClock age = new LogClock();
    /** The start that the state file tells. */
    private long durableStart;

    private boolean damaged;
    private long tornBytes;

    private final ArrayDeque<Unsynced> unsynced = new ArrayDeque<>();
    /** Segments below the start whose files are still there. */
    private final List<Segment> forgotten = new ArrayList<>();

    private boolean truncating;
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
        this.segments = new LogSegments(recovered.segments());
        this.reader = new LogReader(storage, partition, segments);
        this.roll = new Roll(this, storage, directory, segments, derived, recovered.sealedBelow());
        this.mark = recovered.mark();
        this.state = new LogState(recovered.start(), recovered.active().end());
        age.saw(recovered.maxTimestamp(), storage.clock().millis());
        this.durableStart = recovered.start();
        this.damaged = recovered.damaged();
        this.tornBytes = recovered.tornBytes();
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
        if (roll.mustQueue()) return roll.await(batch, bytes);
        if (!segments.active().hasRoom(size, batch.lastOffset(), options.segmentBytes())) {
            var done = roll.await(batch, bytes);
            roll.begin(batch.baseOffset());
            return done;
        }
        try {
            segments.active().active().file().append(bytes);
        } catch (DiskException failure) {
            if (failure.reason() == DiskException.Reason.FULL) {
                storage.becameFull();
                return Future.failedFuture(storage.fullRefusal());
            }
            storage.failed(failure);
            return Future.failedFuture(stoppedBy(failure));
        }
        planned(batch);
        return written(batch, size, null);
    }

    /** A batch has its offsets, and waits or is written. */
    void planned(RecordBatch batch) {
        state.planned(batch.baseOffset(), batch.nextOffset());
    }

    /** The operating system has the batch: account for it, and see to its sync. */
    Future<Void> written(RecordBatch batch, int size, @Nullable Promise<Void> waiter) {
        segments.active().appended(batch, options.indexIntervalBytes());
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
        roll.answer(waiter);
        return waiter.future();
    }

    private void wantSync() {
        if (isClosedToSyncs()) return;
        unsyncedBytes = 0;
        if (wish != null && wish.takesAlong(state.written())) return;
        wish = new GroupCommit.Sync(this, segments.active().active(), mark, state.written());
        storage.groupCommit().start(wish);
    }

    /** A roll syncs by itself, and a truncation changes the files; but lack of space must not keep answers waiting. */
    private boolean isClosedToSyncs() {
        return roll.isHolding() && !roll.isAwaitingSpace();
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

    /** The last sync of the active segment: of everything that is written, and nothing is added to it. */
    GroupCommit.Sync lastSync() {
        wish = null;
        return new GroupCommit.Sync(this, segments.active().active(), mark, state.written());
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

    /** Everything below {@code end} is durable: answers those who waited for it. */
    void settle(long end) {
        state.flushed(Math.min(end, state.written()));
        while (!unsynced.isEmpty() && unsynced.peek().end() <= state.flushed()) {
            unsynced.poll().done().complete();
        }
    }

    @Override
    public Future<ByteBuffer> read(long from, long upTo, int maxBytes) {
        if (isOver()) return Future.failedFuture(refusal());
        if (from < state.start() || from > state.next()) return Future.failedFuture(outOfRange(from));
        long end = Math.min(upTo, state.written());
        if (from >= end) return Future.succeededFuture(ByteBuffer.allocate(0));
        return reader.read(from, end, maxBytes, options);
    }

    @Override
    public Future<Long> batchAt(long timestamp) {
        if (isOver()) return Future.failedFuture(refusal());
        return reader.batchAt(timestamp, state.start(), state.written(), options)
                .map(found -> found < 0 ? end() : found);
    }

    @Override
    public Future<Void> deleteBefore(long offset) {
        if (isOver()) return Future.failedFuture(refusal());
        if (offset > durableEnd()) return Future.failedFuture(outOfRange(offset));
        if (truncating) return Future.failedFuture(Refusal.NOT_LEADER.because(partition + " is truncated; try again"));
        state.startsAt(Math.min(offset, state.flushed()));
        while (mayForgetFirst()) forgotten.add(segments.removeFirst());
        if (state.start() == durableStart && forgotten.isEmpty()) return Future.succeededFuture();
        var gone = List.copyOf(forgotten);
        var identity = identity(roll.sealedBelow());
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
        return segments.count() > 1 && segments.get(1).base() <= Math.min(state.start(), roll.sealedBelow());
    }

    /** Makes a higher start durable, and takes away what lies below. Can be repeated. Blocks. */
    private void forget(LogIdentity identity, List<Segment> gone) {
        try {
            storage.writeIdentity(directory, identity);
        } catch (DiskException failure) {
            if (!SegmentStorage.isFull(failure)) throw failure;
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
        if (roll.isHolding()) return Future.failedFuture(Refusal.NOT_LEADER.because(partition + " is busy; try again"));
        if (offset == state.next()) return Future.succeededFuture();
        roll.hold();
        truncating = true;
        wish = null;
        var before = segments.copy();
        var identity = identity(Math.min(
                roll.sealedBelow(), segments.get(segments.floor(offset)).base()));
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
                        mark.close();
                        reopen(truncated.result());
                        done.complete();
                        return;
                    }
                    if (truncated.cause() instanceof MillraceException) roll.goOn();
                    else storage.failed(truncated.cause());
                    done.fail(reader.failure(truncated.cause()));
                });
        return done.future();
    }

    private void reopen(Recovery.Recovered recovered) {
        segments.replaceAll(recovered.segments());
        mark = recovered.mark();
        state = new LogState(recovered.start(), recovered.active().end());
        damaged = recovered.damaged();
        var cut = new ArrayList<>(unsynced);
        unsynced.clear();
        for (var waiter : cut) {
            if (waiter.end() <= state.flushed()) waiter.done().complete();
            else waiter.done().fail(Refusal.NOT_LEADER.because("the log was truncated to " + state.next()));
        }
        roll.recovered(recovered.sealedBelow());
    }

    /** Closes an active segment that has grown old, and deletes what retention no longer keeps. */
    void upkeep() {
        if (isOver() || roll.isHolding()) return;
        roll.sealAgain();
        if (!segments.active().isEmpty() && roll.ageMillis() >= options.segmentMillis()) roll.begin(state.next());
        long keepFrom = state.start();
        long bytes = segments.bytes();
        long time = now();
        for (int i = 0; i < segments.count() - 1; i++) {
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
    void syncWhatIsLeft() {
        if (stopped != null || state.flushed() == state.written()) return;
        if (options.flush() == FlushLevel.COMMIT) wantSync();
        else if (options.flush() == FlushLevel.INTERVAL) wantSyncLater();
    }

    LogStats stats() {
        return new LogStats(segments.bytes(), segments.count(), damaged, tornBytes);
    }

    /** The time by which records of this log grow old. */
    private long now() {
        return age.now(storage.clock().wallMillis(), storage.clock().millis());
    }

    /** What the state file has to say when everything below {@code sealed} is. */
    LogIdentity identity(long sealed) {
        return new LogIdentity(partition, state.start(), sealed);
    }

    @Override
    public Future<Void> close() {
        if (closing != null) return closing.future();
        closing = Promise.promise();
        if (stopped != null) {
            letGo();
            closing.complete();
        } else {
            if (roll.isAwaitingSpace()) roll.giveUp();
            closeIfIdle();
        }
        return closing.future();
    }

    boolean isClosing() {
        return closing != null;
    }

    boolean isStopped() {
        return stopped != null;
    }

    void closeIfIdle() {
        if (closing == null || stopped != null || !roll.isIdle()) return;
        roll.hold();
        var active = segments.active();
        var sync = lastSync();
        long end = sync.end();
        // What was refused for lack of space is remembered as if it were there: no snapshot of that.
        var snapshot = state.next() == end ? derived.snapshot() : null;
        var sidecars = active.sidecars();
        var done = closing;
        storage.work()
                .run(Lane.SYNC, () -> {
                    sync.perform();
                    sync.mark().force();
                    return null;
                })
                .compose(synced -> {
                    settle(end);
                    var identity = identity(roll.sealedBelow());
                    return storage.work().run(Lane.UPKEEP, () -> {
                        active.writeSidecars(storage.disk(), sidecars);
                        if (snapshot != null) roll.writeSnapshot(end, snapshot);
                        storage.writeIdentity(directory, identity);
                        return (Void) null;
                    });
                })
                .onComplete(closed -> {
                    if (closed.failed()) storage.failedUnlessFull(closed.cause());
                    letGo();
                    if (closed.succeeded() || SegmentStorage.isFull(closed.cause())) done.tryComplete();
                    else done.tryFail(closed.cause());
                });
    }

    /** The device failed: whoever waits learns that the outcome is unknown, and nothing is written any more (R5). */
    void stop(Throwable cause) {
        if (stopped != null) return;
        stopped = stoppedBy(cause);
        for (var waiter : unsynced) waiter.done().fail(stopped);
        unsynced.clear();
        roll.fail(stopped);
        if (closing != null) closing.tryFail(stopped);
    }

    /** Closes the files. */
    private void letGo() {
        segments.abandon();
        mark.close();
        storage.closed(partition);
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
