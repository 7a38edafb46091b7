package io.millrace;

import io.millrace.broker.client.Codecs;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.function.Function;

/**
 * Turns values into bytes and back. Never called with null: a missing key or value stays missing. What a codec throws
 * fails the record that it was called for.
 */
public interface Codec<T> {
    /** The bytes of a value. They must not change afterwards. */
    Buffer encode(T value);

    /** The value of bytes, which are shared and must not be changed. */
    T decode(Buffer bytes);

    /** Bytes as they are. */
    static Codec<Buffer> buffer() {
        return Codecs.BUFFER;
    }

    /** Text as UTF-8. */
    static Codec<String> string() {
        return Codecs.STRING;
    }

    /** A JSON object as UTF-8. */
    static Codec<JsonObject> json() {
        return Codecs.JSON;
    }

    /** A codec of two functions. */
    static <T> Codec<T> of(Function<T, Buffer> encode, Function<Buffer, T> decode) {
        return new Codecs.Functions<>(encode, decode);
    }
}
