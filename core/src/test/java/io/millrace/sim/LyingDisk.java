package io.millrace.sim;

import io.millrace.log.disk.Disk;
import io.millrace.log.disk.DiskFile;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.zip.CRC32C;

/** A disk through which everything goes, for somebody to leave something out. */
public class LyingDisk implements Disk {
    private final Disk sound;

    public LyingDisk(Disk sound) {
        this.sound = sound;
    }

    /** Somebody syncs the file that was opened under this path. */
    @SuppressWarnings("UnusedVariable") // for those who leave something out
    protected void force(String path, DiskFile file) {
        file.force();
    }

    /** Makes the mark of a log durable. */
    void mark(String path, long offset) {
        if (!sound.exists(path)) return;
        var bytes = ByteBuffer.allocate(16).putLong(0, offset);
        var crc = new CRC32C();
        crc.update(bytes.duplicate().limit(8));
        bytes.putInt(8, (int) crc.getValue());
        try (var file = sound.open(path, Mode.WRITE)) {
            file.write(0, bytes);
            file.force();
        }
    }

    @Override
    public void createDirectory(String path) {
        sound.createDirectory(path);
    }

    @Override
    public List<Entry> list(String path) {
        return sound.list(path);
    }

    @Override
    public boolean exists(String path) {
        return sound.exists(path);
    }

    @Override
    public ByteBuffer readAll(String path, int limit) {
        return sound.readAll(path, limit);
    }

    @Override
    public DiskFile open(String path, Mode mode) {
        var file = sound.open(path, mode);
        return new DiskFile() {
            @Override
            public long size() {
                return file.size();
            }

            @Override
            public void append(ByteBuffer... bytes) {
                file.append(bytes);
            }

            @Override
            public void write(long position, ByteBuffer bytes) {
                file.write(position, bytes);
            }

            @Override
            public int read(long position, ByteBuffer into) {
                return file.read(position, into);
            }

            @Override
            public void force() {
                LyingDisk.this.force(path, file);
            }

            @Override
            public void truncate(long size) {
                file.truncate(size);
            }

            @Override
            public void close() {
                file.close();
            }
        };
    }

    @Override
    public void rename(String from, String to) {
        sound.rename(from, to);
    }

    @Override
    public void delete(String path) {
        sound.delete(path);
    }

    @Override
    public void syncDirectory(String path) {
        sound.syncDirectory(path);
    }

    @Override
    public long usableBytes() {
        return sound.usableBytes();
    }

    @Override
    public long totalBytes() {
        return sound.totalBytes();
    }
}
