package io.millrace.group;

import java.nio.ByteBuffer;

/** Bytes that a machine keeps: a read-only copy, so that nobody's position or later write can change them. Ring 0. */
final class Bytes {
    static final ByteBuffer NONE = ByteBuffer.allocate(0).asReadOnlyBuffer();

    private Bytes() {}

    static ByteBuffer keep(ByteBuffer bytes) {
        if (bytes.isReadOnly() && bytes.position() == 0) return bytes.duplicate();
        var copy = ByteBuffer.allocate(bytes.remaining());
        copy.put(bytes.duplicate()).flip();
        return copy.asReadOnlyBuffer();
    }
}
