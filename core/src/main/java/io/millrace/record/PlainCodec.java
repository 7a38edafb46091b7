package io.millrace.record;

import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/** No compression. */
final class PlainCodec implements Compression.Codec {
    @Override
    public InputStream unpack(ByteBuffer packed, long cap) {
        return new ByteBufferStream(packed);
    }

    @Override
    public OutputStream pack(OutputStream packed) {
        return packed;
    }
}
