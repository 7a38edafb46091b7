package io.millrace.log.segment;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.log.DerivedState;
import io.millrace.log.FlushLevel;
import io.millrace.log.LogOptions;
import io.millrace.log.PartitionLog;
import io.millrace.log.disk.Checkpoint;
import io.millrace.log.disk.DiskException;
import io.millrace.log.disk.FileDisk;
import io.millrace.model.MillraceException;
import io.millrace.model.PartitionId;
import io.millrace.model.Refusal;
import io.millrace.record.RecordBatch;
import io.millrace.record.RecordBatchBuilder;
import io.millrace.sim.DirectWork;
import io.millrace.sim.Seeds;
import io.millrace.sim.SimulatedTime;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What somebody else may do to the files of a log: each is refused by name, mended, or reported; nothing is served. */
class HostileFilesTest {
    private static final PartitionId ID = new PartitionId(new UUID(1, 2), 0);
    private static final LogOptions OPTIONS =
            new LogOptions(FlushLevel.COMMIT, 100, 8 << 20, 2048, 1L << 50, 256, -1, -1, false);
    private static final int RECORDS = 60;

    @TempDir
    private Path root;

    private int worlds;
    private Path data;
    private Path log;

    /** A log of several segments, closed, in a directory of its own. */
    private void aLog() throws IOException {
        data = root.resolve("world-" + worlds++);
        log = data.resolve("partitions").resolve(ID.toString());
        var storage = storage(false);
        var opened = storage.open(ID, OPTIONS, DerivedState.NONE).result();
        for (int n = 0; n < RECORDS; n++) opened.append(batch(n));
        assertThat(opened.durableEnd()).isEqualTo(RECORDS);
        assertThat(storage.close().succeeded()).isTrue();
    }

    private static ByteBuffer batch(int n) {
        var bytes = new RecordBatchBuilder()
                .append(1_000 + n, ByteBuffer.wrap(new byte[] {(byte) n}), ByteBuffer.wrap(value(n)), List.of())
                .build();
        RecordBatch.of(bytes).stamp(n, 3);
        return bytes;
    }

    private static byte[] value(int n) {
        var value = new byte[100];
        Arrays.fill(value, (byte) n);
        return value;
    }

    private SegmentStorage storage(boolean clean) {
        var options = new SegmentStorage.Options("partitions", 0, 0, clean);
        return SegmentStorage.open(
                        FileDisk.at(data.toString()), new DirectWork(), new SimulatedTime(), options, failure -> {})
                .result();
    }

    private Future<PartitionLog> reopen(boolean clean) {
        return storage(clean).open(ID, OPTIONS, DerivedState.NONE);
    }

    private Path segment(int number) throws IOException {
        try (var files = Files.list(log)) {
            return files.filter(file -> file.toString().endsWith(".log"))
                    .sorted()
                    .toList()
                    .get(number);
        }
    }

    /** How many offsets can be read; every batch that is read is the one that was written. */
    private static int served(PartitionLog opened) {
        int served = 0;
        for (long at = opened.start(); at < opened.end(); ) {
            var read = opened.read(at, opened.end(), 500);
            if (read.failed()) {
                assertThat(read.cause()).isInstanceOf(MillraceException.class);
                assertThat(((MillraceException) read.cause()).refusal()).isEqualTo(Refusal.CORRUPT_MESSAGE);
                at++;
                continue;
            }
            var bytes = read.result();
            assertThat(bytes.hasRemaining()).as("something at " + at).isTrue();
            for (int from = bytes.position(); from < bytes.limit(); from += RecordBatch.sizeAt(bytes, from)) {
                var batch = RecordBatch.at(bytes, from);
                assertThat(batch.bytes()).isEqualTo(batch((int) batch.baseOffset()));
                served++;
                at = batch.nextOffset();
            }
        }
        return served;
    }

    private void assertWhole(boolean clean) {
        var opened = reopen(clean);
        assertThat(opened.succeeded()).as(String.valueOf(opened.cause())).isTrue();
        assertThat(opened.result().end()).isEqualTo(RECORDS);
        assertThat(served(opened.result())).isEqualTo(RECORDS);
    }

    private void assertRefusedNaming(String name) {
        var opened = reopen(false);
        assertThat(opened.failed()).isTrue();
        assertThat(opened.cause()).isInstanceOfAny(MillraceException.class, DiskException.class);
        assertThat(opened.cause().getMessage()).contains(name);
    }

    private static void flip(Path file, long at) throws IOException {
        try (var bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.seek(at);
            int old = bytes.read();
            bytes.seek(at);
            bytes.write(old ^ 0x10);
        }
    }

    @Test
    void aFlippedBitInASealedSegmentIsReportedAndNeverServed() throws IOException {
        for (boolean clean : new boolean[] {true, false}) {
            aLog();
            flip(segment(1), 150);
            var opened = reopen(clean).result();
            assertThat(opened.end()).isEqualTo(RECORDS);
            assertThat(served(opened)).isEqualTo(RECORDS - 1);
            assertThat(segment(1)).as("kept").exists();
        }
    }

    @Test
    void aTornLastBatchIsCutAndKeptAside() throws IOException {
        aLog();
        var last = segment(-1 + countSegments());
        var torn = Arrays.copyOf(batch(RECORDS).array(), 90);
        Files.write(last, torn, StandardOpenOption.APPEND);
        assertWhole(false);
        assertThat(Files.readAllBytes(log.resolve(last.getFileName().toString().replace(".log", ".torn-" + RECORDS))))
                .isEqualTo(torn);
    }

