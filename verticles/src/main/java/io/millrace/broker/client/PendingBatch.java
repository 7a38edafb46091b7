package io.millrace.broker.client;

import io.millrace.Receipt;
import io.millrace.model.MillraceException;
import io.millrace.partition.Acks;
import io.millrace.partition.Appended;
import io.millrace.record.RecordBatch;
import io.millrace.record.RecordBatchBuilder;
import io.millrace.record.RecordHeader;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Records that travel together, and those who wait for them. For one thread. */
final class PendingBatch {
    private static final int FIRST_CAPACITY = 16;
    private static final short EPOCH = 0;

    final Acks acks;
    final long deadline;
    private final RecordBatchBuilder builder;
    private @Nullable Promise<Receipt>[] promises;
    private long[] timestamps;
    private @Nullable String @Nullable [] ids;
    private @Nullable Promise<Void> done;

    /** The finished batch; null while records may be added. */
    private @Nullable ByteBuffer bytes;

    private long producerId = RecordBatch.NO_PRODUCER_ID;
    /** How often it was sent. */
    int attempts;
    /** What became of the last attempt; both null before there is an answer. */
    @Nullable
    Appended stored;

    @Nullable
    Throwable refused;
    /** The refusal of the latest attempt that was refused, for the error text. */
    @Nullable
    Throwable lastRefusal;
    /** Whether an attempt ended so that nobody knows whether it stored the batch. */
    boolean isPerhapsStored;

    /** Its records were answered. */
    boolean isResolved;

    private boolean isSettled;

    PendingBatch(Acks acks, long deadline, RecordBatchBuilder builder) {
        this.acks = acks;
        this.deadline = deadline;
        this.builder = builder;
        this.promises = newPromises(FIRST_CAPACITY);
        this.timestamps = new long[FIRST_CAPACITY];
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static @Nullable Promise<Receipt>[] newPromises(int length) {
        return new Promise[length];
    }

    boolean hasRoomFor(long recordBytes, int maxBytes) {
        return builder.hasRoomFor(recordBytes, maxBytes);
    }

    void add(
            long timestamp,
            @Nullable ByteBuffer key,
            @Nullable ByteBuffer value,
            List<RecordHeader> headers,
            @Nullable String id,
            @Nullable Promise<Receipt> promise) {
        int index = builder.count();
        builder.append(timestamp, key, value, headers);
        if (index == promises.length) {
            promises = Arrays.copyOf(promises, 2 * index);
            timestamps = Arrays.copyOf(timestamps, 2 * index);
            if (ids != null) ids = Arrays.copyOf(ids, 2 * index);
        }
        promises[index] = promise;
        timestamps[index] = timestamp;
        if (id != null) {
            if (ids == null) ids = new String[promises.length];
            ids[index] = id;
        }
    }

    int sizeInBytes() {
        return builder.sizeInBytes();
    }

    int count() {
        return builder.count();
    }

    boolean hasProducer(long id) {
        return producerId == id;
    }

    /** Makes the batch one of a producer, from sequence {@code base} on; it may have been another's before. */
    void identify(long producer, int base) {
        producerId = producer;
        if (bytes == null) {
            builder.producer(producer, EPOCH, base);
        } else {
            bytes = copy(bytes);
            RecordBatch.of(bytes).stampProducer(producer, EPOCH, base);
        }
    }

    /**
     * The bytes for the next attempt. The first attempt gives the memory away, because the log may keep it; each further
     * one sends a copy, so that nobody stamps what is stored already.
     */
    ByteBuffer nextAttempt() {
        attempts++;
        stored = null;
        refused = null;
        if (bytes == null) {
            bytes = builder.build();
            return bytes.duplicate();
        }
        return copy(bytes);
    }

    private static ByteBuffer copy(ByteBuffer bytes) {
        var copy = ByteBuffer.allocate(bytes.remaining());
        copy.put(bytes.duplicate()).flip();
        return copy;
    }

    boolean isAnswered() {
        return stored != null || refused != null;
    }

    /** Tells all who wait that the records are stored. Who wants to know no offset gets none. */
    void succeed(String topic, int partition, String durable, Appended answer) {
        isResolved = true;
        for (int n = 0; n < builder.count(); n++) {
            var promise = promises[n];
            if (promise == null) continue;
            long offset = answer.baseOffset() < 0 ? Receipt.UNKNOWN_OFFSET : answer.baseOffset() + n;
            long timestamp = answer.logAppendTime() >= 0 ? answer.logAppendTime() : timestamps[n];
            var id = ids == null ? null : ids[n];
            promise.tryComplete(
                    new Receipt(topic, partition, offset, timestamp, id, answer.duplicate(), acks, durable));
        }
        promises = newPromises(0);
    }

    /** Tells all who wait why the records are given up. */
    void fail(MillraceException cause) {
        isResolved = true;
        for (int n = 0; n < builder.count(); n++) {
            var promise = promises[n];
            if (promise != null) promise.tryFail(cause);
        }
        promises = newPromises(0);
    }

    /** The batch has left its lane. */
    void settle() {
        isSettled = true;
        if (done != null) done.complete();
    }

    /** Succeeds when the batch has left its lane, one way or the other. */
    Future<Void> done() {
        if (done == null) {
            done = Promise.promise();
            if (isSettled) done.complete();
        }
        return done.future();
    }
}
