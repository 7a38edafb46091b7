package io.millrace.broker.client;

import io.millrace.Codec;
import io.millrace.Headers;
import io.millrace.Record;
import io.millrace.bytes.Bytes;
import io.millrace.record.RecordHeader;
import io.vertx.core.buffer.Buffer;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A record as slices of the chunk it was read in; what is asked for is decoded once. */
final class StoredRecord<K, V> implements Record<K, V> {
    private final LogConsumer<K, V> consumer;
    private final int partition;
    private final long offset;
    private final long timestamp;
    private final @Nullable ByteBuffer rawKey;
    private final @Nullable ByteBuffer rawValue;
    private final List<RecordHeader> rawHeaders;
    private @Nullable K key;
    private @Nullable V value;

    StoredRecord(
            LogConsumer<K, V> consumer,
            int partition,
            long offset,
            long timestamp,
            @Nullable ByteBuffer rawKey,
            @Nullable ByteBuffer rawValue,
            List<RecordHeader> rawHeaders) {
        this.consumer = consumer;
        this.partition = partition;
        this.offset = offset;
        this.timestamp = timestamp;
        this.rawKey = rawKey;
        this.rawValue = rawValue;
        this.rawHeaders = rawHeaders;
    }

    @Override
    public String topic() {
        return consumer.topic();
    }

    @Override
    public int partition() {
        return partition;
    }

    @Override
    public long offset() {
        return offset;
    }

    @Override
    public long timestamp() {
        return timestamp;
    }

    @Override
    public String id() {
        var given = headers().get(ID_HEADER);
        return given != null ? given : topic() + "/" + partition + "/" + offset;
    }

    /** The bytes of the key, to compare with those of others. */
    @Nullable
    ByteBuffer keyBytes() {
        return rawKey;
    }

    @Override
    public @Nullable K key() {
        if (key == null) key = decode(consumer.keys(), rawKey);
        return key;
    }

    @Override
    public @Nullable V value() {
        if (value == null) value = decode(consumer.values(), rawValue);
        return value;
    }

    private static <T> @Nullable T decode(Codec<T> codec, @Nullable ByteBuffer bytes) {
        return bytes == null ? null : codec.decode(Bytes.buffer(bytes));
    }

    @Override
    public @Nullable Buffer rawKey() {
        return rawKey == null ? null : Bytes.buffer(rawKey);
    }

    @Override
    public @Nullable Buffer rawValue() {
        return rawValue == null ? null : Bytes.buffer(rawValue);
    }

    @Override
    public Headers headers() {
        return rawHeaders.isEmpty() ? HeaderList.NONE : new HeaderList(rawHeaders);
    }

    @Override
    public String toString() {
        return "record " + topic() + "/" + partition + "/" + offset;
    }
}
