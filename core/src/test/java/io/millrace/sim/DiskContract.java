package io.millrace.sim;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.millrace.log.disk.Disk;
import io.millrace.log.disk.Disk.Entry;
import io.millrace.log.disk.Disk.Mode;
import io.millrace.log.disk.DiskException;
import io.millrace.log.disk.DiskException.Reason;
import io.millrace.log.disk.DiskFile;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What every {@link Disk} does. Implemented by the test of each of them. */
public interface DiskContract {
    /** An empty disk. */
    Disk newDisk();

    @Test
    default void whatWasAppendedIsRead() {
        var disk = newDisk();
        try (var file = disk.open("a", Mode.CREATE_NEW)) {
            file.append(bytes("one "));
            file.append(bytes("two "), bytes(""), bytes("three"));
            assertThat(file.size()).isEqualTo(13);
            assertThat(read(file, 0, 100)).isEqualTo("one two three");
            assertThat(read(file, 4, 3)).isEqualTo("two");
            assertThat(read(file, 13, 3)).isEmpty();
            assertThat(read(file, 1_000, 3)).isEmpty();
        }
        assertThat(text(disk, "a")).isEqualTo("one two three");
    }

    @Test
    default void onlyTheRemainingBytesAreWrittenAndTheBufferIsUsedUp() {
        var disk = newDisk();
        try (var file = disk.open("a", Mode.CREATE_NEW)) {
            var part = bytes("0123456789").position(2).limit(5);
            file.append(part);
            assertThat(part.position()).isEqualTo(5);
            assertThat(part.limit()).isEqualTo(5);
            var direct = ByteBuffer.allocateDirect(3).put(bytes("xyz")).flip();
            file.append(direct, bytes("!").asReadOnlyBuffer());
            assertThat(direct.hasRemaining()).isFalse();
            assertThat(read(file, 0, 9)).isEqualTo("234xyz!");
        }
    }

    @Test
    default void aReadFillsTheBufferBetweenItsPositionAndItsLimit() {
        var disk = fileWith("a", "abcdef");
        try (var file = disk.open("a", Mode.READ)) {
            var into = ByteBuffer.allocate(8).position(1).limit(4);
            assertThat(file.read(2, into)).isEqualTo(3);
            assertThat(into.position()).isEqualTo(4);
            assertThat(into.limit()).isEqualTo(4);
            assertThat(into.array()).isEqualTo(new byte[] {0, 'c', 'd', 'e', 0, 0, 0, 0});
        }
    }

    @Test
    default void anAppendComesAfterWhateverChangedTheEnd() {
        var disk = newDisk();
        try (var file = disk.open("a", Mode.CREATE_NEW)) {
            file.append(bytes("0123456789"));
            file.truncate(4);
            file.append(bytes("A"));
            file.write(5, bytes("BC"));
            file.append(bytes("D"));
            file.write(0, bytes("x"));
            file.append(bytes("E"));
            assertThat(file.size()).isEqualTo(9);
        }
        assertThat(text(disk, "a")).isEqualTo("x123ABCDE");
        try (var file = disk.open("a", Mode.WRITE)) {
            assertThat(file.size()).isEqualTo(9);
            file.append(bytes("F"));
        }
        assertThat(text(disk, "a")).isEqualTo("x123ABCDEF");
    }

    @Test
    default void largeAndManyBuffersArriveWhole() {
        var disk = newDisk();
        var random = new Random(7);
        var large = new byte[3_333_333];
        random.nextBytes(large);
        try (var file = disk.open("a", Mode.CREATE_NEW)) {
            file.append(ByteBuffer.wrap(large));
            file.append(ByteBuffer.wrap(large, 0, 2_000_000), ByteBuffer.wrap(large, 2_000_000, 1_333_333));
            var many = new ArrayList<ByteBuffer>();
            for (int n = 0; n < 3_000; n++) many.add(ByteBuffer.wrap(large, n * 100, 100));
            file.append(many.toArray(ByteBuffer[]::new));
            assertThat(file.size()).isEqualTo(2L * large.length + 300_000);

            var twice = ByteBuffer.allocate(2 * large.length + 300_000);
            assertThat(file.read(0, twice)).isEqualTo(twice.capacity());
            assertThat(twice.slice(0, large.length)).isEqualTo(ByteBuffer.wrap(large));
            assertThat(twice.slice(large.length, large.length)).isEqualTo(ByteBuffer.wrap(large));
            assertThat(twice.slice(2 * large.length, 300_000)).isEqualTo(ByteBuffer.wrap(large, 0, 300_000));
        }
    }

