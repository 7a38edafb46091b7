package io.millrace.log.disk;

import io.millrace.model.MillraceException;
import io.millrace.model.Refusal;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A small file that is replaced as a whole and survives a crash at any moment (durability contract, sections 5 and R4).
 *
 * <p>The new content goes to {@code name.tmp} and is synced; then the old file becomes {@code name.prev} and the new one
 * takes its name; then the directory is synced. A file whose bytes are wrong never replaces a good {@code .prev}. Calls
 * block: they belong inside {@link DiskWork}, one at a time for each path.
 *
 * <pre>
 *  0 magic "MRCP"   int32      8 payload length   int32
 *  4 version        int32     12 CRC32C of bytes 0 to 11 and of the payload
 * </pre>
 */
public final class Checkpoint {
    public static final int HEADER_BYTES = 16;

    private static final int MAGIC = 0x4D524350;
    private static final int VERSION = 1;
    private static final int LENGTH = 8;
    private static final int CRC = 12;

    private Checkpoint() {}

    /** Replaces the content of {@code path} by the remaining bytes of {@code payload}; durable when this returns. */
    public static void write(Disk disk, String path, ByteBuffer payload) {
        var header = ByteBuffer.allocate(HEADER_BYTES)
                .putInt(MAGIC)
                .putInt(VERSION)
                .putInt(payload.remaining())
                .putInt(0)
                .flip();
        header.putInt(CRC, crc(header, payload));
        disk.delete(temporary(path));
        try (var file = disk.open(temporary(path), Disk.Mode.CREATE_NEW)) {
            file.append(header, payload.duplicate());
            file.force();
        } catch (DiskException e) {
            // Room that is short already must not be taken by half a file.
            disk.delete(temporary(path));
            throw e;
        }
        if (isGood(disk, path)) disk.rename(path, previous(path));
        disk.rename(temporary(path), path);
        disk.syncDirectory(Disk.parent(path));
    }

    /**
     * The payload of {@code path}, or of its predecessor if the file is missing or damaged; empty if neither was ever
     * written. Throws CORRUPT_MESSAGE if there is something but nothing good, or a file of a newer version, and TOO_LARGE
     * for a payload over {@code limit} bytes.
     */
    public static Optional<ByteBuffer> read(Disk disk, String path, int limit) {
        boolean newest = disk.exists(path);
        boolean older = disk.exists(previous(path));
        // A killed process may have left renames that only this sync makes final; what was read must not be taken back.
        if (newest || older) disk.syncDirectory(Disk.parent(path));
        var payload = newest ? payload(disk, path, limit) : null;
        if (payload == null && older) payload = payload(disk, previous(path), limit);
        if (payload == null && (newest || older)) {
            throw new MillraceException(
                    Refusal.CORRUPT_MESSAGE,
                    path + " is damaged and there is no good " + previous(path)
                            + "; restore one of them from a backup, nothing was changed");
        }
        return Optional.ofNullable(payload);
    }

    /** Removes the file and its predecessor, durably. */
    public static void delete(Disk disk, String path) {
        disk.delete(temporary(path));
        disk.delete(path);
        disk.delete(previous(path));
        disk.syncDirectory(Disk.parent(path));
    }

    private static boolean isGood(Disk disk, String path) {
        return disk.exists(path) && payload(disk, path, Integer.MAX_VALUE - 2 * HEADER_BYTES) != null;
    }

    /** The payload, or null if the bytes are not what was written. */
    private static @Nullable ByteBuffer payload(Disk disk, String path, int limit) {
        var bytes = disk.readAll(path, Math.addExact(limit, HEADER_BYTES));
        if (bytes.remaining() < HEADER_BYTES || bytes.getInt(0) != MAGIC) return null;
        var header = bytes.slice(0, HEADER_BYTES);
        var payload = bytes.slice(HEADER_BYTES, bytes.remaining() - HEADER_BYTES);
        if (header.getInt(LENGTH) != payload.remaining() || header.getInt(CRC) != crc(header, payload)) return null;
        int version = header.getInt(4);
        if (version != VERSION) {
            throw new MillraceException(
                    Refusal.CORRUPT_MESSAGE,
                    path + " has format version " + version + "; this broker reads version " + VERSION
                            + ", start the broker that wrote it");
        }
        return payload;
    }

    private static int crc(ByteBuffer header, ByteBuffer payload) {
        var crc = new CRC32C();
        crc.update(header.slice(0, CRC));
        crc.update(payload.duplicate());
        return (int) crc.getValue();
    }

    private static String temporary(String path) {
        return path + ".tmp";
    }

    private static String previous(String path) {
        return path + ".prev";
    }
}
