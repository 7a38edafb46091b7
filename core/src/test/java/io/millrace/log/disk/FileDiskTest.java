package io.millrace.log.disk;

import static io.millrace.sim.DiskContract.assertRefused;
import static io.millrace.sim.DiskContract.bytes;
import static io.millrace.sim.DiskContract.write;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.log.disk.Disk.Entry;
import io.millrace.log.disk.Disk.Mode;
import io.millrace.log.disk.DiskException.Reason;
import io.millrace.sim.DiskContract;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class FileDiskTest implements DiskContract {
    @TempDir
    Path directory;

    @Override
    public FileDisk newDisk() {
        return FileDisk.at(directory.resolve("new/root").toString());
    }

    @Test
    void whatItCreatesIsForItsOwnerOnly() throws IOException {
        var disk = newDisk();
        disk.createDirectory("d");
        write(disk, "d/a", "ab");
        disk.lock("lock").close();
        assertThat(mode("")).isEqualTo("rwx------");
        assertThat(mode("d")).isEqualTo("rwx------");
        assertThat(mode("d/a")).isEqualTo("rw-------");
        assertThat(mode("lock")).isEqualTo("rw-------");
    }

    private String mode(String path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(onDisk(path)));
    }

    @Test
    void aSymbolicLinkIsNeverFollowed() throws IOException {
        var disk = newDisk();
        var outside = Files.createDirectory(directory.resolve("outside"));
        var secret = Files.writeString(outside.resolve("secret"), "secret");
        Files.createSymbolicLink(onDisk("file"), secret);
        Files.createSymbolicLink(onDisk("dir"), outside);
        Files.createSymbolicLink(onDisk("dangling"), outside.resolve("none"));
        write(disk, "own", "own");

        assertRefused(Reason.NOT_A_FILE, () -> disk.open("file", Mode.READ));
        assertRefused(Reason.NOT_A_FILE, () -> disk.open("file", Mode.WRITE));
        assertRefused(Reason.EXISTS, () -> disk.open("dangling", Mode.CREATE_NEW));
        assertRefused(Reason.NOT_A_FILE, () -> disk.open("dir/secret", Mode.READ));
        assertRefused(Reason.NOT_A_FILE, () -> disk.open("dir/new", Mode.CREATE_NEW));
        assertRefused(Reason.NOT_A_FILE, () -> disk.list("dir"));
        assertRefused(Reason.NOT_A_FILE, () -> disk.syncDirectory("dir"));
        assertRefused(Reason.NOT_A_FILE, () -> disk.delete("dir/secret"));
        assertRefused(Reason.NOT_A_FILE, () -> disk.rename("own", "dir/secret"));
        assertRefused(Reason.NOT_A_FILE, () -> disk.rename("own", "file"));
        assertRefused(Reason.NOT_A_FILE, () -> disk.lock("file"));
        assertRefused(Reason.EXISTS, () -> disk.createDirectory("dir"));
        assertThat(disk.exists("dangling")).isTrue();
        assertThat(disk.list(""))
                .containsExactly(
                        new Entry("dangling", Entry.Kind.OTHER),
                        new Entry("dir", Entry.Kind.OTHER),
                        new Entry("file", Entry.Kind.OTHER),
                        new Entry("own", Entry.Kind.FILE));
        disk.delete("file");
        disk.delete("dir");
        assertThat(secret).hasContent("secret");
    }

    @Test
    void aFifoDoesNotMakeAnyoneWait() throws Exception {
        var disk = newDisk();
        var made =
                new ProcessBuilder("mkfifo", onDisk("fifo").toString()).start().waitFor();
        assertThat(made).isZero();
        assertThat(disk.list("")).containsExactly(new Entry("fifo", Entry.Kind.OTHER));
        assertRefused(Reason.NOT_A_FILE, () -> disk.open("fifo", Mode.READ));
        assertRefused(Reason.NOT_A_FILE, () -> disk.open("fifo", Mode.WRITE));
        assertRefused(Reason.NOT_A_FILE, () -> disk.readAll("fifo", 10));
        assertRefused(Reason.NOT_A_FILE, () -> disk.lock("fifo"));
    }

    @Test
    void theRootMayBeALinkBecauseTheOperatorSaidSo() throws IOException {
        var real = Files.createDirectory(directory.resolve("real"));
        var link = Files.createSymbolicLink(directory.resolve("link"), real);
        var disk = FileDisk.at(link.toString());
        write(disk, "a", "ab");
        assertThat(real.resolve("a")).hasContent("ab");
    }

    @Test
    void aRootThatIsAFileIsRefused() throws IOException {
        var file = Files.createFile(directory.resolve("file"));
        assertRefused(Reason.UNUSABLE, () -> FileDisk.at(file.toString()));
    }

    @Test
    void anInterruptIsNotMistakenForABrokenDisk() {
        var disk = newDisk();
        try (var file = disk.open("a", Mode.CREATE_NEW)) {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> file.append(bytes("ab"))).isInstanceOf(IllegalStateException.class);
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void aFullDiskIsToldFromABrokenOne() {
        assertThat(reason("a: No space left on device")).isEqualTo(Reason.FULL);
        assertThat(reason("Disk quota exceeded")).isEqualTo(Reason.FULL);
        assertThat(reason("Input/output error")).isEqualTo(Reason.FAILED);
        assertThat(reason(null)).isEqualTo(Reason.FAILED);
    }

    private static Reason reason(String message) {
        return ((DiskException) FileDisk.failure("cannot write", new IOException(message))).reason();
    }

    @Test
    void aFailedRenameNamesBothFiles() {
        var disk = newDisk();
        assertThatThrownBy(() -> disk.rename("from", "to"))
                .hasMessageContaining("new/root/from")
                .hasMessageContaining("new/root/to")
                .hasCauseInstanceOf(FileSystemException.class);
    }

    @Test
    void aReserveIsNotAHole() throws Exception {
        var disk = newDisk();
        disk.reserve("reserve", 4 << 20);
        var stat = new ProcessBuilder("stat", "-c", "%b", onDisk("reserve").toString()).start();
        var blocks = new String(stat.getInputStream().readAllBytes(), US_ASCII).strip();
        assertThat(Long.parseLong(blocks) * 512).isGreaterThanOrEqualTo(4 << 20);
    }

    @Test
    void aFailedAppendLeavesNoBytes() throws Exception {
        newDisk();
        // The shell lets the process write no file of more than 64 blocks (of 512 or 1,024 bytes).
        var answer = inAnotherProcess(TooLargeWriter.class, "ulimit -f 64; exec \"$@\"");
        assertThat(answer).startsWith("FAILED").endsWith(", then 10000 bytes, then 10004");
        assertThat(onDisk("a")).hasSize(10_004);
    }

    /** Appends more than it may, and then a little. */
    static final class TooLargeWriter {
        public static void main(String[] arguments) throws IOException {
            var answer = new StringBuilder();
            try (var file = FileDisk.at(arguments[0]).open("a", Mode.CREATE_NEW)) {
                file.append(ByteBuffer.allocate(10_000));
                try {
                    file.append(ByteBuffer.allocate(50_000), ByteBuffer.allocate(50_000));
                } catch (DiskException e) {
                    answer.append(e.reason()).append(' ').append(e.getMessage());
                }
                answer.append(", then ")
                        .append(Files.size(Path.of(arguments[0], "a")))
                        .append(" bytes");
                file.append(bytes("more"));
                answer.append(", then ").append(file.size());
            }
            Files.writeString(Path.of(arguments[1]), answer);
        }
    }

    @Test
    void aDirectoryIsLockedOnceInAProcess() throws IOException {
        var disk = newDisk();
        long pid = ProcessHandle.current().pid();
        var lock = disk.lock("lock");
        assertThat(onDisk("lock")).hasContent(pid + "\n");
        assertThatThrownBy(() -> newDisk().lock("lock"))
                .isInstanceOfSatisfying(
                        DiskException.class, e -> assertThat(e.reason()).isEqualTo(Reason.LOCKED))
                .hasMessageContaining(onDisk("lock").toString())
                .hasMessageContaining("this process (pid " + pid + ")");
        lock.close();
        newDisk().lock("lock").close();
    }

    @Test
    void aDirectoryIsLockedOnceOnAMachine() throws Exception {
        var disk = newDisk();
        var lock = disk.lock("lock");
        var refusal = lockInAnotherProcess();
        assertThat(refusal)
                .startsWith("LOCKED")
                .contains(onDisk("lock").toString())
                .contains("the process with pid " + ProcessHandle.current().pid());

        // A second attempt in this process must not take away what the first one holds.
        assertRefused(Reason.LOCKED, () -> newDisk().lock("lock"));
        assertThat(lockInAnotherProcess()).startsWith("LOCKED");

        lock.close();
        assertThat(lockInAnotherProcess()).startsWith("free");
        disk.lock("lock").close();
    }

    private String lockInAnotherProcess() throws Exception {
        return inAnotherProcess(Locker.class, "exec \"$@\"");
    }

    /** Tries to lock the directory and writes down what happened. */
    static final class Locker {
        public static void main(String[] arguments) throws IOException {
            var answer = Path.of(arguments[1]);
            try (var lock = FileDisk.at(arguments[0]).lock("lock")) {
                Files.writeString(answer, "free: " + lock);
            } catch (DiskException e) {
                Files.writeString(answer, e.reason() + " " + e.getMessage());
            }
        }
    }

    /** Runs {@code main} with the root and the file into which it writes its answer. */
    private String inAnotherProcess(Class<?> main, String shell) throws Exception {
        var answer = directory.resolve("answer");
        var process = new ProcessBuilder(
                        "sh",
                        "-c",
                        shell,
                        "sh",
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:-UsePerfData",
                        "-Xmx64m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        main.getName(),
                        directory.resolve("new/root").toString(),
                        answer.toString())
                .inheritIO()
                .start();
        assertThat(process.waitFor()).isZero();
        return Files.readString(answer);
    }

    private Path onDisk(String path) {
        return directory.resolve("new/root").resolve(path);
    }
}