    private int countSegments() throws IOException {
        try (var files = Files.list(log)) {
            return (int) files.filter(file -> file.toString().endsWith(".log")).count();
        }
    }

    @Test
    void missingAndDamagedIndexesAreRebuilt() throws IOException {
        aLog();
        try (var files = Files.list(log)) {
            for (var file : files.toList()) {
                var name = file.toString();
                if (name.endsWith(".index")) Files.delete(file);
                else if (name.endsWith(".timeindex") || name.endsWith(".snapshot")) flip(file, Files.size(file) / 2);
            }
        }
        assertWhole(true);
        assertWhole(false);
        var opened = reopen(false).result();
        assertThat(opened.batchAt(1_030).result()).isEqualTo(30);
    }

    @Test
    void anIndexLongerThanItsLogIsThrownAway() throws IOException {
        aLog();
        var index = Path.of(segment(0).toString().replace(".log", ".index"));
        Files.write(index, new byte[4096], StandardOpenOption.APPEND);
        assertWhole(true);
    }

    @Test
    void aForeignFileADirectoryALinkAndAFifoAreRefusedByName() throws Exception {
        aLog();
        Files.writeString(log.resolve("notes.txt"), "mine");
        assertRefusedNaming("notes.txt");
        Files.delete(log.resolve("notes.txt"));

        Files.createDirectory(log.resolve("00000000000000009999.log"));
        assertRefusedNaming("00000000000000009999.log");
        Files.delete(log.resolve("00000000000000009999.log"));

        Files.createSymbolicLink(log.resolve("00000000000000009999.log"), segment(0));
        assertRefusedNaming("00000000000000009999.log");
        Files.delete(log.resolve("00000000000000009999.log"));

        new ProcessBuilder("mkfifo", log.resolve("00000000000000009999.log").toString())
                .start()
                .waitFor();
        assertRefusedNaming("00000000000000009999.log");
        Files.delete(log.resolve("00000000000000009999.log"));
        assertWhole(false);
    }

    @Test
    void aStateFileOfANewerVersionOrOfAnotherPartitionIsRefused() throws IOException {
        aLog();
        var disk = FileDisk.at(data.toString());
        var state = "partitions/" + ID + "/state";
        var identity = new LogIdentity(ID, 0, 0).encode();
        Checkpoint.write(disk, state, identity.duplicate().putInt(0, 9));
        assertRefusedNaming("version 9");
        var other = new LogIdentity(new PartitionId(new UUID(8, 8), 1), 0, 0);
        Checkpoint.write(disk, state, other.encode());
        assertRefusedNaming("belongs to partition");
    }

    @Test
    void overlappingSegmentsAreRefused() throws IOException {
        aLog();
        Files.copy(segment(1), log.resolve("00000000000000000003.log"));
        assertRefusedNaming("overlaps");
    }

    @Test
    void aMissingSegmentIsReportedAndTheOthersAreServed() throws IOException {
        aLog();
        Files.delete(segment(1));
        var opened = reopen(false);
        assertThat(opened.succeeded()).as(String.valueOf(opened.cause())).isTrue();
        assertThat(opened.result().end()).isEqualTo(RECORDS);
        assertThat(served(opened.result())).isBetween(RECORDS / 2, RECORDS - 1);
    }

    @Test
    void anEmptyLastSegmentAndASparseHoleBehindTheEndAreMended() throws IOException {
        aLog();
        try (var bytes = new RandomAccessFile(segment(countSegments() - 1).toFile(), "rw")) {
            bytes.setLength(bytes.length() + (8 << 20));
        }
        assertWhole(false);
        Files.createFile(log.resolve(String.format("%020d.log", RECORDS)));
        assertWhole(false);
    }

    @Test
    void aJumpOfOffsetsIsNotBelieved() throws IOException {
        aLog();
        var jump = batch(1);
        RecordBatch.of(jump).stamp(1L << 40, 3);
        Files.write(segment(countSegments() - 1), jump.array(), StandardOpenOption.APPEND);
        assertWhole(false);
    }

    @Test
    void anyDamageIsSurvivedAndNoWrongByteIsServed() {
        Seeds.forEach(150, random -> {
            try {
                aLog();
                try (var files = Files.list(log)) {
                    var all = files.sorted().toList();
                    for (int n = 1 + random.nextInt(4); n > 0; n--) {
                        var file = all.get(random.nextInt(all.size()));
                        long size = Files.exists(file) ? Files.size(file) : 0;
                        if (size == 0) continue;
                        switch (random.nextInt(5)) {
                            case 0 -> Files.delete(file);
                            case 1 ->
                                Files.write(file, Arrays.copyOf(Files.readAllBytes(file), random.nextInt((int) size)));
                            case 2 -> {
                                var noise = new byte[1 + random.nextInt(200)];
                                random.nextBytes(noise);
                                Files.write(file, noise, StandardOpenOption.APPEND);
                            }
                            default -> flip(file, random.nextInt((int) size));
                        }
                    }
                }
                long began = System.nanoTime();
                var opened = reopen(random.nextBoolean());
                if (opened.failed()) {
                    assertThat(opened.cause()).isInstanceOfAny(MillraceException.class, DiskException.class);
                } else {
                    served(opened.result());
                }
                assertThat(System.nanoTime() - began).as("nanoseconds").isLessThan(20_000_000_000L);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
    }
}
