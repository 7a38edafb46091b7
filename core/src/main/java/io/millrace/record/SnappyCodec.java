package io.millrace.record;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import org.xerial.snappy.Snappy;
import org.xerial.snappy.SnappyError;
import org.xerial.snappy.SnappyOutputStream;

/**
 * Snappy as Kafka's Java clients write it (a header of 16 bytes, then blocks with their length before them), and as
 * librdkafka does (one block, without header).
 */
final class SnappyCodec implements Compression.Codec {
    /** 0x82, the word SNAPPY, 0. */
    private static final long MAGIC = 0x82534e4150505900L;

    private static final int HEADER_BYTES = 16;
    /** The best that the format can do: three bytes that copy 64. */
    private static final int BEST_RATIO = 22;

    SnappyCodec() {
        try {
            Snappy.maxCompressedLength(0);
        } catch (SnappyError notForThisMachine) {
            throw (UnsatisfiedLinkError)
                    new UnsatisfiedLinkError(notForThisMachine.getMessage()).initCause(notForThisMachine);
        }
    }

    @Override
    public InputStream unpack(ByteBuffer packed, long cap) {
        return new Blocks(packed, cap);
    }

    @Override
    public OutputStream pack(OutputStream packed) {
        return new SnappyOutputStream(packed);
    }

    private static final class Blocks extends BlockStream {
        private final ByteBuffer packed;
        private final long cap;
        private final boolean framed;
        private byte[] source = new byte[0];

        Blocks(ByteBuffer packed, long cap) {
            this.packed = packed;
            this.cap = cap;
            this.framed = packed.remaining() >= Long.BYTES && packed.getLong(packed.position()) == MAGIC;
        }

        @Override
        boolean unpackBlock() throws IOException {
            do {
                if (!packed.hasRemaining()) return false;
                int size = packed.remaining();
                if (framed) {
                    while (packed.remaining() >= Long.BYTES && packed.getLong(packed.position()) == MAGIC) {
                        if (packed.remaining() < HEADER_BYTES) throw new EOFException("the header is cut off");
                        packed.position(packed.position() + HEADER_BYTES);
                    }
                    if (!packed.hasRemaining()) return false;
                    if (packed.remaining() < Integer.BYTES) throw new EOFException("the length of a block is cut off");
                    size = packed.getInt();
                    if (size < 0 || size > packed.remaining())
                        throw new IOException(
                                "a block claims " + size + " bytes, where " + packed.remaining() + " are left");
                }
                unpack(size);
            } while (limit == 0);
            return true;
        }

        private void unpack(int size) throws IOException {
            if (source.length < size) source = new byte[size];
            packed.get(source, 0, size);
            int unpacked = Snappy.uncompressedLength(source, 0, size);
            if (unpacked < 0 || unpacked > (long) size * BEST_RATIO)
                throw new IOException("a block of " + size + " bytes claims to unpack to " + (unpacked & 0xffffffffL));
            if (unpacked > cap) throw RecordSource.tooMuch(Compression.SNAPPY, cap);
            if (block.length < unpacked) block = new byte[unpacked];
            at = 0;
            limit = Snappy.uncompress(source, 0, size, block, 0);
        }
    }
}
