package io.millrace.log.disk;

import io.millrace.log.disk.DiskException.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * A regular file of {@link FileDisk}. Any thread may read, write and force; one thread appends.
 *
 * <p>Heap buffers go through a direct buffer that the JDK keeps for each thread, as large as the largest one it ever
 * copied; so nothing is handed to the channel in pieces of more than {@link #PIECE} bytes.
 */
final class ChannelFile implements DiskFile {
    private static final int PIECE = 1 << 20;
    private static final long UNKNOWN = -1;

    private final Path path;
    private final FileChannel channel;
    private final boolean writable;
    private volatile long size;
    /** Where the channel stands; only {@link #append} moves it, and only its thread looks here. */
    private long appendPosition = UNKNOWN;

    ChannelFile(Path path, FileChannel channel, long size, boolean writable) {
        this.path = path;
        this.channel = channel;
        this.size = size;
        this.writable = writable;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public void append(ByteBuffer... bytes) {
        requireWritable();
        long end = size;
        try {
            if (appendPosition != end) channel.position(end);
            appendPosition = UNKNOWN;
            long written = bytes.length == 1 ? writeHere(bytes[0]) : writeHere(bytes);
            size = end + written;
            appendPosition = end + written;
        } catch (IOException e) {
            var failure = FileDisk.failure("cannot append to " + path, e);
            cutBack(end, failure);
            throw failure;
        } catch (RuntimeException | Error e) {
            cutBack(end, e);
            throw e;
        }
    }

    private long writeHere(ByteBuffer[] all) throws IOException {
        long total = 0;
        for (var bytes : all) total += bytes.remaining();
        if (total > PIECE) {
            for (var bytes : all) writeHere(bytes);
        } else {
            for (long written = 0; written < total; ) written += channel.write(all);
        }
        return total;
    }

    private int writeHere(ByteBuffer bytes) throws IOException {
        int start = bytes.position();
        int limit = bytes.limit();
        try {
            while (bytes.position() < limit) {
                bytes.limit(pieceEnd(bytes, limit));
                channel.write(bytes);
            }
        } finally {
            bytes.limit(limit);
        }
        return limit - start;
    }

    private void cutBack(long end, Throwable failure) {
        try {
            if (channel.isOpen()) channel.truncate(end);
        } catch (IOException e) {
            failure.addSuppressed(e);
            throw new DiskException(
                    Reason.FAILED,
                    "cannot cut " + path + " back to " + end + " bytes after a failed write: " + e.getMessage(),
                    failure);
        }
    }

    @Override
    public void write(long position, ByteBuffer bytes) {
        requireWritable();
        long end = size;
        if (position < 0 || position > end) {
            throw new IllegalArgumentException(
                    "position " + position + " lies outside " + path + " of " + end + " bytes");
        }
        int limit = bytes.limit();
        long at = position;
        try {
            while (bytes.position() < limit) {
                bytes.limit(pieceEnd(bytes, limit));
                at += channel.write(bytes, at);
            }
        } catch (IOException e) {
            var failure = FileDisk.failure("cannot write to " + path + " at " + at, e);
            if (at > end) cutBack(end, failure);
            throw failure;
        } finally {
            bytes.limit(limit);
        }
        if (at > end) size = at;
    }

    @Override
    public int read(long position, ByteBuffer into) {
        int limit = into.limit();
        int total = 0;
        try {
            while (into.position() < limit) {
                into.limit(pieceEnd(into, limit));
                int read = channel.read(into, position + total);
                if (read < 0) break;
                total += read;
            }
        } catch (IOException e) {
            throw FileDisk.failure("cannot read " + path + " at " + (position + total), e);
        } finally {
            into.limit(limit);
        }
        return total;
    }

    private static int pieceEnd(ByteBuffer bytes, int limit) {
        return limit - bytes.position() > PIECE ? bytes.position() + PIECE : limit;
    }

    @Override
    public void force() {
        try {
            channel.force(false);
        } catch (ClosedChannelException e) {
            throw FileDisk.failure("cannot sync " + path, e);
        } catch (IOException e) {
            // Even "no space left" is final here: the page cache has dropped what it could not write.
            throw new DiskException(Reason.FAILED, "cannot sync " + path + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void truncate(long newSize) {
        requireWritable();
        if (newSize < 0 || newSize > size) {
            throw new IllegalArgumentException("cannot cut " + path + " of " + size + " bytes to " + newSize);
        }
        try {
            channel.truncate(newSize);
            size = newSize;
        } catch (IOException e) {
            throw FileDisk.failure("cannot cut " + path + " to " + newSize + " bytes", e);
        }
    }

    private void requireWritable() {
        if (!writable) throw new IllegalStateException(path + " was opened for reading");
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw FileDisk.failure("cannot close " + path, e);
        }
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
