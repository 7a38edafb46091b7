package io.millrace.record;

import java.io.IOException;
import java.io.InputStream;

/** A stream of blocks, each of which is unpacked as a whole when its first byte is read. */
abstract class BlockStream extends InputStream {
    /** What was unpacked last; {@code at} of {@code limit} bytes of it have been read. */
    byte[] block = new byte[0];

    int at;
    int limit;

    /** Unpacks the next block that holds a byte, into {@link #block}; false if there is none. */
    abstract boolean unpackBlock() throws IOException;

    @Override
    public final int read() throws IOException {
        return at == limit && !unpackBlock() ? -1 : block[at++] & 0xff;
    }

    @Override
    public final int read(byte[] into, int from, int length) throws IOException {
        if (length == 0) return 0;
        if (at == limit && !unpackBlock()) return -1;
        int read = Math.min(length, limit - at);
        System.arraycopy(block, at, into, from, read);
        at += read;
        return read;
    }
}
