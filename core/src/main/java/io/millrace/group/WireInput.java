package io.millrace.group;

import static io.millrace.model.Refusal.INVALID_RECORD;

import io.millrace.model.MillraceException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Reads what {@link WireOutput} writes. Whatever does not fit is refused with INVALID_RECORD. Ring 0. */
final class WireInput {
    private final String what;
    private final ByteBuffer in;

    /** @param what the name of the whole, for the refusal */
    WireInput(String what, ByteBuffer bytes) {
        this.what = what;
        this.in = bytes.duplicate();
    }

    int int16() {
        need(Short.BYTES);
        return in.getShort();
    }

    int int32() {
        need(Integer.BYTES);
        return in.getInt();
    }

    long int64() {
        need(Long.BYTES);
        return in.getLong();
    }

    String string() {
        var text = nullableString();
        if (text == null) throw wrong("a text is missing");
        return text;
    }

    @Nullable
    String nullableString() {
        int length = int16();
        if (length < 0) return null;
        need(length);
        var utf8 = new byte[length];
        in.get(utf8);
        return new String(utf8, StandardCharsets.UTF_8);
    }

    ByteBuffer bytes() {
        var bytes = nullableBytes();
        return bytes == null ? Bytes.NONE : bytes;
    }

    /** A copy, so that what it was read from may go. */
    @Nullable
    ByteBuffer nullableBytes() {
        int length = int32();
        if (length < 0) return null;
        need(length);
        var copy = ByteBuffer.allocate(length);
        copy.put(in.slice(in.position(), length)).flip();
        in.position(in.position() + length);
        return copy.asReadOnlyBuffer();
    }

    /** The number of elements of an array, each of which takes at least {@code least} bytes; 0 for none. */
    int count(int least) {
        int count = int32();
        if (count <= 0) return 0;
        if (count > in.remaining() / least) {
            throw wrong("an array claims " + count + " elements with " + in.remaining() + " bytes left");
        }
        return count;
    }

    boolean hasMore() {
        return in.hasRemaining();
    }

    private void need(int bytes) {
        if (in.remaining() < bytes) throw wrong(bytes + " bytes are missing at byte " + in.position());
    }

    MillraceException wrong(String detail) {
        return INVALID_RECORD.because(what + ": " + detail);
    }
}
