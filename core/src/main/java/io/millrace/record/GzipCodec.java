package io.millrace.record;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/** RFC 1952, one or more members. */
final class GzipCodec implements Compression.Codec {
    private static final int BUFFER_BYTES = 8 << 10;

    @Override
    public InputStream unpack(ByteBuffer packed, long cap) throws IOException {
        return new GZIPInputStream(new ByteBufferStream(packed), BUFFER_BYTES);
    }

    @Override
    public OutputStream pack(OutputStream packed) throws IOException {
        return new GZIPOutputStream(packed, BUFFER_BYTES);
    }
}
