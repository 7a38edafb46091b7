package io.millrace.record;

import java.io.InputStream;
import java.nio.ByteBuffer;

/** Reads a buffer from its position to its limit. */
final class ByteBufferStream extends InputStream {
    private final ByteBuffer bytes;

    ByteBufferStream(ByteBuffer bytes) {
        this.bytes = bytes;
    }

    @Override
    public int read() {
        return bytes.hasRemaining() ? bytes.get() & 0xff : -1;
    }

    @Override
    public int read(byte[] into, int from, int length) {
        if (length == 0) return 0;
        if (!bytes.hasRemaining()) return -1;
        int read = Math.min(length, bytes.remaining());
        bytes.get(into, from, read);
        return read;
    }

    @Override
    public int available() {
        return bytes.remaining();
    }
}
