package io.millrace.sim;

import static io.millrace.model.Refusal.CLOSED;
import static io.millrace.model.Refusal.OFFSET_OUT_OF_RANGE;
import static io.millrace.sim.LogBench.ID;
import static io.millrace.sim.LogBench.OPTIONS;
import static io.millrace.sim.LogBench.SEGMENT_BYTES;
import static io.millrace.sim.LogBench.retaining;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.log.DerivedState;
import io.millrace.model.PartitionId;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What every {@link io.millrace.log.LogStorage} keeps to. A test class implements it and says on what to run. */
public interface LogContract {
    long DAY = 86_400_000L;
    long YEAR = 365 * DAY;
    long FOR_EVER = 1L << 50;

    /** A fresh, empty environment. */
    LogEnvironment environment();

    /** How many seeds each random test runs; fewer where the medium is slow. */
    default int seeds() {
        return 50;
    }

    @Test
    default void aNewLogIsEmpty() {
        try (var bench = new LogBench(environment(), OPTIONS)) {
            assertThat(bench.log.start()).isZero();
            bench.assertHoldsTheModel();
            assertThat(bench.seen.batches).isEmpty();
        }
    }

    @Test
    default void whatIsAppendedIsReadBackByAnyBounds() {
        Seeds.forEach(seeds(), random -> {
            try (var bench = new LogBench(environment(), OPTIONS)) {
                bench.appendSome(random, 1 + random.nextInt(40));
                bench.assertHoldsTheModel();
                for (int n = 0; n < 30; n++) {
                    long from = random.nextLong(bench.log.end() + 1);
                    long upTo = from + random.nextLong(bench.log.end() - from + 1);
                    int maxBytes = 1 + random.nextInt(4 * SEGMENT_BYTES);
                    bench.assertReads(bench.read(from, upTo, maxBytes), from, upTo, maxBytes);
                }
            }
        });
    }

    @Test
    default void aReadFromTheMiddleOfABatchGivesTheWholeBatch() {
        try (var bench = new LogBench(environment(), OPTIONS)) {
            bench.append(10, 1, 2, 3, 4);
            bench.append(10, 5);
            assertThat(bench.read(2, 4, 1 << 20)).isEqualTo(bench.model.get(0L));
            assertThat(bench.read(2, 3, 1 << 20).hasRemaining()).isFalse();
        }
    }

    @Test
    default void aReadGivesOneBatchEvenIfItIsTooLarge() {
        try (var bench = new LogBench(environment(), OPTIONS)) {
            bench.append(3 * SEGMENT_BYTES, 1);
            bench.append(10, 2);
            assertThat(bench.read(0, 2, 1)).isEqualTo(bench.model.get(0L));
            assertThat(bench.read(1, 2, 1)).isEqualTo(bench.model.get(1L));
        }
    }

    @Test
    default void aReadOutsideOfTheLogIsRefused() {
        try (var bench = new LogBench(environment(), OPTIONS)) {
            bench.append(10, 1, 2, 3);
            bench.append(10, 4);
            bench.assertRefused(bench.log.read(5, 5, 100), OFFSET_OUT_OF_RANGE);
            bench.now(bench.log.deleteBefore(2));
            bench.assertRefused(bench.log.read(1, 4, 100), OFFSET_OUT_OF_RANGE);
            assertThat(bench.read(2, 4, 1)).isEqualTo(bench.model.get(0L));
        }
    }

    @Test
    default void theMemoryOfAReadBelongsToTheReader() {
        try (var bench = new LogBench(environment(), OPTIONS)) {
            bench.append(10, 1);
            var mine = bench.read(0, 1, 100);
            while (mine.hasRemaining()) mine.put((byte) 0xff);
            bench.assertHoldsTheModel();
        }
    }

    @Test
    default void appendsCompleteInOrderAndNotBeforeTheyAreDurable() {
        Seeds.forEach(seeds(), random -> {
            try (var bench = new LogBench(environment(), OPTIONS)) {
                var order = new ArrayList<Long>();
                for (int n = 0; n < 40; n++) {
                    var stored = bench.startAppend(bench.batch(random.nextInt(300), 1));
                    long end = bench.log.end();
                    assertThat(end).as("end moves at once").isEqualTo(n + 1);
                    stored.onSuccess(done -> {
                        assertThat(bench.log.durableEnd()).isGreaterThanOrEqualTo(end);
                        order.add(end);
                    });
                    if (random.nextInt(5) == 0) bench.environment.settle();
                }
                bench.environment.settle();
                assertThat(order).hasSize(40).isSorted();
            }
        });
    }