    @Test
    default void aHoleCannotBeWrittenAndAFileCannotBeCutLonger() {
        var disk = newDisk();
        try (var file = disk.open("a", Mode.CREATE_NEW)) {
            file.append(bytes("ab"));
            assertThatThrownBy(() -> file.write(3, bytes("x"))).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> file.truncate(3)).isInstanceOf(IllegalArgumentException.class);
            assertThat(file.size()).isEqualTo(2);
        }
    }

    @Test
    default void aFileOpenedForReadingRefusesToBeWritten() {
        var disk = fileWith("a", "ab");
        try (var file = disk.open("a", Mode.READ)) {
            assertThatThrownBy(() -> file.append(bytes("x"))).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> file.write(0, bytes("x"))).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> file.truncate(0)).isInstanceOf(IllegalStateException.class);
        }
        assertThat(text(disk, "a")).isEqualTo("ab");
    }

    @Test
    default void aClosedFileIsNotADiskFailure() {
        var disk = fileWith("a", "ab");
        var file = disk.open("a", Mode.WRITE);
        file.close();
        file.close();
        assertThatThrownBy(() -> file.append(bytes("x"))).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> file.read(0, ByteBuffer.allocate(1))).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(file::force).isInstanceOf(IllegalStateException.class);
        assertThat(text(disk, "a")).isEqualTo("ab");
    }

    @Test
    default void openingSaysWhatIsInTheWay() {
        var disk = fileWith("a", "ab");
        disk.createDirectory("d");
        assertRefused(Reason.NOT_FOUND, () -> disk.open("b", Mode.READ));
        assertRefused(Reason.NOT_FOUND, () -> disk.open("b", Mode.WRITE));
        assertRefused(Reason.EXISTS, () -> disk.open("a", Mode.CREATE_NEW));
        assertRefused(Reason.EXISTS, () -> disk.open("d", Mode.CREATE_NEW));
        assertRefused(Reason.NOT_A_FILE, () -> disk.open("d", Mode.READ));
        assertRefused(Reason.NOT_A_FILE, () -> disk.open("d", Mode.WRITE));
        assertRefused(Reason.NOT_FOUND, () -> disk.open("none/b", Mode.CREATE_NEW));
        assertRefused(Reason.NOT_A_FILE, () -> disk.open("a/b", Mode.CREATE_NEW));
    }

    @Test
    default void aPathLeadsOnlyDown() {
        var disk = newDisk();
        for (var path : new String[] {"", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b", "a\0b"}) {
            assertThatThrownBy(() -> disk.open(path, Mode.CREATE_NEW))
                    .as("path '%s'", path)
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> disk.delete(path)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(disk.list("")).isEmpty();
    }

    @Test
    default void directoriesNestAndAreListedInOrder() {
        var disk = newDisk();
        disk.createDirectory("d");
        disk.createDirectory("d");
        disk.createDirectory("d/e");
        for (var name : new String[] {"d/b", "d/a", "d/e/x"}) {
            disk.open(name, Mode.CREATE_NEW).close();
        }
        assertThat(disk.list("")).containsExactly(new Entry("d", Entry.Kind.DIRECTORY));
        assertThat(disk.list("d"))
                .containsExactly(
                        new Entry("a", Entry.Kind.FILE),
                        new Entry("b", Entry.Kind.FILE),
                        new Entry("e", Entry.Kind.DIRECTORY));
        assertThat(disk.exists("d/e/x")).isTrue();
        assertThat(disk.exists("d/e/y")).isFalse();
        assertThat(disk.exists("none/e")).isFalse();
        assertRefused(Reason.NOT_FOUND, () -> disk.list("none"));
        assertRefused(Reason.NOT_A_FILE, () -> disk.list("d/a"));
        assertRefused(Reason.EXISTS, () -> disk.createDirectory("d/a"));
        assertRefused(Reason.NOT_FOUND, () -> disk.createDirectory("none/a"));
        disk.syncDirectory("");
        disk.syncDirectory("d");
        assertRefused(Reason.NOT_FOUND, () -> disk.syncDirectory("none"));
        assertRefused(Reason.NOT_A_FILE, () -> disk.syncDirectory("d/a"));
    }

    @Test
    default void aRenameReplacesAFileAndOnlyAFile() {
        var disk = newDisk();
        write(disk, "new", "new");
        write(disk, "old", "old");
        disk.createDirectory("d");
        disk.rename("new", "old");
        assertThat(disk.exists("new")).isFalse();
        assertThat(text(disk, "old")).isEqualTo("new");
        disk.rename("old", "d/old");
        assertThat(text(disk, "d/old")).isEqualTo("new");
        disk.rename("d", "e");
        assertThat(text(disk, "e/old")).isEqualTo("new");
        write(disk, "f", "f");
        assertRefused(Reason.NOT_FOUND, () -> disk.rename("none", "f"));
        assertRefused(Reason.NOT_FOUND, () -> disk.rename("f", "none/f"));
        assertRefused(Reason.NOT_A_FILE, () -> disk.rename("f", "e"));
        assertRefused(Reason.EXISTS, () -> disk.rename("e", "f"));
        assertThat(text(disk, "f")).isEqualTo("f");
    }

    @Test
    default void anOpenFileOutlivesItsName() {
        var disk = fileWith("a", "ab");
        try (var file = disk.open("a", Mode.WRITE)) {
            disk.rename("a", "b");
            file.append(bytes("c"));
            assertThat(text(disk, "b")).isEqualTo("abc");
            disk.delete("b");
            file.append(bytes("d"));
            assertThat(read(file, 0, 9)).isEqualTo("abcd");
            assertThat(disk.exists("b")).isFalse();
        }
    }

    @Test
    default void deletingWhatIsNotThereIsFineAndAFullDirectoryStays() {
        var disk = fileWith("a", "ab");
        disk.createDirectory("d");
        write(disk, "d/a", "x");
        disk.delete("none");
        disk.delete("none/none");
        disk.delete("a");
        assertThat(disk.exists("a")).isFalse();
        assertRefused(Reason.EXISTS, () -> disk.delete("d"));
        disk.delete("d/a");
        disk.delete("d");
        assertThat(disk.list("")).isEmpty();
    }

    @Test
    default void aFileLongerThanTheLimitIsNotReadWhole() {
        var disk = fileWith("a", "0123456789");
        assertThat(disk.readAll("a", 10)).isEqualTo(bytes("0123456789"));
        assertRefused(Reason.TOO_LARGE, () -> disk.readAll("a", 9));
        assertRefused(Reason.NOT_FOUND, () -> disk.readAll("b", 9));
    }

    @Test
    default void forcingChangesNothingThatCanBeSeen() {
        var disk = newDisk();
        try (var file = disk.open("a", Mode.CREATE_NEW)) {
            file.force();
            file.append(bytes("ab"));
            file.force();
            file.truncate(1);
            file.force();
        }
        assertThat(text(disk, "a")).isEqualTo("a");
    }

    @Test
    default void aReserveHasTheSizeAskedForAndIsMadeOnce() {
        var disk = newDisk();
        disk.createDirectory("d");
        disk.reserve("d/reserve", 2_500_000);
        assertThat(disk.list("d")).containsExactly(new Entry("reserve", Entry.Kind.FILE));
        var first = disk.readAll("d/reserve", 2_500_000);
        assertThat(first.remaining()).isEqualTo(2_500_000);
        write(disk, "d/reserve.tmp", "left by a crash");
        disk.reserve("d/reserve", 3_000_000);
        assertThat(disk.readAll("d/reserve", 3_000_000).remaining()).isEqualTo(3_000_000);
        assertThat(disk.exists("d/reserve.tmp")).isFalse();
        try (var file = disk.open("d/reserve", Mode.WRITE)) {
            file.write(0, bytes("mark"));
        }
        disk.reserve("d/reserve", 3_000_000);
        assertThat(disk.readAll("d/reserve", 3_000_000).limit(4)).isEqualTo(bytes("mark"));
    }

    @Test
    default void theVolumeHasASizeAndRoom() {
        var disk = newDisk();
        assertThat(disk.usableBytes()).isPositive().isLessThanOrEqualTo(disk.totalBytes());
    }

    private Disk fileWith(String path, String text) {
        var disk = newDisk();
        write(disk, path, text);
        return disk;
    }

    /** Creates a file; syncs nothing. */
    static void write(Disk disk, String path, String text) {
        try (var file = disk.open(path, Mode.CREATE_NEW)) {
            file.append(bytes(text));
        }
    }

    static String text(Disk disk, String path) {
        return US_ASCII.decode(disk.readAll(path, 1 << 20)).toString();
    }

    static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(US_ASCII));
    }

    private static String read(DiskFile file, long position, int length) {
        var into = ByteBuffer.allocate(length);
        int read = file.read(position, into);
        assertThat(read).isEqualTo(into.position());
        return US_ASCII.decode(into.flip()).toString();
    }

    static void assertRefused(Reason reason, ThrowingCallable call) {
        var refusal = catchThrowableOfType(DiskException.class, call);
        assertThat(refusal).as("a refusal with %s", reason).isNotNull();
        assertThat(refusal.reason()).as(refusal.getMessage()).isEqualTo(reason);
    }
}
