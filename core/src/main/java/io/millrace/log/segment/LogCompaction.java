package io.millrace.log.segment;

import io.millrace.log.Compaction;
import io.millrace.log.CompactionStats;
import io.millrace.log.DerivedState;
import io.millrace.log.LogOptions;
import io.millrace.log.compact.Extent;
import io.millrace.log.disk.DiskException;
import io.millrace.log.disk.DiskWork.Lane;
import io.millrace.time.Timers;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * When one log is compacted, and what its home thread does about it: slices of a {@link CompactionPass} go to the lane of
 * upkeep one after the other, with pauses, and each finished copy is swapped in.
 *
 * <p>Readers go on meanwhile. One that has an old segment keeps its file; so before a swap all old segments are opened,
 * and whoever is just opening one by its name is waited for. During a swap nothing else changes which segments there are.
 */
final class LogCompaction {
    private static final Logger LOG_LINES = LoggerFactory.getLogger(LogCompaction.class);
    private static final long LOADING_RETRY_MILLIS = 5;

    private final SegmentedLog log;
    private final SegmentStorage storage;
    private final String directory;
    private final LogSegments segments;
    private final DerivedState derived;

    /** What may be compacted as far as the partition is concerned. */
    private long decidedBelow;

    private long cleanedBelow;
    private CompactionStats stats = CompactionStats.NONE;

    private boolean underWay;
    /** The pass that waits for its pause to end; null if it works, or there is none. */
    private @Nullable CompactionPass pausing;

    private Runnable ended = () -> {};
    private boolean cancelled;
    private boolean swapping;
    private long beganMillis;
    private long removedBytes;
    private Timers.@Nullable Timer pause;

    LogCompaction(
            SegmentedLog log,
            SegmentStorage storage,
            String directory,
            LogSegments segments,
            DerivedState derived,
            long cleanedBelow) {
        this.log = log;
        this.storage = storage;
        this.directory = directory;
        this.segments = segments;
        this.derived = derived;
        this.cleanedBelow = cleanedBelow;
    }

    void decidedBelow(long offset) {
        decidedBelow = Math.max(decidedBelow, offset);
    }

    /** The log was recovered again, after a truncation. */
    void recovered(long cleaned, long end) {
        cleanedBelow = cleaned;
        decidedBelow = Math.min(decidedBelow, end);
    }

    CompactionStats stats(LogOptions options, long now) {
        var how = options.compaction();
        return how == null ? stats : stats.withDirty(extent(how, now).dirtyBytes());
    }

    boolean isUnderWay() {
        return underWay;
    }

    /** Whether files are being exchanged, so that no segment may be taken out of the log. */
    boolean isSwapping() {
        return swapping;
    }

    /** How much the log needs it: the dirty part of what may be compacted; -1 if it need not be. */
    double need(LogOptions options, long now) {
        var how = options.compaction();
        if (how == null || underWay || stats.uncleanable()) return -1;
        return extent(how, now).need();
    }

    private Extent extent(Compaction how, long now) {
        var extent = new Extent(how, Math.min(decidedBelow, log.sealedBelow()), cleanedBelow, now);
        for (int i = 0; i < segments.count() - 1; i++) {
            var segment = segments.get(i);
            if (!extent.add(segment.end(), segment.size(), segment.firstTimestamp(), segment.maxTimestamp())) break;
        }
        return extent;
    }

    /** Begins a pass; {@code whenEnded} is called when it is over, however that went. */
    void start(LogOptions options, long now, Runnable whenEnded) {
        var how = options.compaction();
        if (how == null) throw new IllegalStateException("not a compacted log: " + directory);
        var found = segments.copy().subList(0, extent(how, now).pieces());
        long firstDirty = Math.max(cleanedBelow, found.get(0).base());
        ended = whenEnded;
        cancelled = false;
        removedBytes = 0;
        beganMillis = storage.clock().millis();
        underWay = true;
        var order = new CompactionPass.Order(
                directory,
                found,
                firstDirty,
                derived.anchors(),
                now,
                how,
                options.segmentBytes(),
                options.indexIntervalBytes());
        // Elsewhere already, because it takes all memory for the keys at once.
        storage.work()
                .run(Lane.UPKEEP, () -> new CompactionPass(storage, order))
                .onComplete(begun -> {
                    if (begun.failed() || isCancelled()) end();
                    else work(begun.result());
                });
    }

