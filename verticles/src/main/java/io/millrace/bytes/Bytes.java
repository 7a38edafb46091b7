package io.millrace.bytes;

import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.nio.ByteBuffer;

/** Sees the same bytes as a Vert.x buffer and as a JDK buffer. */
public final class Bytes {
    private Bytes() {}

    /** The bytes between position and limit, sharing memory. */
    public static Buffer buffer(ByteBuffer bytes) {
        return BufferInternal.buffer(Unpooled.wrappedBuffer(bytes));
    }

    /** The bytes of a buffer, sharing memory; they stay valid as long as the buffer is not changed. */
    public static ByteBuffer of(Buffer buffer) {
        return ((BufferInternal) buffer).getByteBuf().nioBuffer();
    }
}
