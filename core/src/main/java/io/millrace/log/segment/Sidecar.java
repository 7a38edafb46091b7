package io.millrace.log.segment;

import io.millrace.log.disk.Disk;
import io.millrace.log.disk.DiskException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A derived file beside a segment: an index or a snapshot. It says which bytes of the segment it was made from; one that
 * is missing, damaged or made from other bytes is thrown away and made again (durability contract, R4).
 *
 * @param covers the size of the segment file that this was made from, in bytes
 * @param end the offset behind the last record of those bytes
 * @param maxTimestamp the largest timestamp in them
 */
record Sidecar(long covers, long end, long maxTimestamp, ByteBuffer payload) {
    private static final int MAGIC = 0x4D525344;
    private static final int VERSION = 1;
    private static final int HEADER_BYTES = 40;
    private static final int CRC = 36;
    private static final int LIMIT = 256 << 20;

    /** Writes it under its name; durable after the directory is synced. Blocks. */
    void write(Disk disk, String path) {
        var header = ByteBuffer.allocate(HEADER_BYTES);
        header.putInt(MAGIC).putInt(VERSION).putLong(covers).putLong(end).putLong(maxTimestamp);
        header.putInt(payload.remaining()).putInt(crc(header, payload)).flip();
        var temporary = path + SegmentFiles.TEMPORARY;
        disk.delete(temporary);
        try (var file = disk.open(temporary, Disk.Mode.CREATE_NEW)) {
            file.append(header, payload.duplicate());
            file.force();
        }
        disk.rename(temporary, path);
    }

    /** Null if there is none or its bytes are wrong. Blocks. */
    static @Nullable Sidecar read(Disk disk, String path) {
        ByteBuffer bytes;
        try {
            bytes = disk.readAll(path, LIMIT);
        } catch (DiskException missing) {
            if (missing.reason() == DiskException.Reason.FAILED) throw missing;
            return null;
        }
        if (bytes.remaining() < HEADER_BYTES || bytes.getInt(0) != MAGIC || bytes.getInt(4) != VERSION) return null;
        var payload = bytes.slice(HEADER_BYTES, bytes.remaining() - HEADER_BYTES);
        if (bytes.getInt(32) != payload.remaining() || bytes.getInt(CRC) != crc(bytes, payload)) return null;
        return new Sidecar(bytes.getLong(8), bytes.getLong(16), bytes.getLong(24), payload);
    }

    private static int crc(ByteBuffer header, ByteBuffer payload) {
        var crc = new CRC32C();
        crc.update(header.duplicate().limit(CRC).position(0));
        crc.update(payload.duplicate());
        return (int) crc.getValue();
    }
}
