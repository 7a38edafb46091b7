package io.millrace.cluster;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * Reads what {@link CodecOutput} wrote. Trusts nothing: a length is compared with the bytes that are there before
 * anything is allocated. Throws {@link IllegalArgumentException}. Ring 0.
 */
final class CodecInput {
    private final ByteBuffer bytes;

    CodecInput(ByteBuffer bytes) {
        this.bytes = bytes.duplicate();
    }

    int int8() {
        need(1);
        return bytes.get();
    }

    int int32() {
        need(Integer.BYTES);
        return bytes.getInt();
    }

    long int64() {
        need(Long.BYTES);
        return bytes.getLong();
    }

    UUID uuid() {
        return new UUID(int64(), int64());
    }

    String text() {
        int length = int32();
        if (length < 0) throw new IllegalArgumentException("a text of " + length + " bytes");
        need(length);
        var utf8 = bytes.slice(bytes.position(), length);
        bytes.position(bytes.position() + length);
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(utf8).toString();
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("a text that is not UTF-8", e);
        }
    }

    /** A list whose elements take at least {@code leastBytes} each. */
    <T> List<T> list(int leastBytes, Supplier<T> each) {
        int count = int32();
        if (count < 0 || count > bytes.remaining() / leastBytes) {
            throw new IllegalArgumentException("a list of " + count + " elements in " + bytes.remaining() + " bytes");
        }
        var values = new ArrayList<T>(count);
        for (int i = 0; i < count; i++) values.add(each.get());
        return values;
    }

    void end() {
        if (bytes.hasRemaining()) throw new IllegalArgumentException(bytes.remaining() + " bytes too many");
    }

    private void need(int count) {
        if (bytes.remaining() < count) {
            throw new IllegalArgumentException(
                    "it ends " + (count - bytes.remaining()) + " bytes too early, at byte " + bytes.limit());
        }
    }
}
