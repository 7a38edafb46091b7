package io.millrace.log.disk;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * One directory tree of the operating system. Every call blocks and throws {@link DiskException}; only {@link
 * DiskFile#append} is meant for an event loop, everything else runs inside {@link DiskWork}.
 *
 * <p>Paths are relative, their parts are joined by {@code /}, and no part is {@code .} or {@code ..}. Symbolic links are
 * never followed.
 */
public interface Disk {
    /** Creates the directory if it is missing, mode 0700. Its parent must exist. */
    void createDirectory(String path);

    /** Names (not paths) of the entries of a directory, sorted. Throws NOT_FOUND if there is no such directory. */
    List<Entry> list(String path);

    boolean exists(String path);

    /** Opens a file. Throws NOT_FOUND, EXISTS (for CREATE_NEW) or NOT_A_FILE (a link, a FIFO, a directory). */
    DiskFile open(String path, Mode mode);

    /** Renames over an existing file. Durable only after {@link #syncDirectory} of the parent. */
    void rename(String from, String to);

    /** Removes a file or an empty directory. Absence is success. */
    void delete(String path);

    /** Makes the names in a directory durable. */
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
}
