package io.millrace.log.segment;

import io.millrace.log.disk.Checkpoint;
import io.millrace.log.disk.Disk;
import io.millrace.model.MillraceException;
import java.nio.ByteBuffer;

/**
 * Up to which offset a log has been compacted, in a file beside its segments. One that is missing or damaged costs a
 * longer pass and nothing else. Every call blocks.
 */
final class CleanedMark {
    private static final int BYTES = 12;
    private static final int VERSION = 1;

    private CleanedMark() {}

    /** 0 if nothing is known. */
    static long read(Disk disk, String directory) {
        try {
            var stored = Checkpoint.read(disk, path(directory), BYTES);
            if (stored.isEmpty() || stored.get().remaining() != BYTES) return 0;
            var bytes = stored.get();
            return bytes.getInt() == VERSION ? Math.max(0, bytes.getLong()) : 0;
        } catch (MillraceException damaged) {
            return 0;
        }
    }

    static void write(Disk disk, String directory, long below) {
        var bytes = ByteBuffer.allocate(BYTES).putInt(VERSION).putLong(below).flip();
        Checkpoint.write(disk, path(directory), bytes);
    }

    /** The log is cut at {@code offset}: what will be written behind it is new. */
    static void lower(Disk disk, String directory, long offset) {
        if (read(disk, directory) > offset) write(disk, directory, offset);
    }

    private static String path(String directory) {
        return directory + "/" + SegmentFiles.CLEANED_MARK;
    }
}
