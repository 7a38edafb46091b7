package io.millrace.log.segment;

import io.millrace.log.disk.Disk;
import io.millrace.log.disk.DiskException;
import io.millrace.log.disk.DiskFile;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * A few bytes beside the log that say up to which offset it has been synced. Written behind each sync and never synced
 * for its own sake: it may lag, it never runs ahead. It tells a torn tail (at or above the mark: cut) from rot (below:
 * kept and reported), see R2 and R3 of the durability contract.
 */
final class DurableMark implements AutoCloseable {
    private static final int BYTES = 16;

    private final DiskFile file;
    private final ByteBuffer bytes = ByteBuffer.allocate(BYTES);
    private final CRC32C crc = new CRC32C();

    private DurableMark(DiskFile file) {
        this.file = file;
    }

    static DurableMark open(Disk disk, String path) {
        return new DurableMark(disk.open(path, disk.exists(path) ? Disk.Mode.WRITE : Disk.Mode.CREATE_NEW));
    }

    /** The offset last written; 0 if the file is missing or its bytes are wrong. */
    static long read(Disk disk, String path) {
        ByteBuffer bytes;
        try {
            bytes = disk.readAll(path, BYTES);
        } catch (DiskException missing) {
            if (missing.reason() == DiskException.Reason.FAILED) throw missing;
            return 0;
        }
        if (bytes.remaining() != BYTES || bytes.getInt(8) != checksum(new CRC32C(), bytes)) return 0;
        return Math.max(0, bytes.getLong(0));
    }

    /** Called by one thread at a time. */
    void write(long offset) {
        bytes.clear();
        bytes.putLong(0, offset);
        bytes.putInt(8, checksum(crc, bytes)).putInt(12, 0);
        file.write(0, bytes);
    }

    void force() {
        file.force();
    }

    private static int checksum(CRC32C crc, ByteBuffer bytes) {
        crc.reset();
        crc.update(bytes.duplicate().limit(8).position(0));
        return (int) crc.getValue();
    }

    @Override
    public void close() {
        file.close();
    }
}
