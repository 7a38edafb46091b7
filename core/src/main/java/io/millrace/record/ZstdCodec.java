package io.millrace.record;

import com.github.luben.zstd.RecyclingBufferPool;
import com.github.luben.zstd.ZstdInputStream;
import com.github.luben.zstd.ZstdOutputStream;
import com.github.luben.zstd.util.Native;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/** RFC 8878, one or more frames. */
final class ZstdCodec implements Compression.Codec {
    /**
     * The largest window that is unpacked, 2^27 bytes: zstd's own limit, and what its highest levels ask for even where
     * the content is small. Pages of the window that no content reaches are never touched.
     */
    private static final int LARGEST_WINDOW_LOG = 27;

    ZstdCodec() {
        Native.load();
    }

    @Override
    public InputStream unpack(ByteBuffer packed, long cap) throws IOException {
        var stream = new ZstdInputStream(new ByteBufferStream(packed), RecyclingBufferPool.INSTANCE);
        stream.setLongMax(LARGEST_WINDOW_LOG);
        return stream;
    }

    @Override
    public OutputStream pack(OutputStream packed) throws IOException {
        return new ZstdOutputStream(packed, RecyclingBufferPool.INSTANCE);
    }
}
