package io.millrace.eventbus;

import io.millrace.Headers;
import io.millrace.OutgoingRecord;
import io.millrace.Record;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.MessageCodec;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How a message lies in a record: the body is the value, as text where it can be, a header names its codec, and the
 * headers of the message are headers of the record. Any thread.
 */
final class WireForm {
    /** Headers of ours; what a message calls so is not kept. */
    static final String RESERVED = "millrace-";

    static final String CODEC = RESERVED + "codec";
    static final String REPLY_ADDRESS = RESERVED + "reply-address";
    static final String REPLY_ID = RESERVED + "reply-id";

    /** Bodies that need no codec of the user. */
    private record Plain(
            String name, Class<?> type, Function<Object, Buffer> encode, Function<Buffer, Object> decode) {}

    private static final Map<Class<?>, Plain> BY_TYPE = new ConcurrentHashMap<>();
    private static final Map<String, Plain> BY_NAME = new ConcurrentHashMap<>();

    static {
        plain("string", String.class, Buffer::buffer, Buffer::toString);
        plain("json", JsonObject.class, JsonObject::toBuffer, JsonObject::new);
        plain("json-array", JsonArray.class, JsonArray::toBuffer, JsonArray::new);
        plain("bytes", byte[].class, Buffer::buffer, Buffer::getBytes);
        text("int", Integer.class, Integer::valueOf);
        text("long", Long.class, Long::valueOf);
        text("short", Short.class, Short::valueOf);
        text("byte", Byte.class, Byte::valueOf);
        text("float", Float.class, Float::valueOf);
        text("double", Double.class, Double::valueOf);
        text("boolean", Boolean.class, Boolean::valueOf);
        text("char", Character.class, text -> text.charAt(0));
        BY_NAME.put("buffer", new Plain("buffer", Buffer.class, body -> (Buffer) body, bytes -> bytes));
    }

    private static <T> void plain(String name, Class<T> type, Function<T, Buffer> encode, Function<Buffer, T> decode) {
        var plain = new Plain(name, type, body -> encode.apply(type.cast(body)), decode::apply);
        BY_TYPE.put(type, plain);
        BY_NAME.put(name, plain);
    }

    private static <T> void text(String name, Class<T> type, Function<String, T> parse) {
        plain(name, type, value -> Buffer.buffer(value.toString()), bytes -> parse.apply(bytes.toString()));
    }

    private final Map<String, MessageCodec<?, ?>> codecs = new ConcurrentHashMap<>();
    private final Map<Class<?>, MessageCodec<?, ?>> codecsByType = new ConcurrentHashMap<>();
    private final @Nullable String keyHeader;

    WireForm(@Nullable String keyHeader) {
        this.keyHeader = keyHeader;
    }

    void register(MessageCodec<?, ?> codec) {
        if (BY_NAME.containsKey(codec.name())) {
            throw new IllegalArgumentException(
                    "a codec cannot be named " + codec.name() + ", which has a meaning already");
        }
        if (codecs.putIfAbsent(codec.name(), codec) != null) {
            throw new IllegalStateException("Already a codec registered with name " + codec.name());
        }
    }

    <T> void register(Class<T> type, MessageCodec<T, ?> codec) {
        if (codecsByType.containsKey(type)) {
            throw new IllegalStateException("Already a default codec registered for class " + type);
        }
        register(codec);
        codecsByType.put(type, codec);
    }

    /** The record of a message; IllegalArgumentException if nobody knows how to write its body. */
    OutgoingRecord<String, Buffer> write(@Nullable Object body, DeliveryOptions options) {
        var headers = options.getHeaders();
        var key = keyHeader == null || headers == null ? null : headers.get(keyHeader);
        var written = new Written(null, null);
        if (body != null) written = write(body, options.getCodecName());
        var record = OutgoingRecord.<String, Buffer>of(key, written.value);
        if (written.codec != null) record.header(CODEC, written.codec);
        if (headers != null) {
            for (var header : headers) {
                if (!header.getKey().startsWith(RESERVED)) record.header(header.getKey(), header.getValue());
            }
        }
        return record;
    }

    private record Written(@Nullable String codec, @Nullable Buffer value) {}

    private Written write(Object body, @Nullable String codecName) {
        var codec = codecName != null ? codecs.get(codecName) : codecsByType.get(body.getClass());
        if (codec != null) return new Written(codec.name(), encode(codec, body));
        if (codecName != null) throw new IllegalArgumentException("No message codec for name: " + codecName);
        if (body instanceof Buffer buffer) return new Written("buffer", buffer.copy());
        var plain = BY_TYPE.get(body.getClass());
        if (plain == null) {
            throw new IllegalArgumentException(
                    "No message codec for type: " + body.getClass() + "; register one with registerDefaultCodec");
        }
        return new Written(plain.name, plain.encode.apply(body));
    }

    @SuppressWarnings("unchecked") // a codec is registered for what it encodes
    private static <T> Buffer encode(MessageCodec<T, ?> codec, Object body) {
        var bytes = Buffer.buffer();
        codec.encodeToWire(bytes, (T) body);
        return bytes;
    }

    /** The body of a message; bytes without a codec are a {@link Buffer}. */
    @Nullable
    Object body(Record<String, Buffer> record) {
        var bytes = record.value();
        if (bytes == null) return null;
        var name = record.headers().get(CODEC);
        if (name == null) return bytes;
        var codec = codecs.get(name);
        if (codec != null) return codec.decodeFromWire(0, bytes);
        var plain = BY_NAME.get(name);
        if (plain == null) {
            throw new IllegalArgumentException(
                    record + " was written with the codec " + name + ", which is not registered here");
        }
        return plain.decode.apply(bytes);
    }

    /** The headers that the sender gave. */
    static MultiMap headers(Headers of) {
        var headers = MultiMap.caseInsensitiveMultiMap();
        for (int n = 0; n < of.size(); n++) {
            var value = of.value(n);
            if (!of.name(n).startsWith(RESERVED) && value != null) headers.add(of.name(n), value.toString());
        }
        return headers;
    }
}
