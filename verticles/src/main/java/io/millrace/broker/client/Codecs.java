package io.millrace.broker.client;

import io.millrace.Codec;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.function.Function;

/** The codecs that everybody needs. */
public final class Codecs {
    public static final Codec<Buffer> BUFFER = new Functions<>(bytes -> bytes, bytes -> bytes);
    public static final Codec<String> STRING = new Functions<>(Buffer::buffer, Buffer::toString);
    public static final Codec<JsonObject> JSON =
            new Typed<>(new Functions<>(JsonObject::toBuffer, JsonObject::new), "application/json");

    private Codecs() {}

    /** A codec whose bytes are of a known type. */
    private record Typed<T>(Codec<T> codec, String contentType) implements Codec<T> {
        @Override
        public Buffer encode(T value) {
            return codec.encode(value);
        }

        @Override
        public T decode(Buffer bytes) {
            return codec.decode(bytes);
        }
    }

    /** A codec of two functions. */
    public record Functions<T>(Function<T, Buffer> encoder, Function<Buffer, T> decoder) implements Codec<T> {
        @Override
        public Buffer encode(T value) {
            return encoder.apply(value);
        }

        @Override
        public T decode(Buffer bytes) {
            return decoder.apply(bytes);
        }
    }
}
