package io.millrace.cluster;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.UUID;
import java.util.function.Consumer;

/** Fields written one behind the other, big-endian. What {@link CodecInput} reads. Ring 0. */
final class CodecOutput {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    CodecOutput int8(int value) {
        bytes.write(value);
        return this;
    }

    CodecOutput int32(int value) {
        return int8(value >>> 24).int8(value >>> 16).int8(value >>> 8).int8(value);
    }

    CodecOutput int64(long value) {
        return int32((int) (value >>> 32)).int32((int) value);
    }

    CodecOutput uuid(UUID value) {
        return int64(value.getMostSignificantBits()).int64(value.getLeastSignificantBits());
    }

    CodecOutput text(String value) {
        var utf8 = value.getBytes(StandardCharsets.UTF_8);
        int32(utf8.length);
        bytes.writeBytes(utf8);
        return this;
    }

    <T> CodecOutput list(Collection<T> values, Consumer<T> each) {
        int32(values.size());
        values.forEach(each);
        return this;
    }

    ByteBuffer toBuffer() {
        return ByteBuffer.wrap(bytes.toByteArray());
    }
}
