package io.millrace.group;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Fields as Kafka's messages have them in their versions without tags, big-endian. Ring 0. */
final class WireOutput {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    WireOutput int16(int value) {
        bytes.write(value >>> 8);
        bytes.write(value);
        return this;
    }

    WireOutput int32(int value) {
        return int16(value >>> 16).int16(value);
    }

    WireOutput int64(long value) {
        return int32((int) (value >>> 32)).int32((int) value);
    }

    /** At most 32,767 bytes of UTF-8. */
    WireOutput string(String value) {
        var utf8 = value.getBytes(StandardCharsets.UTF_8);
        if (utf8.length > Short.MAX_VALUE) {
            throw new IllegalArgumentException("a string of " + utf8.length + " bytes; at most 32767 can be written");
        }
        int16(utf8.length);
        bytes.writeBytes(utf8);
        return this;
    }

    WireOutput nullableString(@Nullable String value) {
        return value == null ? int16(-1) : string(value);
    }

    WireOutput bytes(ByteBuffer value) {
        int32(value.remaining());
        var view = value.duplicate();
        while (view.hasRemaining()) bytes.write(view.get());
        return this;
    }

    WireOutput nullableBytes(@Nullable ByteBuffer value) {
        return value == null ? int32(-1) : bytes(value);
    }

    byte[] toArray() {
        return bytes.toByteArray();
    }
}
