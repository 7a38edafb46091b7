package io.millrace.sim;

import static io.millrace.sim.DiskContract.assertRefused;
import static io.millrace.sim.DiskContract.bytes;
import static io.millrace.sim.DiskContract.text;
import static io.millrace.sim.DiskContract.write;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.log.disk.Disk;
import io.millrace.log.disk.Disk.Mode;
import io.millrace.log.disk.DiskException.Reason;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class SimulatedDiskTest implements DiskContract {
    private static final int WORLDS = 1_000;

    @Override
    public Disk newDisk() {
        return new SimulatedDisk();
    }

    @Test
    void afterAKillEverythingWrittenIsThere() {
        var disk = new SimulatedDisk();
        disk.createDirectory("d");
        write(disk, "d/a", "written");
        write(disk, "b", "moved");
        disk.rename("b", "c");
        var file = disk.open("c", Mode.WRITE);
        var next = disk.afterKill();
        assertThat(text(next, "d/a")).isEqualTo("written");
        assertThat(text(next, "c")).isEqualTo("moved");
        assertThat(next.exists("b")).isFalse();

        assertThat(disk.crashed()).isTrue();
        assertThatThrownBy(() -> file.append(bytes("x"))).isInstanceOf(SimulatedCrash.class);
        assertThatThrownBy(() -> disk.exists("c")).isInstanceOf(SimulatedCrash.class);
    }

    @Test
    void whatAKillLeftUnsyncedMayStillGoWithThePower() {
        var disk = new SimulatedDisk();
        write(disk, "a", "unsynced");
        var next = disk.afterKill();
        assertThat(worlds(next, world -> world.exists("a"))).containsExactlyInAnyOrder(true, false);
    }

    @Test
    void aForcedFileUnderASyncedNameIsInEveryWorld() {
        var disk = new SimulatedDisk();
        disk.createDirectory("d");
        disk.syncDirectory("");
        synced(disk, "d/a", "synced");
        assertThat(worlds(disk, world -> text(world, "d/a"))).containsExactly("synced");
        assertThat(durable(disk, "d/a")).isEqualTo("synced");
    }

    @Test
    void aForcedFileWithoutASyncedNameMayBeMissingButIsNeverHalf() {
        var disk = new SimulatedDisk();
        var file = disk.open("a", Mode.CREATE_NEW);
        file.append(bytes("synced"));
        file.force();
        assertThat(worlds(disk, world -> textOrNothing(world, "a"))).containsExactlyInAnyOrder("synced", "nothing");
        assertThat(disk.durableBytes("a")).isEmpty();
    }

    @Test
    void aSyncedNameInAnUnsyncedDirectoryMayBeMissing() {
        var disk = new SimulatedDisk();
        disk.createDirectory("d");
        synced(disk, "d/a", "synced");
        assertThat(worlds(disk, world -> textOrNothing(world, "d/a"))).containsExactlyInAnyOrder("synced", "nothing");
    }

    @Test
    void aCheckpointIsOldOrNewAndNeverBetween() {
        var disk = new SimulatedDisk();
        synced(disk, "state", "old");
        var file = disk.open("state.tmp", Mode.CREATE_NEW);
        file.append(bytes("new"));
        file.force();
        disk.rename("state.tmp", "state");
        assertThat(worlds(disk, world -> text(world, "state"))).containsExactlyInAnyOrder("old", "new");
        assertThat(durable(disk, "state")).isEqualTo("old");
    }

    @Test
    void aCheckpointThatWasNotForcedBeforeItsRenameMayBeEmpty() {
        var disk = new SimulatedDisk();
        synced(disk, "state", "old");
        write(disk, "state.tmp", "new");
        disk.rename("state.tmp", "state");
        disk.syncDirectory("");
        assertThat(worlds(disk, world -> text(world, "state")))
                .contains("", "new")
                .doesNotContain("old");
    }

    @Test
    void twoRenamesMayHappenInEitherOrder() {
        var disk = new SimulatedDisk();
        synced(disk, "a", "A");
        synced(disk, "b", "B");
        disk.rename("a", "a2");
        disk.rename("b", "b2");
        assertThat(worlds(disk, SimulatedDiskTest::names)).containsExactlyInAnyOrder("a b", "a b2", "a2 b", "a2 b2");
    }

    @Test
    void keepingThePreviousStateByRenameLeavesAMomentWithoutAny() {
        var disk = new SimulatedDisk();
        synced(disk, "state", "old");
        synced(disk, "tmp", "new");
        disk.rename("state", "prev");
        disk.rename("tmp", "state");
        assertThat(worlds(disk, SimulatedDiskTest::names))
                .containsExactlyInAnyOrder("state tmp", "prev tmp", "prev state");
    }

    @Test
    void aDeletedFileMayComeBackUntilItsDirectoryIsSynced() {
        var disk = new SimulatedDisk();
        synced(disk, "a", "A");
        disk.delete("a");
        assertThat(worlds(disk.afterKill(), SimulatedDiskTest::names)).containsExactlyInAnyOrder("", "a");

        var other = new SimulatedDisk();
        synced(other, "a", "A");
        other.delete("a");
        other.syncDirectory("");
        assertThat(worlds(other, SimulatedDiskTest::names)).containsExactly("");
    }

    @Test
    void aMoveToAnotherDirectoryIsAtomicWhicheverOfTheTwoIsSynced() {
        for (var syncedDirectory : new String[] {"", "from", "to"}) {
            var disk = new SimulatedDisk();
            disk.createDirectory("from");
            disk.createDirectory("to");
            disk.syncDirectory("");
            synced(disk, "from/a", "A");
            disk.rename("from/a", "to/a");
            write(disk, "from/a", "another");
            disk.syncDirectory(syncedDirectory);
            var seen = worlds(
                    disk,
                    world -> (world.exists("from/a") && text(world, "from/a").equals("A"))
                            != (world.exists("to/a") && text(world, "to/a").equals("A")));
            assertThat(seen).as("synced '%s'", syncedDirectory).containsExactly(true);
        }
    }

    @Test
    void unsyncedBytesSurviveWholeOrAsAPrefixOrTornOrAsAHoleOrNotAtAll() {
        var disk = new SimulatedDisk();
        synced(disk, "a", "s".repeat(700));
        var file = disk.open("a", Mode.WRITE);
        file.append(bytes("1".repeat(1_000)));
        file.append(bytes("2".repeat(1_000)));
        var kinds = new TreeSet<String>();
        for (var content : worlds(disk, world -> text(world, "a"))) {
            assertThat(content)
                    .startsWith("s".repeat(700))
                    .matches("s{700}[12\0]*")
                    .hasSizeBetween(700, 2_700);
            var tail = content.substring(700);
            if (tail.isEmpty()) kinds.add("nothing");
            else if (tail.equals("1".repeat(1_000) + "2".repeat(1_000))) kinds.add("whole");
            else if (tail.matches("1+2*")) kinds.add("prefix");
            else if (tail.matches("\0+")) kinds.add("size without bytes");
            else if (tail.matches(".*\0[12].*")) kinds.add("hole");
            else kinds.add("torn");
        }
        assertThat(kinds).containsExactly("hole", "nothing", "prefix", "size without bytes", "torn", "whole");
    }

    @Test
    void anUnsyncedOverwriteIsOldOrNewOrTornAndTouchesNothingElse() {
        var disk = new SimulatedDisk();
        synced(disk, "a", "s".repeat(3_000));
        var file = disk.open("a", Mode.WRITE);
        file.write(600, bytes("n".repeat(1_200)));
        var seen = worlds(disk, world -> text(world, "a"));
        assertThat(seen).allMatch(content -> content.matches("s{600}[sn]{1200}s{1200}"));
        assertThat(seen).contains("s".repeat(3_000), "s".repeat(600) + "n".repeat(1_200) + "s".repeat(1_200));
        assertThat(seen).hasSizeGreaterThan(10);
    }

    @Test
    void whatWasCutOffMayShowAgainUntilTheCutIsForced() {
        var disk = new SimulatedDisk();
        synced(disk, "a", "s".repeat(600) + "x".repeat(600));
        var file = disk.open("a", Mode.WRITE);
        file.truncate(600);
        assertThat(worlds(disk, world -> world.readAll("a", 2_000).remaining())).containsExactlyInAnyOrder(600, 1_200);

        var other = new SimulatedDisk();
        synced(other, "a", "s".repeat(600) + "x".repeat(600));
        var cut = other.open("a", Mode.WRITE);
        cut.truncate(600);
        cut.force();
        cut.append(bytes("y".repeat(600)));
        assertThat(worlds(other, world -> text(world, "a"))).noneMatch(content -> content.contains("x"));
    }

    @Test
    void aFailedForceIsFinalAndLaterOnesLie() {
        var disk = new SimulatedDisk();
        synced(disk, "a", "synced ");
        disk.failSyncOnce("a");
        var file = disk.open("a", Mode.WRITE);
        file.append(bytes("lost "));
        assertRefused(Reason.FAILED, file::force);
        assertThat(text(disk, "a")).isEqualTo("synced lost ");
        file.force();
        assertThat(text(disk, "a")).isEqualTo("synced lost ");
        assertThat(durable(disk, "a")).isEqualTo("synced ");
        file.append(bytes("kept"));
        file.force();
        assertThat(text(disk, "a")).isEqualTo("synced lost kept");

        var next = disk.afterKill();
        assertThat(text(next, "a")).isEqualTo("synced lost kept");
        assertThat(worlds(next, world -> text(world, "a"))).containsExactly("synced \0\0\0\0\0kept");
    }

    @Test
    void aFailedDirectorySyncLeavesItsNamesInDoubt() {
        var disk = new SimulatedDisk();
        disk.failSyncOnce("");
        var file = disk.open("a", Mode.CREATE_NEW);
        file.force();
        assertRefused(Reason.FAILED, () -> disk.syncDirectory(""));
        disk.syncDirectory("");
        assertThat(disk.exists("a")).isTrue();
        assertThat(worlds(disk, world -> world.exists("a"))).containsExactlyInAnyOrder(true, false);
    }

    @Test
    void aFullDiskRefusesWholeWritesUntilThereIsRoom() {
        var disk = new SimulatedDisk();
        disk.capacityBytes(10);
        write(disk, "a", "12345");
        var file = disk.open("b", Mode.CREATE_NEW);
        file.append(bytes("123"));
        assertRefused(Reason.FULL, () -> file.append(bytes("456")));
        assertRefused(Reason.FULL, () -> file.write(2, bytes("3456")));
        assertThat(text(disk, "b")).isEqualTo("123");
        assertThat(disk.usableBytes()).isEqualTo(2);
        file.append(bytes("45"));
        file.write(0, bytes("abcde"));
        assertRefused(Reason.FULL, () -> disk.reserve("c", 1));
        assertThat(names(disk)).isEqualTo("a b");

        disk.delete("a");
        file.append(bytes("6789"));
        assertThat(disk.usableBytes()).isEqualTo(1);
        file.truncate(1);
        assertThat(disk.usableBytes()).isEqualTo(9);
        disk.delete("b");
        assertThat(disk.usableBytes()).isEqualTo(9);
        file.close();
        assertThat(disk.usableBytes()).isEqualTo(10);
        disk.capacityBytes(20);
        disk.reserve("c", 20);
        assertThat(disk.afterKill().usableBytes()).isZero();
    }

    @Test
    void aFlippedBitIsOnTheDeviceToo() {
        var disk = new SimulatedDisk();
        synced(disk, "a", "abc");
        disk.flipBit("a", 1);
        var rotten = text(disk, "a");
        assertThat(rotten).isNotEqualTo("abc").startsWith("a").endsWith("c").hasSize(3);
        assertThat(worlds(disk, world -> text(world, "a"))).containsExactly(rotten);
    }

    @Test
    void aCrashHappensAtTheCallThatWasChosenBeforeInOrAfterIt() {
        var seen = new HashSet<String>();
        for (int seed = 0; seed < 100; seed++) {
            var disk = new SimulatedDisk(new Random(seed));
            var file = disk.open("a", Mode.CREATE_NEW);
            file.append(bytes("12"));
            assertThat(disk.calls()).isEqualTo(2);
            disk.crashAtCall(4);
            file.append(bytes("34"));
            assertThatThrownBy(() -> file.append(bytes("56"))).isInstanceOf(SimulatedCrash.class);
            assertThat(disk.crashed()).isTrue();
            assertThatThrownBy(() -> disk.list("")).isInstanceOf(SimulatedCrash.class);
            seen.add(text(disk.afterKill(), "a"));
        }
        assertThat(seen).containsExactlyInAnyOrder("1234", "12345", "123456");
    }

    @Test
    void aWorldIsTheSameForTheSameSeed() {
        var disk = new SimulatedDisk();
        write(disk, "a", "x".repeat(5_000));
        write(disk, "b", "y".repeat(5_000));
        for (int seed = 0; seed < 50; seed++) {
            var once = disk.afterPowerCut(new Random(seed));
            var again = disk.afterPowerCut(new Random(seed));
            assertThat(names(once)).isEqualTo(names(again));
            assertThat(textOrNothing(once, "a")).isEqualTo(textOrNothing(again, "a"));
        }
    }

    @Test
    void afterThePowerCutNothingIsInDoubtAnyMore() {
        var disk = new SimulatedDisk();
        write(disk, "a", "x".repeat(5_000));
        for (int seed = 0; seed < 50; seed++) {
            var world = disk.afterPowerCut(new Random(seed));
            var left = textOrNothing(world, "a");
            assertThat(worlds(world, later -> textOrNothing(later, "a"), 20)).containsExactly(left);
        }
    }

    private static void synced(Disk disk, String path, String text) {
        try (var file = disk.open(path, Mode.CREATE_NEW)) {
            file.append(bytes(text));
            file.force();
        }
        disk.syncDirectory(Disk.parent(path));
    }

    private static String durable(SimulatedDisk disk, String path) {
        return new String(disk.durableBytes(path).orElseThrow(), US_ASCII);
    }

    private static String textOrNothing(Disk disk, String path) {
        return disk.exists(path) ? text(disk, path) : "nothing";
    }

    private static String names(Disk disk) {
        var names = new ArrayList<String>();
        disk.list("").forEach(entry -> names.add(entry.name()));
        return String.join(" ", names);
    }

    private static <T> Set<T> worlds(SimulatedDisk disk, Function<SimulatedDisk, T> look) {
        return worlds(disk, look, WORLDS);
    }

    /** What is seen in many of the worlds that a power cut may leave. */
    private static <T> Set<T> worlds(SimulatedDisk disk, Function<SimulatedDisk, T> look, int count) {
        var seen = new HashSet<T>();
        for (int seed = 0; seed < count; seed++) seen.add(look.apply(disk.afterPowerCut(new Random(seed))));
        return seen;
    }
}
