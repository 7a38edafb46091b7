package io.millrace.log.segment;

import io.millrace.log.disk.DiskWork;
import io.millrace.log.disk.DiskWork.Lane;
import io.millrace.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * One trip to the disk at a time; whatever becomes dirty during a trip shares the next one. There is no timer: the
 * running sync is the batching window.
 */
final class GroupCommit {
    /** One file to be synced, and how far that brings its log. Performed away from the home thread. */
    record Sync(SegmentedLog log, Segment.Contents contents, DurableMark mark, long end) {
        void perform() {
            log.force(contents.file());
            mark.write(end);
        }
    }

    private final DiskWork work;
    private final Clock clock;
    private final Consumer<Throwable> onFailure;
    private List<SegmentedLog> dirty = new ArrayList<>();
    private boolean underway;
    private volatile SyncStats stats = new SyncStats(0, 0, 0);

    GroupCommit(DiskWork work, Clock clock, Consumer<Throwable> onFailure) {
        this.work = work;
        this.clock = clock;
        this.onFailure = onFailure;
    }

    /** The log wants to be synced. Called once until {@link SegmentedLog#planSync} takes the wish back. */
    void dirty(SegmentedLog log) {
        dirty.add(log);
        if (!underway) startTrip();
    }

    SyncStats stats() {
        return stats;
    }

    private void startTrip() {
        var logs = dirty;
        dirty = new ArrayList<>();
        underway = true;
        var trip = new ArrayList<Sync>(logs.size());
        for (var log : logs) {
            var sync = log.planSync();
            if (sync != null) trip.add(sync);
        }
        work.run(Lane.SYNC, () -> {
                    long began = clock.nanos();
                    for (var sync : trip) sync.perform();
                    return clock.nanos() - began;
                })
                .onComplete(performed -> {
                    underway = false;
                    if (performed.failed()) {
                        onFailure.accept(performed.cause());
                        return;
                    }
                    stats = stats.plus(trip.size(), performed.result());
                    if (!dirty.isEmpty()) startTrip();
                    for (var sync : trip) sync.log().synced(sync);
                });
    }
}
