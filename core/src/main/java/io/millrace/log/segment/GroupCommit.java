package io.millrace.log.segment;

import io.millrace.log.disk.DiskWork;
import io.millrace.log.disk.DiskWork.Lane;
import io.millrace.time.Clock;
import java.util.function.Consumer;

/**
 * Syncs what is dirty, one trip to the disk after the other; whatever is written while a log waits for its trip shares
 * it. There is no timer: the running trip is the batching window, and the next one starts without asking the home
 * thread first, so that the disk never waits for an event loop that is busy.
 */
final class GroupCommit {
    /** A trip for one log. It takes along what was added before it began. */
    static final class Sync {
        private final SegmentedLog log;
        private final Segment.Contents contents;
        private final DurableMark mark;
        private volatile long end;
        private volatile boolean begun;

        Sync(SegmentedLog log, Segment.Contents contents, DurableMark mark, long end) {
            this.log = log;
            this.contents = contents;
            this.mark = mark;
            this.end = end;
        }

        /**
         * Raises how far the trip brings the log. Called by the home thread after the bytes were written.
         *
         * @return false if the trip has begun, and may or may not have seen them
         */
        boolean takesAlong(long newEnd) {
            if (begun) return false;
            end = newEnd;
            return !begun;
        }

        long end() {
            return end;
        }

        DurableMark mark() {
            return mark;
        }

        /** Blocks. Returns up to where the log is durable now. */
        long perform() {
            begun = true;
            long reached = end;
            log.force(contents.file());
            mark.write(reached);
            return reached;
        }
    }

    /** What a trip did. */
    private record Performed(long end, long nanos) {}

    private final DiskWork work;
    private final Clock clock;
    private final Consumer<Throwable> onFailure;
    private volatile SyncStats stats = new SyncStats(0, 0, 0);

    GroupCommit(DiskWork work, Clock clock, Consumer<Throwable> onFailure) {
        this.work = work;
        this.clock = clock;
        this.onFailure = onFailure;
    }

    /** Begins as soon as the trips asked for before are done. */
    void start(Sync sync) {
        work.run(Lane.SYNC, () -> {
                    long began = clock.nanos();
                    return new Performed(sync.perform(), clock.nanos() - began);
                })
                .onComplete(performed -> {
                    if (performed.failed()) {
                        onFailure.accept(performed.cause());
                        return;
                    }
                    stats = stats.plus(1, performed.result().nanos());
                    sync.log.synced(sync, performed.result().end());
                });
    }

    SyncStats stats() {
        return stats;
    }
}
