package io.millrace;

import io.millrace.broker.client.RecordToSend;
import io.millrace.partition.Acks;
import io.vertx.codegen.annotations.Fluent;
import io.vertx.codegen.annotations.Nullable;
import io.vertx.codegen.annotations.VertxGen;
import io.vertx.core.buffer.Buffer;

/** A record to be sent. It must not be changed after it was given to a producer. */
@VertxGen
public interface OutgoingRecord<K, V> {
    /** A record without a key. */
    static <K, V> OutgoingRecord<K, V> of(@Nullable V value) {
        return new RecordToSend<>(null, value);
    }

    /** A record with a key; a null value is a tombstone. */
    static <K, V> OutgoingRecord<K, V> of(@Nullable K key, @Nullable V value) {
        return new RecordToSend<>(key, value);
    }

    /** Sends the record to this partition, whatever its key. */
    @Fluent
    OutgoingRecord<K, V> toPartition(int partition);

    /** Milliseconds since 1970; without it the record gets the time at which it is sent. */
    @Fluent
    OutgoingRecord<K, V> at(long timestamp);

    /** Gives the record an id of the producer's choice, stored as header {@link Record#ID_HEADER}. */
    @Fluent
    OutgoingRecord<K, V> withId(String id);

    /** Waits for another acknowledgement than the producer's other records. */
    @Fluent
    OutgoingRecord<K, V> withAcks(Acks acks);

    /** Adds a header; names may repeat. */
    @Fluent
    OutgoingRecord<K, V> header(String name, String value);

    /** Adds a header of bytes. */
    @Fluent
    OutgoingRecord<K, V> rawHeader(String name, @Nullable Buffer value);

    /** The key. */
    @Nullable
    K key();

    /** The value. */
    @Nullable
    V value();
}
