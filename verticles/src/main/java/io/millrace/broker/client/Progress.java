package io.millrace.broker.client;

import io.millrace.time.Timers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Collection;
import java.util.Map;

/** How far a consumer has come with the records of its partitions. For one thread; ring 1. */
interface Progress {
    /** The records from where the cursor is will come. */
    void assign(PartitionCursor cursor);

    /** The records of a partition come from another offset on. */
    void jumped(int partition, long offset);

    /** Begins nothing more of these partitions; completes when nothing of them is being worked on. */
    Future<Void> drain(Collection<Integer> partitions);

    /** The same, but waits no longer than {@code mostMillis}. */
    default Future<Void> drainInTime(Collection<Integer> partitions, Timers timers, long mostMillis) {
        var work = drain(partitions);
        if (work.isComplete()) return work;
        var done = Promise.<Void>promise();
        var limit = timers.after(mostMillis, done::tryComplete);
        work.onComplete(ended -> {
            limit.cancel();
            done.tryComplete();
        });
        return done.future();
    }

    /** Lets go of a partition, whatever is being worked on. */
    void forget(int partition);

    /** The positions that have changed since they were committed. */
    Map<Integer, Long> uncommitted();

    void committed(int partition, long position);
}
