package io.millrace.log;

import io.millrace.model.PartitionId;
import io.vertx.core.Future;
import java.util.Set;

/** A place where the logs of many partitions are kept. Called on one home thread. */
public interface LogStorage {
    /**
     * Opens the log of a partition, creates it if it is new, and recovers it if it was not closed. {@code derived} has
     * seen the whole log when the future completes.
     */
    Future<PartitionLog> open(PartitionId partition, LogOptions options, DerivedState derived);

    /** Changes how an open log is kept; what the new values close or delete goes at the next {@link #upkeep}. */
    void configure(PartitionId partition, LogOptions options);

    /** Forgets a partition for good. It must not be open. */
    Future<Void> delete(PartitionId partition);

    /** The partitions that have a log here. */
    Future<Set<PartitionId>> list();

    /** Closes old segments, deletes what retention no longer keeps, in all open logs. */
    Future<Void> upkeep();

    /** What there is to say about one open log. */
    LogStats stats(PartitionId partition);

    /** Closes all logs. */
    Future<Void> close();
}
