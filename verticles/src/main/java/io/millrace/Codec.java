package io.millrace;

import io.millrace.broker.client.Codecs;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Turns values into bytes and back. Never called with null: a missing key or value stays missing. What a codec throws
 * fails the record that it was called for.
 */
public interface Codec<T> {
    /** The bytes of a value. They must not change afterwards. */
    Buffer encode(T value);

    /** The value of bytes, which are shared and must not be changed. */
    T decode(Buffer bytes);

    /**
     * The media type of what {@link #encode} gives, as {@code application/json}; null if nobody is to be told. A producer
     * stores it with each value as header {@link Record#CONTENT_TYPE_HEADER}, unless the record brings one; readers over
     * HTTP, events and WebSocket are shown the value accordingly.
     */
    default @Nullable String contentType() {
        return null;
    }

    /** Bytes as they are. */
    static Codec<Buffer> buffer() {
        return Codecs.BUFFER;
    }

    /** Text as UTF-8. */
    static Codec<String> string() {
        return Codecs.STRING;
    }

    /** A JSON object as UTF-8, of type {@code application/json}. */
    static Codec<JsonObject> json() {
        return Codecs.JSON;
    }

    /** A codec of two functions. */
    static <T> Codec<T> of(Function<T, Buffer> encode, Function<Buffer, T> decode) {
        return new Codecs.Functions<>(encode, decode);
    }
}
