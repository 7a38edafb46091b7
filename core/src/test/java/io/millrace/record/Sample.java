package io.millrace.record;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;

/** What goes into one batch, made up by a seed, for our builder and for Kafka's. */
record Sample(List<RecordView> records, long producerId, short producerEpoch, int baseSequence, boolean transactional) {
    static Sample random(Random random) {
        return random(random, 1 + random.nextInt(random.nextInt(10) == 0 ? 200 : 8));
    }

    static Sample random(Random random, int count) {
        long base =
                switch (random.nextInt(4)) {
                    case 0 -> -1;
                    case 1 -> Math.abs(random.nextLong() >>> random.nextInt(40));
                    default -> 1_700_000_000_000L + random.nextInt(1_000_000);
                };
        var records = new ArrayList<RecordView>();
        for (int n = 0; n < count; n++) {
            long timestamp = random.nextInt(5) == 0 ? base : Math.max(-1, base + random.nextInt(2_000) - 1_000);
            records.add(new RecordView(n, timestamp, bytes(random), bytes(random), headers(random)));
        }
        boolean idempotent = random.nextBoolean();
        return new Sample(
                records,
                idempotent ? random.nextLong() >>> 1 : -1,
                idempotent ? (short) random.nextInt(1 << 15) : -1,
                idempotent ? random.nextInt() & Integer.MAX_VALUE : -1,
                idempotent && random.nextBoolean());
    }

    private static List<RecordHeader> headers(Random random) {
        var headers = new ArrayList<RecordHeader>();
        int count = random.nextInt(3) == 0 ? random.nextInt(random.nextInt(20) == 0 ? 100 : 4) : 0;
        for (int n = 0; n < count; n++)
            headers.add(new RecordHeader(
                    random.nextInt(5) == 0 ? "" : "n\u00e4me\u2192\ud83d\ude00" + random.nextInt(99), bytes(random)));
        return headers;
    }

    private static ByteBuffer bytes(Random random) {
        int kind = random.nextInt(100);
        if (kind < 10) return null;
        var bytes = new byte[kind < 20 ? 0 : kind < 22 ? random.nextInt(90_000) : random.nextInt(100)];
        if (random.nextBoolean()) random.nextBytes(bytes);
        return random.nextInt(20) > 0
                ? ByteBuffer.wrap(bytes)
                : ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }

    ByteBuffer ours(Compression compression) {
        var builder = new RecordBatchBuilder(compression, 0);
        if (producerId >= 0) builder.producer(producerId, producerEpoch, baseSequence);
        if (transactional) builder.transactional();
        for (var record : records) {
            if (record.offset() % 2 == 0) {
                builder.append(record);
            } else {
                builder.append(
                        record.timestamp(),
                        behindOneByte(record.key()),
                        1,
                        record.key() == null ? 0 : record.key().remaining(),
                        behindOneByte(record.value()),
                        1,
                        record.value() == null ? 0 : record.value().remaining(),
                        record.headers());
            }
        }
        return builder.build();
    }

    ByteBuffer kafkas(Compression compression) {
        try (var builder = MemoryRecords.builder(
                ByteBuffer.allocate(512),
                RecordBatch.MAGIC_VALUE_V2,
                kafkas(compression.toString()),
                TimestampType.CREATE_TIME,
                0,
                -1,
                producerId,
                producerEpoch,
                baseSequence,
                transactional,
                RecordBatch.NO_PARTITION_LEADER_EPOCH)) {
            for (var record : records)
                builder.append(record.timestamp(), record.key(), record.value(), kafkas(record.headers()));
            return builder.build().buffer();
        }
    }

    private static org.apache.kafka.common.compress.Compression kafkas(String name) {
        return org.apache.kafka.common.compress.Compression.of(name).build();
    }

    private static Header[] kafkas(List<RecordHeader> headers) {
        var kafkas = new RecordHeaders();
        headers.forEach(header -> kafkas.add(header.name(), array(header.value())));
        return kafkas.toArray();
    }

    /** What our reader sees. */
    static List<RecordView> readByUs(ByteBuffer bytes) {
        var views = new ArrayList<RecordView>();
        try (var records = io.millrace.record.RecordBatch.of(bytes).records(Integer.MAX_VALUE)) {
            while (records.next()) views.add(records.view());
        }
        return views;
    }

    /** What Kafka's reader sees. */
    static List<RecordView> readByKafka(ByteBuffer bytes) {
        var views = new ArrayList<RecordView>();
        for (var batch : MemoryRecords.readableRecords(bytes.duplicate()).batches()) {
            batch.ensureValid();
            for (var record : batch) {
                var headers = new ArrayList<RecordHeader>();
                for (var header : record.headers())
                    headers.add(new RecordHeader(
                            header.key(), header.value() == null ? null : ByteBuffer.wrap(header.value())));
                views.add(new RecordView(record.offset(), record.timestamp(), record.key(), record.value(), headers));
            }
        }
        return views;
    }

    static byte[] array(ByteBuffer bytes) {
        if (bytes == null) return null;
        var array = new byte[bytes.remaining()];
        bytes.get(bytes.position(), array);
        return array;
    }

    private static byte[] behindOneByte(ByteBuffer bytes) {
        if (bytes == null) return null;
        var array = new byte[1 + bytes.remaining()];
        bytes.get(bytes.position(), array, 1, bytes.remaining());
        return array;
    }
}
