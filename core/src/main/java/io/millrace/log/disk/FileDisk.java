package io.millrace.log.disk;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import io.millrace.log.disk.DiskException.Reason;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The files below one directory of the operating system; the only class that opens files.
 *
 * <p>It makes directories of mode 0700 and files of mode 0600, follows no symbolic link below its root, and opens regular
 * files only: whatever else lies there is answered with {@link Reason#NOT_A_FILE}, before it is opened, because opening a
 * FIFO would wait for a writer.
 *
 * <p>Any thread. A thread that works here must never be interrupted: an interrupt closes the channel under everybody who
 * uses the file, and later calls throw {@link IllegalStateException}.
 */
public final class FileDisk implements Disk {
    private static final FileAttribute<?> DIRECTORY_MODE = mode("rwx------");
    private static final FileAttribute<?> FILE_MODE = mode("rw-------");
    private static final FileAttribute<?>[] NO_MODE = {};

    private final Path root;
    private final FileStore store;

    private FileDisk(Path root, FileStore store) {
        this.root = root;
        this.store = store;
    }

    /**
     * The disk below a directory, which is created with its parents if it is missing. The operator chose this path, so a
     * link in it is followed.
     *
     * @throws DiskException UNUSABLE if it cannot be made, is no directory or may not be written
     */
    public static FileDisk at(String directory) {
        var path = Path.of(directory).toAbsolutePath();
        try {
            if (!Files.isDirectory(path)) Files.createDirectories(path, DIRECTORY_MODE);
            var root = path.toRealPath();
            if (!Files.isWritable(root)) throw unusable(path, "this user may not write there", null);
            return new FileDisk(root, Files.getFileStore(root));
        } catch (FileAlreadyExistsException e) {
            throw unusable(path, e.getMessage() + " is not a directory", e);
        } catch (AccessDeniedException e) {
            throw unusable(path, "this user may not write to " + e.getMessage(), e);
        } catch (IOException e) {
            if (reason(e) == Reason.FULL) throw failure("cannot make directory " + path, e);
            throw unusable(path, "it cannot be made: " + e.getMessage(), e);
        }
    }

    private static DiskException unusable(Path path, String why, @Nullable IOException cause) {
        var message =
                "cannot use directory " + path + ": " + why + "; name a directory that this user can make or write";
        return new DiskException(Reason.UNUSABLE, message, cause);
    }

    /**
     * Takes the directory for this process, until the lock is closed or the process ends.
     *
     * @param path of the lock file, which is created if it is missing, and never deleted
     * @throws DiskException LOCKED if somebody has it, in this process or another
     */
    public DirectoryLock lock(String path) {
        var file = resolve(path);
        try {
            var attributes = attributes(file);
            if (attributes == null) {
                Files.createFile(file, FILE_MODE);
                attributes = Files.readAttributes(file, BasicFileAttributes.class, NOFOLLOW_LINKS);
            }
            if (!attributes.isRegularFile()) throw notAFile(file);
            return DirectoryLock.take(file, attributes.fileKey());
        } catch (IOException e) {
            throw failure("cannot lock " + file, e);
        }
    }

    @Override
    public void createDirectory(String path) {
        var directory = resolve(path);
        try {
            if (isDirectory(directory)) return;
            Files.createDirectory(directory, DIRECTORY_MODE);
        } catch (IOException e) {
            throw failure("cannot create directory " + directory, e);
        }
    }

    @Override
    public List<Entry> list(String path) {
        var directory = existingDirectory(path);
        var entries = new ArrayList<Entry>();
        try (var stream = Files.newDirectoryStream(directory)) {
            for (var entry : stream) {
                var attributes = attributes(entry);
                if (attributes == null) continue; // deleted meanwhile
                entries.add(new Entry(entry.getFileName().toString(), kind(attributes)));
            }
        } catch (DirectoryIteratorException e) {
            throw new DiskException(Reason.FAILED, "cannot list " + directory + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw failure("cannot list " + directory, e);
        }
        entries.sort(Comparator.comparing(Entry::name));
        return entries;
    }

    @Override
    public boolean exists(String path) {
        try {
            return attributes(resolve(path)) != null;
        } catch (DiskException e) {
            if (e.reason() == Reason.NOT_FOUND) return false;
            throw e;
        } catch (IOException e) {
            throw failure("cannot look at " + path, e);
        }
    }

    @Override
    public DiskFile open(String path, Mode mode) {
        var file = resolve(path);
        try {
            if (mode != Mode.CREATE_NEW) {
                var attributes = attributes(file);
                if (attributes == null) throw new NoSuchFileException(file.toString());
                if (!attributes.isRegularFile()) throw notAFile(file);
            }
            var channel =
                    switch (mode) {
                        case READ -> open(file, Set.of(READ, NOFOLLOW_LINKS), NO_MODE);
                        case WRITE -> open(file, Set.of(READ, WRITE, NOFOLLOW_LINKS), NO_MODE);
                        case CREATE_NEW -> open(file, Set.of(READ, WRITE, CREATE_NEW, NOFOLLOW_LINKS), FILE_MODE);
                    };
            return new ChannelFile(file, channel, channel.size(), mode != Mode.READ);
        } catch (IOException e) {
            throw failure("cannot open " + file, e);
        }
    }

    private static FileChannel open(Path file, Set<OpenOption> options, FileAttribute<?>... mode) throws IOException {
        return FileChannel.open(file, options, mode);
    }

    @Override
    public void rename(String from, String to) {
        var source = resolve(from);
        var target = resolve(to);
        try {
            var moved = attributes(source);
            if (moved == null) throw new NoSuchFileException(source.toString());
            var replaced = attributes(target);
            if (replaced != null && moved.isDirectory()) throw new FileAlreadyExistsException(target.toString());
            if (replaced != null && !replaced.isRegularFile()) throw notAFile(target);
            Files.move(source, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw failure("cannot rename " + source + " to " + target, e);
        }
    }

    @Override
    public void delete(String path) {
        try {
            Files.deleteIfExists(resolve(path));
        } catch (DiskException e) {
            if (e.reason() != Reason.NOT_FOUND) throw e;
        } catch (IOException e) {
            throw failure("cannot delete " + root.resolve(path), e);
        }
    }

    @Override
    public void syncDirectory(String path) {
        var directory = existingDirectory(path);
        try (var channel = open(directory, Set.of(READ, NOFOLLOW_LINKS), NO_MODE)) {
            channel.force(true);
        } catch (IOException e) {
            throw new DiskException(Reason.FAILED, "cannot sync directory " + directory + ": " + e.getMessage(), e);
        }
    }

    @Override
    public long usableBytes() {
        try {
            return atMostMax(store.getUsableSpace());
        } catch (IOException e) {
            throw failure("cannot ask for the free space of " + root, e);
        }
    }

    @Override
    public long totalBytes() {
        try {
            return atMostMax(store.getTotalSpace());
        } catch (IOException e) {
            throw failure("cannot ask for the size of the volume of " + root, e);
        }
    }

    /** Volumes of more than 2^63 bytes overflow. */
    private static long atMostMax(long bytes) {
        return bytes < 0 ? Long.MAX_VALUE : bytes;
    }

    @Override
    public String toString() {
        return root.toString();
    }

    /** The path in the operating system, after a look at every directory on the way to it. */
    private Path resolve(String path) {
        var parts = Disk.parts(path);
        var place = root;
        for (int i = 0; i < parts.size(); i++) {
            if (i > 0) requireDirectory(place);
            place = place.resolve(parts.get(i));
        }
        return place;
    }

    private Path existingDirectory(String path) {
        var directory = path.isEmpty() ? root : resolve(path);
        requireDirectory(directory);
        return directory;
    }

    private static void requireDirectory(Path path) {
        try {
            var attributes = attributes(path);
            if (attributes == null) throw new DiskException(Reason.NOT_FOUND, path + " does not exist");
            if (!attributes.isDirectory()) throw new DiskException(Reason.NOT_A_FILE, path + " is not a directory");
        } catch (IOException e) {
            throw failure("cannot look at " + path, e);
        }
    }

    private static boolean isDirectory(Path path) throws IOException {
        var attributes = attributes(path);
        return attributes != null && attributes.isDirectory();
    }

    private static @Nullable BasicFileAttributes attributes(Path path) throws IOException {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class, NOFOLLOW_LINKS);
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    private static Entry.Kind kind(BasicFileAttributes attributes) {
        if (attributes.isRegularFile()) return Entry.Kind.FILE;
        return attributes.isDirectory() ? Entry.Kind.DIRECTORY : Entry.Kind.OTHER;
    }

    private static DiskException notAFile(Path path) {
        return new DiskException(Reason.NOT_A_FILE, path + " is not a regular file");
    }

    /** What an exception of the operating system means to us. */
    static RuntimeException failure(String what, IOException cause) {
        if (cause instanceof ClosedChannelException) {
            return new IllegalStateException(what + ": the file was closed, or a thread in it was interrupted", cause);
        }
        return new DiskException(reason(cause), what + ": " + cause.getMessage(), cause);
    }

    private static Reason reason(IOException cause) {
        if (cause instanceof NoSuchFileException) return Reason.NOT_FOUND;
        if (cause instanceof FileAlreadyExistsException) return Reason.EXISTS;
        if (cause instanceof DirectoryNotEmptyException) return Reason.EXISTS;
        var message = String.valueOf(cause.getMessage());
        if (message.contains("No space left on device") || message.contains("Disk quota exceeded")) return Reason.FULL;
        if (message.contains("Too many levels of symbolic links")) return Reason.NOT_A_FILE;
        return Reason.FAILED;
    }

    private static FileAttribute<?> mode(String permissions) {
        return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions));
    }
}