    @Test
    default void aTimeIsFoundInTheFirstBatchThatReachesIt() {
        Seeds.forEach(seeds(), random -> {
            try (var bench = new LogBench(environment(), OPTIONS)) {
                var largest = new ArrayList<Long>();
                for (int n = 0; n < 60; n++) {
                    long timestamp = random.nextInt(8) == 0 ? -1 : 1_000 + 10 * n + random.nextInt(200);
                    bench.append(random.nextInt(300), timestamp);
                    largest.add(timestamp);
                }
                for (int n = 0; n < 60; n++) {
                    long wanted = 900L + random.nextInt(1_000);
                    long expected = 0;
                    while (expected < 60 && largest.get((int) expected) < wanted) expected++;
                    assertThat(bench.now(bench.log.batchAt(wanted)))
                            .as("batch at " + wanted)
                            .isEqualTo(expected);
                }
            }
        });
    }

    @Test
    default void aTimeIsNotFoundInWhatWasDeleted() {
        try (var bench = new LogBench(environment(), OPTIONS)) {
            bench.append(10, 100);
            bench.append(10, 200);
            bench.append(10, 150);
            bench.now(bench.log.deleteBefore(2));
            assertThat(bench.now(bench.log.batchAt(0))).isEqualTo(2);
            assertThat(bench.now(bench.log.batchAt(160))).isEqualTo(3);
        }
    }

    @Test
    default void deletingRaisesTheStartForGood() {
        Seeds.forEach(seeds(), random -> {
            try (var bench = new LogBench(environment(), OPTIONS)) {
                bench.appendSome(random, 30);
                long offset = random.nextLong(bench.log.end() + 1);
                bench.now(bench.log.deleteBefore(offset));
                assertThat(bench.log.start()).isEqualTo(offset);
                bench.now(bench.log.deleteBefore(offset / 2));
                assertThat(bench.log.start()).as("never falls").isEqualTo(offset);
                bench.assertRefused(bench.log.deleteBefore(bench.log.end() + 1), OFFSET_OUT_OF_RANGE);
                bench.reopenLog();
                bench.upkeep();
                assertThat(bench.log.start()).isEqualTo(offset);
                bench.assertHoldsTheModel();
                bench.appendSome(random, 10);
                bench.assertHoldsTheModel();
            }
        });
    }

    @Test
    default void truncatingForgetsTheTailAndTheDerivedStateFollows() {
        Seeds.forEach(seeds(), random -> {
            try (var bench = new LogBench(environment(), OPTIONS)) {
                for (int round = 0; round < 4; round++) {
                    bench.appendSome(random, random.nextInt(20));
                    long offset = bench.boundary(random, 0);
                    bench.now(bench.log.truncateTo(offset));
                    bench.model.tailMap(offset, true).clear();
                    bench.assertHoldsTheModel();
                    assertThat(bench.seen.batches).isEqualTo(bench.described());
                    if (random.nextBoolean()) bench.reopenLog();
                    assertThat(bench.seen.batches).isEqualTo(bench.described());
                }
                bench.append(10, 1);
                bench.assertHoldsTheModel();
            }
        });
    }

    @Test
    default void reopeningKeepsEverythingAndReplaysItOnce() {
        Seeds.forEach(seeds(), random -> {
            try (var bench = new LogBench(environment(), OPTIONS)) {
                for (int round = 0; round < 4; round++) {
                    bench.appendSome(random, random.nextInt(25));
                    bench.reopenLog();
                    bench.assertHoldsTheModel();
                    assertThat(bench.seen.batches).isEqualTo(bench.described());
                }
            }
        });
    }

    @Test
    default void anotherStorageOverTheSameMediumHoldsTheSameIfItIsDurable() {
        Seeds.forEach(seeds(), random -> {
            try (var bench = new LogBench(environment(), OPTIONS)) {
                bench.appendSome(random, random.nextInt(40));
                bench.reopenStorage();
                if (!bench.environment.durable()) bench.model.clear();
                bench.assertHoldsTheModel();
                assertThat(bench.seen.batches).isEqualTo(bench.described());
                bench.appendSome(random, 5);
                bench.assertHoldsTheModel();
            }
        });
    }

