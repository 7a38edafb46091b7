package io.millrace.record;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4FrameOutputStream;
import net.jpountz.lz4.LZ4FrameOutputStream.BLOCKSIZE;
import net.jpountz.lz4.LZ4FrameOutputStream.FLG;
import net.jpountz.lz4.LZ4SafeDecompressor;
import net.jpountz.xxhash.XXHash32;
import net.jpountz.xxhash.XXHashFactory;

/**
 * One LZ4 frame of independent blocks, as Kafka's Java clients read it. The library has a reader of its own, but that
 * takes the memory of two blocks of 4 MiB when a header of seven bytes asks for it.
 */
final class Lz4Codec implements Compression.Codec {
    private final LZ4Factory lz4 = LZ4Factory.fastestInstance();
    private final XXHash32 hash = XXHashFactory.fastestInstance().hash32();

    @Override
    public InputStream unpack(ByteBuffer packed, long cap) throws IOException {
        return new Frame(packed, lz4.safeDecompressor(), hash);
    }

    @Override
    public OutputStream pack(OutputStream packed) throws IOException {
        return new LZ4FrameOutputStream(
                packed, BLOCKSIZE.SIZE_64KB, -1, lz4.fastCompressor(), hash, FLG.Bits.BLOCK_INDEPENDENCE);
    }

    private static final class Frame extends BlockStream {
        private static final int MAGIC = 0x184D2204;
        private static final int VERSION_MASK = 0xc0;
        private static final int VERSION_1 = 0x40;
        private static final int INDEPENDENT = 0x20;
        private static final int BLOCK_CHECKSUMS = 0x10;
        private static final int CONTENT_SIZE = 0x08;
        private static final int CONTENT_CHECKSUM = 0x04;
        private static final int RESERVED = 0x03;
        private static final int BLOCK_SIZE_RESERVED = 0x8f;
        /** In the length of a block: its bytes are not compressed. */
        private static final int STORED = 0x80000000;
        /** The best that the format can do: one byte that lengthens a copy by 255. */
        private static final int BEST_RATIO = 255;

        private final ByteBuffer packed;
        private final LZ4SafeDecompressor decompressor;
        private final XXHash32 hash;
        private final int flags;
        private final int blockBytes;
        private boolean ended;

        Frame(ByteBuffer packed, LZ4SafeDecompressor decompressor, XXHash32 hash) throws IOException {
            this.packed = packed.order(ByteOrder.LITTLE_ENDIAN);
            this.decompressor = decompressor;
            this.hash = hash;
            need(7);
            if (packed.getInt() != MAGIC) throw new IOException("not an LZ4 frame");
            int descriptorAt = packed.position();
            flags = packed.get() & 0xff;
            int sizes = packed.get() & 0xff;
            if ((flags & VERSION_MASK) != VERSION_1 || (flags & RESERVED) != 0)
                throw new IOException("frame flags 0x" + Integer.toHexString(flags) + " are not supported");
            if ((flags & INDEPENDENT) == 0) throw new IOException("blocks that depend on each other are not supported");
            int code = sizes >>> 4;
            if (code < 4 || (sizes & BLOCK_SIZE_RESERVED) != 0) throw new IOException("block size code " + sizes);
            blockBytes = 1 << (8 + 2 * code);
            if ((flags & CONTENT_SIZE) != 0) {
                need(Long.BYTES + 1);
                packed.getLong();
            }
            int descriptorBytes = packed.position() - descriptorAt;
            int expected = (hash.hash(packed, descriptorAt, descriptorBytes, 0) >> 8) & 0xff;
            if ((packed.get() & 0xff) != expected) throw new IOException("the checksum of the frame header is wrong");
        }

        @Override
        boolean unpackBlock() throws IOException {
            at = 0;
            limit = 0;
            while (limit == 0) {
                if (ended) return false;
                need(Integer.BYTES);
                int header = packed.getInt();
                if (header == 0) {
                    end();
                } else {
                    unpack(header & ~STORED, (header & STORED) != 0);
                }
            }
            return true;
        }

        private void end() throws IOException {
            ended = true;
            if ((flags & CONTENT_CHECKSUM) != 0) {
                need(Integer.BYTES);
                packed.getInt();
            }
            if (packed.hasRemaining()) throw new IOException(packed.remaining() + " bytes follow the end of the frame");
        }

        private void unpack(int size, boolean stored) throws IOException {
            if (size > blockBytes)
                throw new IOException("a block of " + size + " bytes, the frame allows " + blockBytes);
            need(size);
            int start = packed.position();
            int most = stored ? size : (int) Math.min(blockBytes, (long) size * BEST_RATIO);
            if (block.length < most) block = new byte[most];
            if (stored) {
                packed.get(block, 0, size);
                limit = size;
            } else {
                limit = decompressor.decompress(packed, start, size, ByteBuffer.wrap(block), 0, most);
                packed.position(start + size);
            }
            if ((flags & BLOCK_CHECKSUMS) != 0) {
                need(Integer.BYTES);
                if (packed.getInt() != hash.hash(packed, start, size, 0))
                    throw new IOException("the checksum of a block is wrong");
            }
        }

        private void need(int bytes) throws IOException {
            if (packed.remaining() < bytes)
                throw new EOFException(
                        "the frame is cut off: " + packed.remaining() + " bytes are left, " + bytes + " are missing");
        }
    }
}
