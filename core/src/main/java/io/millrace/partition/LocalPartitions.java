package io.millrace.partition;

import static io.millrace.model.Refusal.CLOSED;
import static io.millrace.model.Refusal.PARTITION_NOT_FOUND;

import io.millrace.log.LogStorage;
import io.millrace.model.PartitionId;
import io.millrace.time.Timers;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The open partitions of one home thread. Called on that thread only; a router that hops there makes of several of them
 * the {@link Partitions} that may be called from anywhere.
 */
public final class LocalPartitions implements Partitions {
    private final LogStorage storage;
    private final Timers timers;
    private final Map<PartitionId, Partition> open = new HashMap<>();
    /** What is being opened or closed; a second call waits for the first. */
    private final Map<PartitionId, Future<?>> underWay = new HashMap<>();

    private @Nullable Future<Void> closing;

    public LocalPartitions(LogStorage storage, Timers timers) {
        this.storage = storage;
        this.timers = timers;
    }

    /**
     * Opens a partition, or gives the one that is open already, and leads it in {@code leaderEpoch}, which is not below
     * the epoch it has. Refused with FENCED_LEADER_EPOCH otherwise.
     */
    public Future<Partition> open(PartitionId id, PartitionOptions options, int leaderEpoch) {
        if (closing != null) return refuseClosed();
        return inTurn(id, () -> {
            if (closing != null) return refuseClosed();
            var known = open.get(id);
            if (known != null) return known.leadAgain(leaderEpoch, options);
            return Partition.open(storage, id, options, leaderEpoch, timers).compose(partition -> {
                if (closing != null) return partition.close().transform(closed -> refuseClosed());
                open.put(id, partition);
                return Future.succeededFuture(partition);
            });
        });
    }

    /** Closes a partition if it is open. */
    public Future<Void> close(PartitionId id) {
        return inTurn(id, () -> {
            var partition = open.remove(id);
            return partition == null ? Future.succeededFuture() : partition.close();
        });
    }

    /** Closes a partition if it is open, and forgets its records for good. */
    public Future<Void> delete(PartitionId id) {
        return inTurn(id, () -> {
            var partition = open.remove(id);
            Future<Void> closed = partition == null ? Future.succeededFuture() : partition.close();
            // A log that does not close well is deleted all the same.
            return closed.transform(done -> storage.delete(id));
        });
    }

    public @Nullable Partition get(PartitionId id) {
        return open.get(id);
    }

    public Set<PartitionId> ids() {
        return Set.copyOf(open.keySet());
    }

    /** Lets go of what is too old, in all partitions and their logs; the shell calls it now and then. */
    public Future<Void> upkeep() {
        for (var partition : open.values()) partition.upkeep();
        return storage.upkeep();
    }

    /** Closes all partitions, then the storage. */
    public Future<Void> close() {
        if (closing == null) {
            var each = new ArrayList<Future<Void>>();
            for (var id : new ArrayList<>(open.keySet())) each.add(close(id));
            for (var work : underWay.values()) each.add(work.mapEmpty());
            closing = Future.join(each).transform(joined -> storage.close());
        }
        return closing;
    }

    @Override
    public Future<Appended> append(PartitionId id, ByteBuffer batch, Acks acks) {
        return at(id, partition -> partition.append(batch, acks));
    }

    @Override
    public Future<Appended> appendOnce(PartitionId id, ByteBuffer batch, Acks acks, String key, long fingerprint) {
        return at(id, partition -> partition.appendOnce(batch, acks, key, fingerprint));
    }

    @Override
    public Future<Fetched> read(PartitionId id, ReadRequest request) {
        return at(id, partition -> partition.read(request));
    }

    @Override
    public void cancel(PartitionId id, ReadRequest request) {
        var partition = open.get(id);
        if (partition != null) partition.cancel(request);
    }

    @Override
    public Future<Long> offsetAt(PartitionId id, long timestamp) {
        return at(id, partition -> partition.offsetAt(timestamp));
    }

    @Override
    public Future<Offsets> offsets(PartitionId id) {
        return at(id, partition -> Future.succeededFuture(partition.offsets()));
    }

    @Override
    public Future<Long> deleteBefore(PartitionId id, long offset) {
        return at(id, partition -> partition.deleteBefore(offset));
    }

    private <T> Future<T> at(PartitionId id, Function<Partition, Future<T>> work) {
        var partition = open.get(id);
        if (partition != null) return work.apply(partition);
        return Future.failedFuture(PARTITION_NOT_FOUND.because("partition " + id + " is not here"));
    }

    /** One at a time for each partition: opening, closing, deleting. */
    private <T> Future<T> inTurn(PartitionId id, Supplier<Future<T>> work) {
        var before = underWay.get(id);
        Future<T> turn = before == null ? work.get() : before.transform(done -> work.get());
        if (turn.isComplete()) return turn;
        underWay.put(id, turn);
        turn.onComplete(done -> underWay.remove(id, turn));
        return turn;
    }

    private static <T> Future<T> refuseClosed() {
        return Future.failedFuture(CLOSED.because("the partitions are closed"));
    }
}
