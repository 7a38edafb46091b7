package io.millrace.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.log.disk.Disk;
import io.millrace.log.disk.Disk.Entry;
import io.millrace.log.disk.Disk.Mode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/**
 * A random life of a disk with a power cut at its end, against a second, independent account of what may not be lost.
 *
 * <p>Each file has a number in its first bytes, so that it is known again under whatever name; the rest are random bytes.
 */
class PowerCutTest {
    private static final int SEEDS = 2_000;
    private static final int STEPS = 60;
    private static final String[] DIRECTORIES = {"", "d/", "e/"};
    private static final String[] NAMES = {"a", "b", "c"};

    @Test
    void whatWasSyncedIsNeverLost() {
        var certain = new AtomicLong();
        var lost = new AtomicLong();
        Seeds.forEach(SEEDS, random -> {
            var life = new Life(random);
            for (int n = 0; n < STEPS; n++) life.step();
            for (int n = 0; n < 5; n++) life.check(life.disk.afterPowerCut(random));
            for (int n = 0; n < 5; n++) life.check(life.disk.afterKill().afterPowerCut(random));
            certain.addAndGet(life.certain);
            lost.addAndGet(life.lost);
        });
        if (Long.getLong("seed") != null) return;
        assertThat(certain.get()).as("files that had to be there").isGreaterThan(SEEDS * 5);
        assertThat(lost.get()).as("files that were allowed to go and went").isGreaterThan(SEEDS * 5);
    }

    /** What the test itself remembers of one file. */
    private static final class Known {
        final int number;
        byte[] live;
        /** Bytes from the start that no power cut may change: forced, and neither cut nor overwritten since. */
        int safe;
        /** A sync has covered its name, so it must be found under one of these: that name or one that it got later. */
        final List<String> names = new ArrayList<>();

        boolean safelyNamed;

        Known(int number) {
            this.number = number;
        }
    }

    private static final class Life {
        final SimulatedDisk disk = new SimulatedDisk();
        final Random random;
        final Map<String, Known> files = new TreeMap<>();
        int count;
        long certain;
        long lost;

        Life(Random random) {
            this.random = random;
            disk.createDirectory("d");
            disk.createDirectory("e");
            disk.syncDirectory("");
        }

        void step() {
            var path = anyPath();
            var known = files.get(path);
            switch (random.nextInt(8)) {
                case 0, 1 -> create(path, known);
                case 2 -> append(path, known);
                case 3 -> change(path, known);
                case 4 -> force(path, known);
                case 5 -> rename(path, known, anyPath());
                case 6 -> syncDirectory(Disk.parent(path));
                default -> {
                    if (random.nextInt(4) == 0) {
                        disk.delete(path);
                        files.remove(path);
                    }
                }
            }
        }

        private String anyPath() {
            return DIRECTORIES[random.nextInt(DIRECTORIES.length)] + NAMES[random.nextInt(NAMES.length)];
        }

        private void create(String path, Known known) {
            if (known != null) return;
            var created = new Known(count++);
            created.live = ByteBuffer.allocate(4).putInt(created.number).array();
            created.names.add(path);
            files.put(path, created);
            try (var file = disk.open(path, Mode.CREATE_NEW)) {
                file.append(ByteBuffer.wrap(created.live));
            }
        }

        private void append(String path, Known known) {
            if (known == null) return;
            var more = randomBytes(1_500);
            int end = known.live.length;
            known.live = Arrays.copyOf(known.live, end + more.length);
            System.arraycopy(more, 0, known.live, end, more.length);
            try (var file = disk.open(path, Mode.WRITE)) {
                file.append(ByteBuffer.wrap(more));
            }
        }

        /** Cuts the file, or overwrites a part of it. */
        private void change(String path, Known known) {
            if (known == null || known.live.length <= 4) return;
            int at = 4 + random.nextInt(known.live.length - 4);
            known.safe = Math.min(known.safe, at);
            try (var file = disk.open(path, Mode.WRITE)) {
                if (random.nextBoolean()) {
                    file.truncate(at);
                    known.live = Arrays.copyOf(known.live, at);
                } else {
                    var patch = randomBytes(known.live.length - at);
                    System.arraycopy(patch, 0, known.live, at, patch.length);
                    file.write(at, ByteBuffer.wrap(patch));
                }
            }
        }

        private void force(String path, Known known) {
            if (known == null) return;
            known.safe = known.live.length;
            try (var file = disk.open(path, Mode.WRITE)) {
                file.force();
            }
        }

        private void rename(String from, Known known, String to) {
            if (known == null || from.equals(to)) return;
            disk.rename(from, to);
            files.remove(from);
            files.put(to, known);
            known.names.add(to);
        }

        private void syncDirectory(String directory) {
            disk.syncDirectory(directory);
            files.forEach((path, known) -> {
                if (!Disk.parent(path).equals(directory)) return;
                known.safelyNamed = true;
                known.names.clear();
                known.names.add(path);
            });
        }

        private byte[] randomBytes(int limit) {
            var bytes = new byte[random.nextInt(limit) + 1];
            random.nextBytes(bytes);
            return bytes;
        }

        void check(SimulatedDisk world) {
            var found = new TreeMap<Integer, String>();
            for (var directory : List.of("", "d", "e")) {
                for (var entry : world.list(directory)) {
                    if (entry.kind() != Entry.Kind.FILE) continue;
                    var path = directory.isEmpty() ? entry.name() : directory + "/" + entry.name();
                    var bytes = world.readAll(path, 1 << 20);
                    if (bytes.remaining() < 4) continue;
                    int number = bytes.getInt();
                    // A file whose first bytes were never forced may begin with zeros, as number 0 does.
                    if (number != 0)
                        assertThat(found.put(number, path))
                                .as("two names of file %s", number)
                                .isNull();
                }
            }
            for (var known : files.values()) {
                if (known.number == 0) continue;
                if (!known.safelyNamed || known.safe < 4) {
                    if (!found.containsKey(known.number)) lost++;
                    continue;
                }
                certain++;
                assertThat(known.names).as("names of file %s", known.number).contains(found.get(known.number));
                var bytes = world.readAll(found.get(known.number), 1 << 20);
                assertThat(bytes.remaining()).isGreaterThanOrEqualTo(known.safe);
                assertThat(bytes.limit(known.safe)).isEqualTo(ByteBuffer.wrap(known.live, 0, known.safe));
            }
        }
    }
}
