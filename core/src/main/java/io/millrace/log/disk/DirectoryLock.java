package io.millrace.log.disk;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import io.millrace.log.disk.DiskException.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Proof that no other process works on a directory (durability contract, R7). {@link FileDisk#lock} gives it; it holds
 * until it is closed or the process ends, however it ends.
 *
 * <p>The operating system keeps such a lock per process, and drops it when the process closes <em>any</em> descriptor of
 * the file. So the lock file must never be opened twice by one process, not even to be told no, and that is the one thing
 * which is remembered here for the whole process.
 */
public final class DirectoryLock implements AutoCloseable {
    private static final Set<Object> HELD = ConcurrentHashMap.newKeySet();
    /** Descriptors whose closing would drop the lock of a second copy of this class in the process. */
    private static final Queue<FileChannel> NEVER_CLOSED = new ConcurrentLinkedQueue<>();

    private final Path file;
    private final FileChannel channel;
    private final Object key;

    private DirectoryLock(Path file, FileChannel channel, Object key) {
        this.file = file;
        this.channel = channel;
        this.key = key;
    }

    static DirectoryLock take(Path file, Object key) throws IOException {
        if (!HELD.add(key)) throw refusal(file, ownPid());
        boolean taken = false;
        try {
            var lock = new DirectoryLock(file, openAndLock(file), key);
            taken = true;
            return lock;
        } finally {
            if (!taken) HELD.remove(key);
        }
    }

    private static FileChannel openAndLock(Path file) throws IOException {
        var channel = FileChannel.open(file, Set.of(READ, WRITE, NOFOLLOW_LINKS));
        try {
            if (channel.tryLock() == null) throw refusal(file, pidIn(channel));
            channel.truncate(0);
            channel.write(ByteBuffer.wrap((ownPid() + "\n").getBytes(StandardCharsets.US_ASCII)), 0);
            return channel;
        } catch (OverlappingFileLockException e) {
            NEVER_CLOSED.add(channel);
            throw refusal(file, ownPid());
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static String pidIn(FileChannel channel) throws IOException {
        var bytes = ByteBuffer.allocate(20);
        channel.read(bytes, 0);
        var text = StandardCharsets.US_ASCII.decode(bytes.flip()).toString().strip();
        return text.matches("[0-9]+") ? text : "unknown";
    }

    private static String ownPid() {
        return Long.toString(ProcessHandle.current().pid());
    }

    private static DiskException refusal(Path file, String pid) {
        var holder = pid.equals(ownPid()) ? "this process (pid " + pid + ")" : "the process with pid " + pid;
        return new DiskException(
                Reason.LOCKED,
                file + " is locked by " + holder
                        + "; stop it first, or choose another directory. Do not delete the file.");
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw FileDisk.failure("cannot let go of " + this, e);
        } finally {
            HELD.remove(key);
        }
    }

    @Override
    public String toString() {
        return "lock " + file;
    }
}
