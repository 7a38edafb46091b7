package io.millrace.log.disk;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.SplittableRandom;

/**
 * One directory tree of the operating system. Every call blocks and throws {@link DiskException}; only {@link
 * DiskFile#append} is meant for an event loop, everything else runs inside {@link DiskWork}.
 *
 * <p>Paths are relative, their parts are joined by {@code /}, and no part is {@code .} or {@code ..}; a wrong path is an
 * {@link IllegalArgumentException}. Symbolic links are never followed: a path that leads through something that is not a
 * directory is NOT_A_FILE, one whose directory is missing is NOT_FOUND.
 */
public interface Disk {
    /** Creates the directory if it is missing, mode 0700. Its parent must exist. Throws EXISTS if a file has the name. */
    void createDirectory(String path);

    /**
     * Names (not paths) of the entries of a directory, sorted; {@code ""} is the root. Throws NOT_FOUND if there is nothing
     * of that name, NOT_A_FILE if it is not a directory.
     */
    List<Entry> list(String path);

    /** Whether the name is taken, by whatever it may be. */
    boolean exists(String path);

    /** Opens a file. Throws NOT_FOUND, EXISTS (for CREATE_NEW) or NOT_A_FILE (a link, a FIFO, a directory). */
    DiskFile open(String path, Mode mode);

    /**
     * Renames a file, over an existing one, or a directory, over nothing (else EXISTS). Atomic; durable only after {@link
     * #syncDirectory} of the parent.
     */
    void rename(String from, String to);

    /** Removes a file or an empty directory (else EXISTS). Absence is success. */
    void delete(String path);

    /** Makes the names in a directory durable; {@code ""} is the root. A failure is final, as with a file. */
    void syncDirectory(String path);

    /** Bytes that may still be written on the volume. */
    long usableBytes();

    /** Bytes the volume has in all. */
    long totalBytes();

    /** What {@link #list} found. */
    record Entry(String name, Kind kind) {
        public enum Kind {
            FILE,
            DIRECTORY,
            OTHER
        }
    }

    enum Mode {
        READ,
        WRITE,
        CREATE_NEW
    }

    /** The whole file. Throws TOO_LARGE if it is longer than {@code limit} bytes, before anything is allocated. */
    default ByteBuffer readAll(String path, int limit) {
        try (var file = open(path, Mode.READ)) {
            if (file.size() > limit) {
                throw new DiskException(
                        DiskException.Reason.TOO_LARGE,
                        path + " has " + file.size() + " bytes; at most " + limit + " were expected");
            }
            var bytes = ByteBuffer.allocate((int) file.size());
            file.read(0, bytes);
            return bytes.flip();
        }
    }

    /**
     * Makes sure, durably, that there is a file of {@code bytes} bytes which really occupy the device; deleting or cutting
     * it gives them back when the device is full. An existing file of that size is taken as it is. Throws FULL, and leaves
     * nothing behind, when there is no room.
     */
    default void reserve(String path, long bytes) {
        if (exists(path)) {
            try (var file = open(path, Mode.READ)) {
                if (file.size() == bytes) return;
            }
        }
        var temporary = path + ".tmp";
        delete(temporary);
        try (var file = open(temporary, Mode.CREATE_NEW)) {
            // Noise: a file system that compresses would make a hole of zeros.
            var noise = new byte[(int) Math.min(bytes, 1 << 20)];
            new SplittableRandom(bytes).nextBytes(noise);
            for (long left = bytes; left > 0; left -= Math.min(left, noise.length)) {
                file.append(ByteBuffer.wrap(noise, 0, (int) Math.min(left, noise.length)));
            }
            file.force();
        } catch (DiskException e) {
            delete(temporary);
            throw e;
        }
        rename(temporary, path);
        syncDirectory(parent(path));
    }

    /** The directory that holds the name; {@code ""} for one in the root. */
    static String parent(String path) {
        return path.substring(0, Math.max(0, path.lastIndexOf('/')));
    }

    /** The parts of a path; throws {@link IllegalArgumentException} if it could lead anywhere but down. */
    static List<String> parts(String path) {
        var parts = List.of(path.split("/", -1));
        for (var part : parts) {
            if (part.isEmpty() || part.equals(".") || part.equals("..") || part.indexOf('\0') >= 0) {
                throw new IllegalArgumentException("not a path below the root: '" + path + "'");
            }
        }
        return parts;
    }
}
