package io.millrace.log.disk;

import java.nio.ByteBuffer;

/** One open file. Calls of one file may come from several threads; {@code append} from one only. */
public interface DiskFile extends AutoCloseable {
    /** Bytes in the file, as far as this handle wrote them or found them when it was opened. */
    long size();

    /**
     * Writes the remaining bytes of all buffers at the end of the file, all or nothing: on failure the file is cut back
     * to its old size before the exception leaves (then the positions of the buffers say nothing). Reaches the page cache
     * only, so it may run on an event loop.
     */
    void append(ByteBuffer... bytes);

    /**
     * Writes the remaining bytes at a position, within or just behind the file. On failure the file is not longer than
     * before, but what lay there may be half overwritten.
     */
    void write(long position, ByteBuffer bytes);

    /** Fills {@code into} from a position until it is full or the file ends; returns the number of bytes read. */
    int read(long position, ByteBuffer into);

    /**
     * Makes the bytes durable ({@code fdatasync}). A failure is final: the page cache may have dropped what was not
     * written, and a second call would lie. Nobody calls it again on this file.
     */
    void force();

    /** Cuts the file to {@code size} bytes, at most its size; durable after {@link #force}. */
    void truncate(long size);

    /** Closes the handle; does not sync. Whoever uses it afterwards gets an {@link IllegalStateException}. */
    @Override
    void close();
}
