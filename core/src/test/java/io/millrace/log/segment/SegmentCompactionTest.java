package io.millrace.log.segment;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.log.DerivedState;
import io.millrace.log.LogOptions;
import io.millrace.record.RecordBatch;
import io.millrace.sim.CompactionBench;
import io.millrace.sim.QuietLogs;
import io.millrace.sim.Seeds;
import io.millrace.sim.SimulatedDisk;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What compaction does with files, beside what all storages do. */
@ExtendWith(QuietLogs.class)
class SegmentCompactionTest {
    @Test
    void moreKeysThanTheMapTakesNeedSeveralPasses() {
        Seeds.forEach(5, random -> {
            var few = new CompactionLimits(24 * 16, 1 << 30, 700);
            try (var bench = new CompactionBench(logs(random, few), CompactionBench.EAGER)) {
                bench.appendSome(random, 120, 100, new int[3]);
                bench.fillSegment("end");
                for (int n = 0; n < 6; n++) bench.compact();
                bench.assertNothingIsLost();
                assertThat(bench.stats().compaction().runs()).isGreaterThan(3);
                assertThat(bench.stats().compaction().dirtyBytes()).isZero();
            }
        });
    }

    @Test
    void smallSegmentsBecomeOne() {
        try (var bench = new CompactionBench(logs(new Random(1), SimulatedLogs.SLICES), CompactionBench.EAGER)) {
            for (int n = 0; n < 30; n++) bench.fillSegment("key" + n % 3);
            int before = bench.stats().segments();
            bench.compact();
            bench.fillSegment("key1");
            bench.compact();
            assertThat(bench.stats().segments()).isLessThan(before / 4);
            bench.reopenStorage();
            bench.assertNothingIsLost();
        }
    }

    @Test
    void whatHasBeenCompactedIsNotReadAgainAfterARestart() {
        try (var bench = new CompactionBench(logs(new Random(1), SimulatedLogs.SLICES), CompactionBench.EAGER)) {
            for (int n = 0; n < 5; n++) bench.fillSegment("a");
            bench.compact();
            bench.reopenStorage();
            bench.compact();
            assertThat(bench.stats().compaction().runs()).isZero();
        }
    }

    @Test
    void readersGoOnWhileSegmentsAreExchanged() {
        Seeds.forEach(25, random -> {
            var logs = new SimulatedLogs(random);
            try (var bench = new CompactionBench(logs, CompactionBench.EAGER)) {
                bench.appendSome(random, 60, 10, new int[3]);
                bench.fillSegment("end");
                bench.reopenLog();
                bench.log.compactBelow(bench.log.end());
                logs.storage().upkeep();
                var reads = new HashMap<Long, ArrayList<Future<ByteBuffer>>>();
                for (int n = 0; n < 600; n++) {
                    if (random.nextInt(6) == 0) {
                        long from = random.nextInt((int) bench.log.end());
                        reads.computeIfAbsent(from, first -> new ArrayList<>())
                                .add(bench.log.read(from, bench.log.end(), 300));
                    }
                    if (random.nextInt(50) == 0) logs.simulation.advance(Duration.ofMillis(6));
                    else logs.simulation.step();
                }
                for (int n = 0; n < 50; n++) logs.advance(6);
                assertThat(bench.stats().compaction().runs()).isPositive();
                reads.forEach((from, each) -> each.forEach(read -> check(bench, from, read)));
                bench.assertNothingIsLost();
            }
        });
    }

    private static void check(CompactionBench bench, long from, Future<ByteBuffer> read) {
        assertThat(read.cause()).as("read from " + from).isNull();
        var bytes = read.result();
        long next = -1;
        for (int at = bytes.position(); at < bytes.limit(); at += RecordBatch.sizeAt(bytes, at)) {
            var batch = RecordBatch.at(bytes, at);
            if (next < 0) assertThat(batch.baseOffset()).isLessThanOrEqualTo(from);
            else assertThat(batch.baseOffset()).isEqualTo(next);
            next = batch.nextOffset();
            try (var records = batch.records(1 << 20)) {
                while (records.next()) {
                    var written = bench.written.get(records.offset());
                    assertThat(records.timestamp()).isEqualTo(written.timestamp());
                }
            }
        }
        assertThat(next).isGreaterThan(from);
    }

    @Test
    void aWrongBitInACompactedSegmentIsNeverServed() {
        var random = new Random(5);
        for (int round = 0; round < 150; round++) {
            var logs = new SimulatedLogs(new Random(3));
            try (var bench = new CompactionBench(logs, CompactionBench.EAGER)) {
                bench.appendSome(new Random(4), 40, 6, new int[3]);
                bench.fillSegment("end");
                bench.compact();
                var good = bench.left();
                bench.now(bench.log.close());
                bench.now(logs.storage().close());
                var path = "partitions/" + logs.disk.list("partitions").get(0).name() + "/"
                        + SegmentFiles.name(0, SegmentFiles.LOG);
                var bytes = logs.disk.readAll(path, 1 << 20);
                int at = random.nextInt(bytes.remaining());
                if (isLeaderEpoch(bytes, at)) continue;
                logs.disk.flipBit(path, at);
                logs.reopen();
                var log = bench.now(logs.storage().open(CompactionBench.ID, LogOptions.DEFAULT, DerivedState.NONE));
                for (long from = log.start(); from < log.end(); from++) {
                    var read = log.read(from, log.end(), 1);
                    logs.settle();
                    if (read.failed()) continue;
                    try (var records = RecordBatch.of(read.result()).records(1 << 20)) {
                        while (records.next()) {
                            assertThat(good.get(records.offset()).timestamp())
                                    .as("byte " + at)
                                    .isEqualTo(records.timestamp());
                        }
                    }
                }
            }
        }
    }

    private static boolean isLeaderEpoch(ByteBuffer bytes, int at) {
        for (int begin = 0; begin < bytes.limit(); begin += RecordBatch.sizeAt(bytes, begin)) {
            if (at >= begin + 12 && at < begin + 16) return true;
        }
        return false;
    }

    @Test
    void aFullDiskLeavesTheLogAsItIs() {
        var logs = new SimulatedLogs(new Random(1));
        try (var bench = new CompactionBench(logs, CompactionBench.EAGER)) {
            for (int n = 0; n < 10; n++) bench.fillSegment("key" + n);
            logs.disk.capacityBytes(logs.disk.totalBytes() - logs.disk.usableBytes() + 300);
            bench.compact();
            assertThat(bench.left()).isEqualTo(bench.written);
            assertThat(logs.disk.list(
                            "partitions/" + logs.disk.list("partitions").get(0).name()))
                    .noneMatch(entry -> entry.name().endsWith(SegmentFiles.CLEANED));
            logs.disk.capacityBytes(1L << 40);
            logs.advance(2_000);
            bench.compact();
            assertThat(bench.left()).hasSizeLessThan(bench.written.size());
            bench.assertNothingIsLost();
        }
    }

    private static SimulatedLogs logs(Random random, CompactionLimits limits) {
        return new SimulatedLogs(random, new SimulatedDisk(random), sound -> sound, limits);
    }
}
