package io.millrace.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.log.Compaction;
import io.millrace.record.Compression;
import io.millrace.record.RecordBatch;
import io.millrace.record.RecordBatchBuilder;
import io.millrace.record.TransactionMarker;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What every {@link io.millrace.log.LogStorage} keeps to that compacts logs. */
public interface CompactionContract {
    /** A fresh, empty environment. */
    LogEnvironment environment();

    default int histories() {
        return 60;
    }

    @Test
    default void theLastValueOfEachKeyStaysAndEveryOffsetCanBeRead() {
        var removed = new long[1];
        Seeds.forEach(histories(), random -> {
            try (var bench = new CompactionBench(environment(), CompactionBench.EAGER)) {
                var sequences = new int[3];
                int keys = 1 + random.nextInt(30);
                for (int round = 0; round < 5; round++) {
                    bench.appendSome(random, random.nextInt(40), keys, sequences);
                    if (random.nextBoolean()) bench.environment.advance(random.nextInt(2_000));
                    if (random.nextInt(4) == 0) bench.reopenLog();
                    if (random.nextInt(4) == 0 && bench.environment.durable()) bench.reopenStorage();
                    bench.compact();
                    bench.assertNothingIsLost();
                }
                bench.assertEveryOffsetCanBeRead();
                bench.assertTimesAreFound(random);
                bench.reopenLog();
                bench.assertNothingIsLost();
                removed[0] += bench.written.size() - bench.left().size();
            }
        });
        if (Long.getLong("seed") == null) assertThat(removed[0]).isGreaterThan(histories() * 20L);
    }

    @Test
    default void onlyTheYoungestValueIsLeftOfAKeyThatIsWrittenAgainAndAgain() {
        try (var bench = new CompactionBench(environment(), CompactionBench.EAGER)) {
            bench.put("a", "only one");
            for (int n = 0; n < 20; n++) bench.fillSegment("b");
            long before = bench.stats().bytes();
            bench.compact();
            assertThat(bench.stats().bytes()).isLessThan(before / 8);
            assertThat(bench.left().firstEntry().getValue().key()).isEqualTo("a");
            var stats = bench.stats().compaction();
            assertThat(stats.runs()).isPositive();
            assertThat(stats.bytesRemoved()).isEqualTo(before - bench.stats().bytes());
            assertThat(stats.bytesRead()).isGreaterThan(before);
            assertThat(stats.dirtyBytes()).isZero();
            assertThat(stats.uncleanable()).isFalse();
            assertThat(stats.lastRunMillis()).isEqualTo(bench.environment.wallMillis());
        }
    }

    @Test
    default void whatIsNotDecidedYetStays() {
        try (var bench = new CompactionBench(environment(), CompactionBench.EAGER)) {
            for (int n = 0; n < 6; n++) bench.fillSegment("a");
            bench.now(bench.environment.storage().upkeep());
            bench.environment.settle();
            assertThat(bench.left()).as("nobody said that anything is").isEqualTo(bench.written);
            bench.log.compactBelow(30);
            for (int n = 0; n < 3; n++) bench.now(bench.environment.storage().upkeep());
            bench.environment.settle();
            assertThat(bench.left().tailMap(30L)).isEqualTo(bench.written.tailMap(30L));
            assertThat(bench.left()).hasSizeLessThan(bench.written.size());
        }
    }

    @Test
    default void aTombstoneStaysForItsTimeAndThenGoes() {
        try (var bench = new CompactionBench(environment(), new Compaction(0, 0, Long.MAX_VALUE, 10_000))) {
            bench.put("gone", "value");
            bench.put("gone", null);
            bench.fillSegment("a");
            bench.compact();
            assertThat(bench.left()).doesNotContainKey(0L).containsKey(1L);
            bench.environment.advance(9_000);
            bench.fillSegment("a");
            bench.compact();
            assertThat(bench.left()).as("not yet").containsKey(1L);
            bench.environment.advance(2_000);
            bench.fillSegment("a");
            bench.fillSegment("a");
            bench.compact();
            assertThat(bench.left()).as("its time is over").doesNotContainKey(1L);
            bench.assertNothingIsLost();
            bench.assertEveryOffsetCanBeRead();
        }
    }

    @Test
    default void compactionWaitsUntilEnoughIsDirty() {
        try (var bench = new CompactionBench(environment(), new Compaction(0.5, 0, Long.MAX_VALUE, 0))) {
            for (int n = 0; n < 40; n++) {
                for (int k = 0; k < 12; k++) bench.put("key" + n + "/" + k, "x".repeat(200));
            }
            bench.compact();
            long runs = bench.stats().compaction().runs();
            assertThat(runs).isPositive();
            for (int n = 0; n < 10; n++) bench.fillSegment("again");
            bench.compact();
            assertThat(bench.stats().compaction().runs()).isEqualTo(runs);
            assertThat(bench.stats().compaction().dirtyBytes()).isPositive();
            for (int n = 0; n < 60; n++) bench.fillSegment("again");
            bench.compact();
            assertThat(bench.stats().compaction().runs()).isGreaterThan(runs);
            bench.assertNothingIsLost();
        }
    }

