package io.millrace.gateway.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.gateway.Node;
import io.millrace.model.KeyHash;
import io.millrace.partition.Acks;
import io.millrace.partition.IdempotencyKey;
import io.millrace.partition.ReadRequest;
import io.millrace.record.RecordBatch;
import io.millrace.record.RecordBatchBuilder;
import io.millrace.record.RecordHeader;
import io.millrace.time.Timers;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Appends a record under an idempotency key, so that it is stored once however often it is sent. */
final class OnceOnly {
    private static final long MAX_UNPACKED_BYTES = 64L << 20;

    private final Node node;
    private final Timers timers;

    OnceOnly(Node node) {
        this.node = node;
        this.timers = node.timers();
    }

    /** A record that shall be stored once. */
    record Once(
            String idempotencyKey,
            int givenPartition,
            long givenTimestamp,
            @Nullable ByteBuffer key,
            @Nullable ByteBuffer value,
            List<RecordHeader> headers) {}

    /** Where a record without a key of its own must go: always to the same partition, or it would not be found again. */
    static int partitionOf(Destination to, Once record) {
        if (record.givenPartition >= 0 || record.key != null) {
            var key = record.key == null ? new byte[0] : bytes(record.key);
            return to.partitionOf(record.givenPartition, key, 0, key.length);
        }
        var key = record.idempotencyKey.getBytes(UTF_8);
        return KeyHash.partition(key, 0, key.length, to.partitions());
    }

    void append(Destination to, int partition, Acks acks, Once record, PublishTurn.Waiting waiting) {
        long fingerprint = fingerprint(record);
        long timestamp = record.givenTimestamp >= 0 ? record.givenTimestamp : timers.wallMillis();
        var all = new ArrayList<RecordHeader>(record.headers.size() + 2);
        all.addAll(new IdempotencyKey(record.idempotencyKey, fingerprint).headers());
        all.addAll(record.headers);
        var batch = new RecordBatchBuilder()
                .append(timestamp, record.key, record.value, all)
                .build();
        node.partitions()
                .appendOnce(to.id(partition), batch, acks, record.idempotencyKey, fingerprint)
                .compose(appended -> {
                    if (appended.logAppendTime() >= 0)
                        return Future.succeededFuture(result(appended, appended.logAppendTime()));
                    if (!appended.duplicate()) return Future.succeededFuture(result(appended, timestamp));
                    return timestampOf(to, partition, appended.baseOffset()).map(first -> result(appended, first));
                })
                .onComplete(
                        result -> waiting.stored(result.offset, result.timestamp, result.duplicate), waiting::refused);
    }

    private record Result(long offset, long timestamp, boolean duplicate) {}

    private static Result result(io.millrace.partition.Appended appended, long timestamp) {
        return new Result(appended.baseOffset(), timestamp, appended.duplicate());
    }

    /** The first receipt had the time of the record that is stored; -1 if it is not there any more. */
    private Future<Long> timestampOf(Destination to, int partition, long offset) {
        return node.partitions()
                .read(to.id(partition), new ReadRequest(offset, 1, 0))
                .map(fetched -> {
                    if (!fetched.batches().hasRemaining()) return -1L;
                    try (var records = RecordBatch.of(fetched.batches()).records(MAX_UNPACKED_BYTES)) {
                        while (records.next()) if (records.offset() == offset) return records.timestamp();
                    }
                    return -1L;
                })
                .otherwise(-1L);
    }

    /** A hash of everything that the client said about the record. */
    private static long fingerprint(Once record) {
        try {
            var hash = MessageDigest.getInstance("SHA-256");
            put(hash, record.key);
            put(hash, record.value);
            for (var header : record.headers) {
                put(hash, ByteBuffer.wrap(header.name().getBytes(UTF_8)));
                put(hash, header.value());
            }
            hash.update(ByteBuffer.allocate(12)
                    .putInt(record.givenPartition)
                    .putLong(record.givenTimestamp)
                    .flip());
            return ByteBuffer.wrap(hash.digest()).getLong();
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every JDK has SHA-256", impossible);
        }
    }

    private static void put(MessageDigest hash, @Nullable ByteBuffer bytes) {
        hash.update(ByteBuffer.allocate(4)
                .putInt(bytes == null ? -1 : bytes.remaining())
                .flip());
        if (bytes != null) hash.update(bytes.duplicate());
    }

    private static byte[] bytes(ByteBuffer buffer) {
        var bytes = new byte[buffer.remaining()];
        buffer.get(buffer.position(), bytes);
        return bytes;
    }
}
