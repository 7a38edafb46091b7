package io.millrace.log;

import io.vertx.core.Future;
import java.nio.ByteBuffer;

/**
 * The records of one partition, in order. What is stored are record batches of format v2, whole and unchanged. Compaction
 * takes records out of batches and batches out of the log; their offsets stay taken: batches follow each other without a
 * gap all the same, because an empty one stands where others were.
 *
 * <p>Invariant: {@code start <= durableEnd <= end}. All methods are called on the home thread of the partition, and all
 * futures complete there.
 */
public interface PartitionLog {
    /** The lowest offset that can still be read. */
    long start();

    /** The offset that the next record gets. */
    long end();

    /**
     * The end of what survives as much as the flush level of this log promises: with {@code commit} everything below is
     * synced; with the weaker levels it equals {@link #end}.
     */
    long durableEnd();

    /**
     * Appends one batch. Its base offset has been stamped and equals {@link #end}; the caller gives the buffer away.
     *
     * <p>{@code end} has moved when this returns, unless the future has failed already with a definite refusal
     * (DISK_FULL, DAMAGED, CLOSED), in which case nothing was stored. The future completes, in the order of the appends,
     * when {@code durableEnd} has passed the batch; with STORAGE_FAILED the log has stopped and the outcome is unknown.
     */
    Future<Void> append(ByteBuffer batch);

    /**
     * Reads whole batches, the first of which contains {@code from} (and may begin before it), the last of which ends at
     * or before {@code upTo}. Gives at least one batch when there is one, even a larger one than {@code maxBytes}, and
     * otherwise no more than {@code maxBytes}. An empty buffer when {@code from == upTo}. The memory belongs to the caller.
     *
     * <p>Fails with OFFSET_OUT_OF_RANGE outside {@code [start, end]}, and with CORRUPT_MESSAGE where the stored bytes are
     * not what was written.
     */
    Future<ByteBuffer> read(long from, long upTo, int maxBytes);

    /**
     * The base offset of the first batch whose largest timestamp is at least {@code timestamp}; {@link #end} when there
     * is none.
     */
    Future<Long> batchAt(long timestamp);

    /** Forgets everything from {@code offset} on (a batch boundary), durably, and rebuilds the derived state. */
    Future<Void> truncateTo(long offset);

    /** Raises {@link #start} to {@code offset} (at most the durable end), durably; whole segments below go later. */
    Future<Void> deleteBefore(long offset);

    /**
     * Everything below {@code offset} is decided for good: it is committed, no transaction is open there, and nobody will
     * truncate below. Compaction leaves alone what was never said to be so; a log that is not compacted does not care.
     */
    default void compactBelow(long offset) {}

    /** Syncs everything, writes the clean mark where the storage has one, and lets the files go. */
    Future<Void> close();
}
