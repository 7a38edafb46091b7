package io.millrace.partition;

import io.millrace.model.PartitionId;
import io.vertx.core.Future;
import java.nio.ByteBuffer;

/**
 * The partitions of this node, or of this thread, as gateways, producers and consumers see them. May be called on any
 * event loop; futures complete on the loop of the caller. An unknown partition is refused with PARTITION_NOT_FOUND.
 */
public interface Partitions {
    /**
     * Appends one batch. Its content has been checked already ({@code BatchCheck}) or was built here; its base offset and
     * leader epoch are stamped by the partition. The caller gives the buffer away until the future completes.
     */
    Future<Appended> append(PartitionId partition, ByteBuffer batch, Acks acks);

    /**
     * Appends one batch of one record under an idempotency key. The same key and fingerprint again within the window of
     * the topic gives the first receipt with {@code duplicate}; the same key with another fingerprint is refused with
     * IDEMPOTENCY_MISMATCH, and while the first is in flight with IDEMPOTENCY_IN_PROGRESS. The batch carries the key and
     * the fingerprint in its first two headers (see {@code IdempotencyTable}), so that they survive a crash.
     */
    Future<Appended> appendOnce(PartitionId partition, ByteBuffer batch, Acks acks, String key, long fingerprint);

    /** Reads batches below the high watermark; parks until there is one or the time is over. */
    Future<Fetched> read(PartitionId partition, ReadRequest request);

    /**
     * Ends the waiting of a read, which was asked for with this very object by this caller: it is answered now, with
     * nothing. Changes nothing if it is answered already.
     */
    default void cancel(PartitionId partition, ReadRequest request) {}

    /** The offset of the first visible record with a timestamp of at least {@code timestamp}; else the high watermark. */
    Future<Long> offsetAt(PartitionId partition, long timestamp);

    /** Where the partition stands. */
    Future<Offsets> offsets(PartitionId partition);

    /** Raises the log start to {@code offset}; -1 means the high watermark. Gives the new log start. */
    Future<Long> deleteBefore(PartitionId partition, long offset);
}
