package io.millrace.broker.client;

import io.millrace.OutgoingRecord;
import io.millrace.partition.Acks;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A record as its sender describes it. Plain fields, read by the producer without a call in between. */
public final class RecordToSend<K, V> implements OutgoingRecord<K, V> {
    static final int ANY_PARTITION = -1;
    static final long NOW = -1;

    final @Nullable K key;
    final @Nullable V value;
    int partition = ANY_PARTITION;
    long timestamp = NOW;

    @Nullable
    String id;

    @Nullable
    Acks acks;

    @Nullable
    List<Header> headers;

    /** One header; the value is text or bytes. */
    record Header(String name, @Nullable Buffer value) {}

    public RecordToSend(@Nullable K key, @Nullable V value) {
        this.key = key;
        this.value = value;
    }

    @Override
    public OutgoingRecord<K, V> toPartition(int partition) {
        if (partition < 0) throw new IllegalArgumentException("negative partition " + partition);
        this.partition = partition;
        return this;
    }

    @Override
    public OutgoingRecord<K, V> at(long timestamp) {
        if (timestamp < 0) throw new IllegalArgumentException("negative timestamp " + timestamp);
        this.timestamp = timestamp;
        return this;
    }

    @Override
    public OutgoingRecord<K, V> withId(String id) {
        if (id.isEmpty()) throw new IllegalArgumentException("id is empty");
        this.id = id;
        return this;
    }

    @Override
    public OutgoingRecord<K, V> withAcks(Acks acks) {
        this.acks = acks;
        return this;
    }

    @Override
    public OutgoingRecord<K, V> header(String name, String value) {
        return rawHeader(name, Buffer.buffer(value));
    }

    @Override
    public OutgoingRecord<K, V> rawHeader(String name, @Nullable Buffer value) {
        if (headers == null) headers = new ArrayList<>(4);
        headers.add(new Header(name, value));
        return this;
    }

    @Override
    public @Nullable K key() {
        return key;
    }

    @Override
    public @Nullable V value() {
        return value;
    }
}
