package io.millrace.log.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.log.disk.Disk;
import io.millrace.log.disk.DiskFile;
import io.millrace.sim.CompactionBench;
import io.millrace.sim.LyingDisk;
import io.millrace.sim.QuietLogs;
import io.millrace.sim.SimulatedCrash;
import io.millrace.sim.SimulatedDisk;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A process dies at every call to its disk while it compacts, by kill and by power cut: nothing is lost. */
@ExtendWith(QuietLogs.class)
class CompactionCrashTest {
    private static final int SCRIPTS = Integer.getInteger("scripts", 1);

    @Test
    void aCompactionThatEndsAtAnyCallLosesNothing() {
        for (long script = 0; script < SCRIPTS; script++) {
            long first = written(script, sound -> sound).environmentCalls();
            long last = compacted(script);
            assertThat(last - first).as("calls of compaction").isGreaterThan(50);
            for (long call = first + 1; call <= last; call++) {
                for (int end = 0; end < 3; end++) dieAt(script, call, end, sound -> sound);
            }
        }
    }

    @Test
    void aCopyThatIsNotSyncedBeforeItIsRenamedIsCaught() {
        assertThatThrownBy(() -> dieInSwaps(sound -> new LyingDisk(sound) {
                    @Override
                    protected void force(String path, DiskFile file) {
                        if (!path.endsWith(SegmentFiles.CLEANED)) super.force(path, file);
                    }
                }))
                .isInstanceOf(AssertionError.class);
    }

    @Test
    void segmentsThatAreDeletedBeforeTheSwapIsDurableAreCaught() {
        assertThatThrownBy(() -> dieInSwaps(sound -> new LyingDisk(sound) {
                    private boolean swapping;

                    @Override
                    public void rename(String from, String to) {
                        super.rename(from, to);
                        swapping = to.endsWith(SegmentFiles.SWAP);
                    }

                    @Override
                    public void syncDirectory(String path) {
                        if (!swapping) super.syncDirectory(path);
                        swapping = false;
                    }
                }))
                .isInstanceOf(AssertionError.class);
    }

    /** Dies at the calls around all swaps, many times; a defect may leave out a few calls. */
    private static void dieInSwaps(UnaryOperator<Disk> between) {
        for (long script = 0; script < SCRIPTS; script++) {
            for (long swap : swaps(script)) {
                for (long call = swap - 12; call < swap + 10; call++) {
                    for (int end = 1; end < 5; end++) dieAt(script, call, end, between);
                }
            }
        }
    }

    /** The numbers of the calls that begin a swap. */
    private static List<Long> swaps(long script) {
        var swaps = new ArrayList<Long>();
        var device = new AtomicReference<SimulatedDisk>();
        var prepared = written(script, sound -> {
            device.set((SimulatedDisk) sound);
            return new LyingDisk(sound) {
                @Override
                public void rename(String from, String to) {
                    super.rename(from, to);
                    if (to.endsWith(SegmentFiles.SWAP)) swaps.add(device.get().calls());
                }
            };
        });
        swaps.clear();
        prepared.bench.compact();
        assertThat(swaps).isNotEmpty();
        return swaps;
    }

    private record Prepared(CompactionBench bench, SimulatedLogs logs) {
        long environmentCalls() {
            return logs.disk.calls();
        }
    }

    /** A log of some small segments, which were compacted, and some that were not. */
    private static Prepared written(long script, UnaryOperator<Disk> between) {
        var random = new Random(script);
        var logs = new SimulatedLogs(random, new SimulatedDisk(random), between, SimulatedLogs.SLICES);
        var bench = new CompactionBench(logs, CompactionBench.EAGER);
        var sequences = new int[3];
        bench.appendSome(random, 24, 6, sequences);
        bench.fillSegment("key1");
        bench.compact();
        bench.appendSome(random, 12, 6, sequences);
        bench.fillSegment("key1");
        return new Prepared(bench, logs);
    }

    private static long compacted(long script) {
        var prepared = written(script, sound -> sound);
        prepared.bench.compact();
        prepared.bench.assertNothingIsLost();
        assertThat(prepared.bench.left()).hasSizeLessThan(prepared.bench.written.size() / 2);
        var again = written(script, sound -> sound);
        again.bench.compact();
        return again.logs.disk.calls();
    }

    private static void dieAt(long script, long call, int end, UnaryOperator<Disk> between) {
        var prepared = written(script, between);
        prepared.logs.disk.crashAtCall(call);
        try {
            prepared.bench.compact();
        } catch (SimulatedCrash died) {
            // As it was meant.
        }
        // Random makes much the same of seeds that are near each other.
        var chance = new Random(new Random(call * 31 + end).nextLong());
        var left = end == 0 ? prepared.logs.disk.afterKill() : prepared.logs.disk.afterPowerCut(chance);
        try {
            var again = prepared.bench.on(new SimulatedLogs(chance, left, between, SimulatedLogs.SLICES));
            assertThat(again.log.end()).isEqualTo(again.written.lastKey() + 1);
            again.assertNothingIsLost();
            again.compact();
            again.assertNothingIsLost();
            again.assertEveryOffsetCanBeRead();
        } catch (AssertionError | RuntimeException failure) {
            throw new AssertionError(
                    "script " + script + ", call " + call + ", end " + end + ": " + failure.getMessage(), failure);
        }
    }
}
