package io.millrace.partition;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.record.RecordBatch;
import io.millrace.record.RecordBatchBuilder;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Small batches for tests. */
final class Batches {
    private Batches() {}

    static ByteBuffer of(long timestamp, String... values) {
        var builder = new RecordBatchBuilder();
        for (var value : values) builder.append(timestamp, null, value.getBytes(UTF_8));
        return builder.build();
    }

    static ByteBuffer of(long producerId, int epoch, int sequence, int count, long timestamp) {
        var builder = new RecordBatchBuilder().producer(producerId, (short) epoch, sequence);
        for (int n = 0; n < count; n++) builder.append(timestamp, null, ("r" + (sequence + n)).getBytes(UTF_8));
        return builder.build();
    }

    static ByteBuffer of(IdempotencyKey key, long timestamp, String value) {
        return new RecordBatchBuilder()
                .append(timestamp, null, ByteBuffer.wrap(value.getBytes(UTF_8)), key.headers())
                .build();
    }

    /** A header with these values, for machines that look at nothing else. */
    static RecordBatch stamped(ByteBuffer bytes, long baseOffset, int leaderEpoch) {
        var batch = RecordBatch.of(bytes);
        batch.stamp(baseOffset, leaderEpoch);
        return batch;
    }

    static List<RecordBatch> in(ByteBuffer bytes) {
        var batches = new ArrayList<RecordBatch>();
        for (int at = bytes.position(); at < bytes.limit(); at += RecordBatch.sizeAt(bytes, at)) {
            batches.add(RecordBatch.at(bytes, at));
        }
        return batches;
    }

    static List<String> values(ByteBuffer bytes) {
        var values = new ArrayList<String>();
        for (var batch : in(bytes)) {
            try (var records = batch.records(1 << 20)) {
                while (records.next()) values.add(UTF_8.decode(records.value()).toString());
            }
        }
        return values;
    }
}