    @Test
    default void aClosedLogRefusesEverything() {
        try (var bench = new LogBench(environment(), OPTIONS)) {
            bench.append(10, 1);
            var next = bench.batch(10, 2);
            bench.now(bench.log.close());
            bench.assertRefused(bench.log.append(next), CLOSED);
            bench.assertRefused(bench.log.read(0, 1, 100), CLOSED);
            bench.assertRefused(bench.log.batchAt(0), CLOSED);
            bench.assertRefused(bench.log.truncateTo(0), CLOSED);
            bench.assertRefused(bench.log.deleteBefore(1), CLOSED);
        }
    }

    @Test
    default void closingTheStorageFinishesWhatWasAppended() {
        try (var bench = new LogBench(environment(), OPTIONS)) {
            var stored = new ArrayList<Future<Void>>();
            for (int n = 0; n < 30; n++) stored.add(bench.startAppend(bench.batch(200, 1)));
            bench.now(bench.environment.storage().close());
            assertThat(stored).allMatch(Future::succeeded);
        }
    }

    @Test
    default void aPartitionIsOpenOnceAndDeletedWhenItIsClosed() {
        try (var bench = new LogBench(environment(), OPTIONS)) {
            var storage = bench.environment.storage();
            bench.append(10, 1);
            assertFails(bench, storage.open(ID, OPTIONS, DerivedState.NONE));
            assertFails(bench, storage.delete(ID));
            bench.assertHoldsTheModel();

            var other = new PartitionId(new UUID(8, 8), 0);
            bench.now(storage.open(other, OPTIONS, DerivedState.NONE));
            assertThat(bench.now(storage.list())).isEqualTo(Set.of(ID, other));
            bench.now(bench.log.close());
            bench.now(storage.delete(ID));
            assertThat(bench.now(storage.list())).isEqualTo(Set.of(other));
            var again = bench.now(storage.open(ID, OPTIONS, DerivedState.NONE));
            assertThat(again.end()).as("a new log under an old id is empty").isZero();
        }
    }

    private static void assertFails(LogBench bench, Future<?> future) {
        bench.environment.settle();
        assertThat(future.failed()).isTrue();
    }

    @Test
    default void whatIsKeptIsCounted() {
        try (var bench = new LogBench(environment(), OPTIONS)) {
            bench.appendSome(new Random(1), 30);
            long bytes = bench.model.values().stream()
                    .mapToLong(batch -> batch.remaining())
                    .sum();
            var stats = bench.environment.storage().stats(ID);
            assertThat(stats.bytes()).isEqualTo(bytes);
            assertThat(stats.damaged()).isFalse();
            assertThat(stats.tornBytes()).isZero();
        }
    }

    @Test
    default void retentionByBytesDeletesTheOldestAndNeverTheActiveSegment() {
        try (var bench = new LogBench(environment(), OPTIONS)) {
            for (int n = 0; n < 100; n++) bench.append(200, bench.environment.wallMillis());
            bench.configure(retaining(-1, 3 * SEGMENT_BYTES, FOR_EVER));
            bench.upkeep();
            assertThat(bench.environment.storage().stats(ID).bytes()).isBetween(1L, 4L * SEGMENT_BYTES);
            assertThat(bench.model).as("a batch begins at the start").containsKey(bench.log.start());
            bench.assertHoldsTheModel();

            bench.configure(retaining(-1, 0, FOR_EVER));
            bench.upkeep();
            assertThat(bench.log.start()).as("the active segment stays").isLessThan(bench.log.end());
            bench.reopenLog();
            bench.assertHoldsTheModel();
            assertThat(bench.seen.batches).endsWith(bench.described().get(99));
        }
    }