    @Test
    default void aRecordStaysForTheLeastLagAndNotLongerThanTheMostLag() {
        try (var bench = new CompactionBench(environment(), new Compaction(0, 60_000, Long.MAX_VALUE, 0))) {
            for (int n = 0; n < 4; n++) bench.fillSegment("a");
            bench.environment.advance(50_000);
            bench.compact();
            assertThat(bench.left()).isEqualTo(bench.written);
            bench.environment.advance(20_000);
            bench.compact();
            assertThat(bench.left()).hasSizeLessThan(bench.written.size());

            bench.configure(new Compaction(1, 0, 60_000, 0));
            for (int n = 0; n < 4; n++) bench.fillSegment("a");
            bench.compact();
            long runs = bench.stats().compaction().runs();
            bench.environment.advance(70_000);
            bench.compact();
            assertThat(bench.stats().compaction().runs()).isGreaterThan(runs);
            bench.assertNothingIsLost();
        }
    }

    @Test
    default void batchesOfTransactionsAndRecordsWithoutKeyStay() {
        try (var bench = new CompactionBench(environment(), CompactionBench.EAGER)) {
            bench.append(new RecordBatchBuilder()
                    .producer(7, (short) 0, 0)
                    .transactional()
                    .append(1, "a".getBytes(), "in a transaction".getBytes())
                    .build());
            bench.append(new TransactionMarker(false, 0).toBatch(1, 7, (short) 0));
            bench.append(new RecordBatchBuilder()
                    .append(1, null, "keyless".getBytes())
                    .build());
            long end = bench.log.end();
            var before = bench.batches().stream().map(RecordBatch::crc).toList();
            for (int n = 0; n < 6; n++) bench.fillSegment("a");
            bench.compact();
            assertThat(bench.batches().stream()
                            .filter(batch -> batch.baseOffset() < end)
                            .map(RecordBatch::crc))
                    .isEqualTo(before);
            assertThat(bench.left()).hasSizeLessThan(bench.written.size());
        }
    }

    @Test
    default void aBatchThatAProducerIsKnownByStaysAsAHeader() {
        try (var bench = new CompactionBench(environment(), CompactionBench.EAGER)) {
            bench.append(Compression.GZIP, 7, 40, new String[] {"a", "a", "a"}, new String[] {"1", "2", "3"});
            bench.append(Compression.NONE, 8, 50, new String[] {"a"}, new String[] {"4"});
            bench.anchors.add(0L);
            for (int n = 0; n < 6; n++) bench.fillSegment("a");
            bench.compact();
            var first = bench.batches().get(0);
            assertThat(first.count()).isZero();
            assertThat(first.lastOffsetDelta()).isEqualTo(2);
            assertThat(first.producerId()).isEqualTo(7);
            assertThat(first.baseSequence()).isEqualTo(40);
            assertThat(first.lastSequence()).isEqualTo(42);
            assertThat(bench.batches().get(1).hasProducerId())
                    .as("the other is gone")
                    .isFalse();

            bench.anchors.clear();
            for (int n = 0; n < 6; n++) bench.fillSegment("a");
            bench.compact();
            assertThat(bench.batches().get(0).hasProducerId()).isFalse();
            assertThat(bench.batches().get(0).baseOffset()).isZero();
        }
    }

    @Test
    default void leaderEpochsAreStillThereInWhatIsLeft() {
        try (var bench = new CompactionBench(environment(), CompactionBench.EAGER)) {
            var epochs = new TreeSet<Integer>();
            for (int n = 0; n < 30; n++) {
                bench.epoch = 3 + n / 4;
                epochs.add(bench.epoch);
                bench.fillSegment("a");
            }
            bench.compact();
            var left = new TreeSet<Integer>();
            for (var batch : bench.batches()) left.add(batch.leaderEpoch());
            assertThat(left).isEqualTo(epochs);
        }
    }

    @Test
    default void deletionAndCompactionGoTogether() {
        Seeds.forEach(histories() / 3, random -> {
            try (var bench = new CompactionBench(environment(), CompactionBench.EAGER)) {
                var sequences = new int[3];
                for (int round = 0; round < 6; round++) {
                    bench.appendSome(random, 30, 8, sequences);
                    bench.log.compactBelow(bench.log.end());
                    var upkeep = bench.environment.storage().upkeep();
                    long offset =
                            bench.log.start() + random.nextInt((int) (bench.log.end() - bench.log.start()) / 2 + 1);
                    bench.now(bench.log.deleteBefore(offset));
                    bench.now(upkeep);
                    bench.compact();
                    assertThat(bench.log.start()).isEqualTo(offset);
                    if (random.nextBoolean()) bench.reopenLog();
                    assertThat(bench.log.start()).isEqualTo(offset);
                    bench.assertEveryOffsetCanBeRead();
                    for (var record : bench.left().values()) {
                        assertThat(record).isEqualTo(bench.written.get(record.offset()));
                    }
                }
            }
        });
    }
}