    private void work(CompactionPass now) {
        long began = storage.clock().millis();
        storage.work().run(Lane.UPKEEP, now::work).onComplete(worked -> {
            if (worked.failed()) {
                failed(now, worked.cause());
            } else if (isCancelled()) {
                abandon(now);
            } else {
                switch (worked.result()) {
                    case WORK -> pauseAfter(now, began);
                    case SWAP -> prepareSwap(now);
                    case NOTHING -> finish(now);
                }
            }
        });
    }

    private void pauseAfter(CompactionPass now, long began) {
        long took = storage.clock().millis() - began;
        long millis = storage.compactionLimits().pauseMillis(now.lastSliceBytes(), took);
        if (millis == 0) {
            work(now);
            return;
        }
        pausing = now;
        pause = storage.timers().after(millis, () -> {
            pausing = null;
            work(now);
        });
    }

    private boolean isCancelled() {
        return cancelled || log.isStopped();
    }

    /** Opens the old segments, so that from now on nobody opens them by their names. */
    private void prepareSwap(CompactionPass now) {
        var old = now.copy().old();
        storage.work().run(Lane.UPKEEP, now.copy()::loadOld).onComplete(loaded -> {
            if (loaded.failed()) {
                failed(now, loaded.cause());
                return;
            }
            for (int i = 0; i < old.size(); i++) {
                segments.loaded(old.get(i), loaded.result().get(i));
                old.get(i).retain();
            }
            swapWhenNobodyLoads(now);
        });
    }

    private void swapWhenNobodyLoads(CompactionPass now) {
        var old = now.copy().old();
        if (isCancelled()) {
            release(old);
            abandon(now);
        } else if (!segments.containsAll(old)) {
            // Retention was quicker.
            release(old);
            storage.work()
                    .run(Lane.UPKEEP, () -> {
                        now.leaveGroup();
                        return null;
                    })
                    .onComplete(left -> work(now));
        } else if (old.stream().anyMatch(Segment::isLoading)) {
            storage.timers().after(LOADING_RETRY_MILLIS, () -> swapWhenNobodyLoads(now));
        } else {
            swap(now, old);
        }
    }

    private void swap(CompactionPass now, List<Segment> old) {
        swapping = true;
        storage.work()
                .run(Lane.UPKEEP, () -> {
                    now.copy().swap();
                    return null;
                })
                .onComplete(swapped -> {
                    swapping = false;
                    release(old);
                    if (swapped.failed()) {
                        failed(now, swapped.cause());
                        return;
                    }
                    var copy = now.copy().copy();
                    removedBytes += old.stream().mapToLong(Segment::size).sum() - copy.size();
                    segments.replace(old, copy);
                    segments.closeSome();
                    now.swapped();
                    if (isCancelled()) abandon(now);
                    else work(now);
                });
    }

    private static void release(List<Segment> old) {
        for (var segment : old) segment.release();
    }

    private void finish(CompactionPass now) {
        storage.work()
                .run(Lane.UPKEEP, () -> {
                    CleanedMark.write(storage.disk(), directory, now.end());
                    return null;
                })
                .onComplete(written -> {
                    if (written.failed()) {
                        failed(now, written.cause());
                        return;
                    }
                    if (!isCancelled()) cleanedBelow = Math.max(cleanedBelow, now.end());
                    long took = storage.clock().millis() - beganMillis;
                    stats = stats.plus(
                            now.bytesRead(), removedBytes, took, storage.clock().wallMillis());
                    end();
                });
    }

    /** Ends the pass that is under way as soon as possible; what was swapped in stays. */
    void cancel() {
        cancelled = true;
        var now = pausing;
        if (now == null) return;
        if (pause != null) pause.cancel();
        pausing = null;
        abandon(now);
    }

    private void failed(CompactionPass now, Throwable cause) {
        if (cause instanceof DiskException disk && disk.reason() == DiskException.Reason.NOT_FOUND) {
            // Retention was quicker; the next pass knows.
        } else if (cause instanceof DiskException disk && disk.reason() != DiskException.Reason.FULL) {
            storage.failed(cause);
        } else if (!(cause instanceof DiskException)) {
            LOG_LINES.error("{} is compacted no more until it is opened again: {}", directory, cause.getMessage());
            stats = stats.givenUp();
        }
        abandon(now);
    }

    private void abandon(CompactionPass now) {
        storage.work()
                .run(Lane.UPKEEP, () -> {
                    now.abandon();
                    return null;
                })
                .onComplete(abandoned -> end());
    }

    private void end() {
        underWay = false;
        var then = ended;
        ended = () -> {};
        then.run();
        log.closeIfIdle();
    }
}
