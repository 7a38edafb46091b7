package io.millrace;

import io.vertx.codegen.annotations.CacheReturn;
import io.vertx.codegen.annotations.Nullable;
import io.vertx.codegen.annotations.VertxGen;
import io.vertx.core.buffer.Buffer;

/**
 * A record as it lies in its partition. The bytes are shared with the chunk they were read in: copy what is to be kept for
 * long. To be used by one thread at a time.
 */
@VertxGen
@SuppressWarnings("JavaLangClash") // the word of the whole API; an import of it wins over java.lang
public interface Record<K, V> {
    /** The header that carries an id which was given by the producer. */
    String ID_HEADER = "millrace-id";

    /** The header that tells the media type of the value. */
    String CONTENT_TYPE_HEADER = "content-type";

    /** The topic. */
    String topic();

    /** The number of the partition. */
    int partition();

    /** The position in the partition. */
    long offset();

    /** Milliseconds since 1970, given by the producer or, if the topic says so, by the broker; -1 when there is none. */
    long timestamp();

    /** The id given by the producer, or else {@code topic/partition/offset}. It stays the same when a batch is sent again. */
    String id();

    /** The key, decoded at the first call; null when there is none. */
    @CacheReturn
    @Nullable
    K key();

    /** The value, decoded at the first call; null for a tombstone. */
    @CacheReturn
    @Nullable
    V value();

    /** The bytes of the key. */
    @Nullable
    Buffer rawKey();

    /** The bytes of the value. */
    @Nullable
    Buffer rawValue();

    /** The headers, in the order given by the producer. */
    @CacheReturn
    Headers headers();
}