    @Test
    default void retentionByTimeDeletesWholeSegmentsThatAreOld() {
        try (var bench = new LogBench(environment(), retaining(60_000, -1, FOR_EVER))) {
            for (int n = 0; n < 60; n++) {
                bench.append(200, bench.environment.wallMillis());
                bench.environment.advance(2_000);
            }
            bench.upkeep();
            long start = bench.log.start();
            // A record of 200 bytes every two seconds: those of the last minute, and the rest of their segment.
            assertThat(start).isBetween(30L - SEGMENT_BYTES / 200, 30L);
            assertThat(bench.model).containsKey(start);
            bench.environment.advance(YEAR);
            bench.upkeep();
            assertThat(bench.log.start()).as("the active segment stays").isLessThan(bench.log.end());
            bench.assertHoldsTheModel();
        }
    }

    @Test
    default void aSilentLogGrowsOldAndGoesAsAWhole() {
        try (var bench = new LogBench(environment(), retaining(60_000, -1, 10_000))) {
            for (int n = 0; n < 20; n++) bench.append(200, bench.environment.wallMillis());
            bench.environment.advance(60_000);
            bench.upkeep();
            bench.upkeep();
            assertThat(bench.log.start()).as("not yet").isZero();
            bench.environment.advance(10_000);
            bench.upkeep();
            bench.upkeep();
            assertThat(bench.log.start()).isEqualTo(20);
            bench.append(200, bench.environment.wallMillis());
            bench.assertHoldsTheModel();
            bench.reopenLog();
            assertThat(bench.log.start()).isEqualTo(20);
            bench.assertHoldsTheModel();
        }
    }

    @Test
    default void aJumpOfTheWallClockDeletesNothing() {
        try (var bench = new LogBench(environment(), retaining(DAY, -1, FOR_EVER))) {
            for (int n = 0; n < 60; n++) bench.append(200, bench.environment.wallMillis());
            bench.environment.jump(YEAR);
            bench.upkeep();
            assertThat(bench.log.start()).isZero();
            bench.reopenLog();
            bench.upkeep();
            assertThat(bench.log.start())
                    .as("nor when the clock had jumped before the start")
                    .isZero();
            bench.environment.jump(-2 * YEAR);
            bench.upkeep();
            assertThat(bench.log.start()).isZero();
            bench.assertHoldsTheModel();
        }
    }

    @Test
    default void aRecordFromTheFutureDeletesNothing() {
        try (var bench = new LogBench(environment(), retaining(DAY, -1, FOR_EVER))) {
            for (int n = 0; n < 30; n++) bench.append(200, bench.environment.wallMillis());
            bench.append(200, bench.environment.wallMillis() + YEAR);
            bench.upkeep();
            assertThat(bench.log.start()).isZero();
        }
    }

    @Test
    default void recordsThatWereOldWhenTheyCameGoByTheirOwnTime() {
        try (var bench = new LogBench(environment(), retaining(DAY, -1, FOR_EVER))) {
            for (int n = 0; n < 30; n++) bench.append(200, bench.environment.wallMillis() - 2 * DAY);
            bench.upkeep();
            assertThat(bench.log.start()).as("nothing newer has come").isZero();
            for (int n = 0; n < 30; n++) bench.append(200, bench.environment.wallMillis());
            bench.upkeep();
            assertThat(bench.log.start()).isBetween(30L - SEGMENT_BYTES / 200, 30L);
        }
    }

    @Test
    default void recordsWithoutATimeDoNotGrowOld() {
        try (var bench = new LogBench(environment(), retaining(DAY, -1, FOR_EVER))) {
            for (int n = 0; n < 30; n++) bench.append(200, -1);
            bench.environment.advance(YEAR);
            bench.upkeep();
            assertThat(bench.log.start()).isZero();
        }
    }

    @Test
    default void anyMixOfEverythingHoldsTheModel() {
        Seeds.forEach(seeds(), random -> {
            try (var bench = new LogBench(environment(), OPTIONS)) {
                for (int step = 0; step < 40; step++) {
                    switch (random.nextInt(10)) {
                        case 0 -> bench.now(bench.log.deleteBefore(random.nextLong(bench.log.end() + 1)));
                        case 1 -> {
                            long offset = bench.boundary(random, bench.log.start());
                            bench.now(bench.log.truncateTo(offset));
                            bench.model.tailMap(offset, true).clear();
                        }
                        case 2 -> bench.reopenLog();
                        case 3 -> bench.upkeep();
                        default -> bench.appendSome(random, 1 + random.nextInt(6));
                    }
                    bench.assertHoldsTheModel();
                }
            }
        });
    }
}
