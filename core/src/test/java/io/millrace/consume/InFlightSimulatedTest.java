package io.millrace.consume;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.sim.Seeds;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A consumer under random delays, failures and reassignments, watched from outside. */
class InFlightSimulatedTest {
    private static final int PARTITIONS = 3;
    private static final int RECORDS = 40;
    private static final int KEYS = 6;
    private static final int MOST_ATTEMPTS = 4;

    /** What is stored: the key of each record; offsets have holes, as in a compacted partition. */
    private record Stored(long offset, @Nullable String key) {}

    private static final class World {
        final Random random;
        final ProcessingOrder order;
        final int concurrency;
        final int maxInFlight;
        final InFlight<Integer, Stored> inFlight;
        final FailureRules rules = new FailureRules(OnFailure.RETRY, MOST_ATTEMPTS, OnFailure.SKIP);

        final List<List<Stored>> logs = new ArrayList<>();
        /** What the group has stored; where a partition that is assigned anew begins. */
        final long[] committed = new long[PARTITIONS];

        final int[] readTo = new int[PARTITIONS];
        final int[] checked = new int[PARTITIONS];
        final boolean[] draining = new boolean[PARTITIONS];
        final List<Lease<Integer, Stored>> running = new ArrayList<>();
        final List<Set<Long>> done = new ArrayList<>();
        /** The last record of a unit whose processing has begun under the present assignment. */
        final Map<Object, Long> begun = new HashMap<>();

        final Set<Object> busy = new HashSet<>();

        World(Random random, ProcessingOrder order, int concurrency, int maxInFlight) {
            this.random = random;
            this.order = order;
            this.concurrency = concurrency;
            this.maxInFlight = maxInFlight;
            this.inFlight = new InFlight<>(order, concurrency, maxInFlight, 1000);
            for (int p = 0; p < PARTITIONS; p++) {
                var log = new ArrayList<Stored>();
                long offset = 0;
                for (int n = 0; n < RECORDS; n++) {
                    offset += random.nextInt(10) == 0 ? 1 + random.nextInt(5) : 0;
                    log.add(new Stored(offset++, random.nextInt(8) == 0 ? null : "k" + random.nextInt(KEYS)));
                }
                logs.add(log);
                done.add(new HashSet<>());
                inFlight.assign(p, 0);
            }
        }

        boolean isFinished() {
            for (int p = 0; p < PARTITIONS; p++) {
                if (!inFlight.isAssigned(p) || inFlight.position(p) <= last(p)) return false;
            }
            return true;
        }

        private long last(int partition) {
            return logs.get(partition).get(RECORDS - 1).offset();
        }

        void step() {
            int what = random.nextInt(200);
            if (what < 60) read();
            else if (what < 110) begin();
            else if (what < 190) end();
            else if (what < 198) commit();
            else if (what < 199) reassign(random.nextInt(PARTITIONS));
            else drain(random.nextInt(PARTITIONS));
            giveDrainedBack();
            check();
        }

        private void read() {
            int p = random.nextInt(PARTITIONS);
            if (!inFlight.isAssigned(p) || draining[p]) return;
            for (int n = random.nextInt(10); n > 0 && inFlight.hasRoom() && readTo[p] < RECORDS; n--) {
                var record = logs.get(p).get(readTo[p]++);
                inFlight.add(p, record.offset(), record.key(), record);
            }
        }

        private void begin() {
            for (var lease = inFlight.next(0); lease != null; lease = inFlight.next(0)) {
                running.add(lease);
                var unit = unit(lease);
                expect(busy.add(unit), lease, "began while its unit was busy");
                expect(!draining[lease.partition()], lease, "began while its partition was drained");
                var before = begun.put(unit, lease.offset());
                boolean isInOrder =
                        before == null || before < lease.offset() || (before == lease.offset() && lease.attempts() > 1);
                expect(isInOrder, lease, "began behind " + before);
                expect(running.size() <= concurrency, lease, "is one too many");
            }
        }

        private static void expect(boolean isSo, Object what, String wrong) {
            if (!isSo) throw new AssertionError(what + " " + wrong);
        }

        private record Keyed(int partition, @Nullable String key) {}

        private Object unit(Lease<Integer, Stored> lease) {
            var key = lease.record().key();
            if (order == ProcessingOrder.PARTITION) return new Keyed(lease.partition(), null);
            if (order == ProcessingOrder.KEY && key != null) return new Keyed(lease.partition(), key);
            return lease;
        }

        /** Any of those that run, however long it has run. */
        private void end() {
            if (running.isEmpty()) return;
            var lease = running.remove(random.nextInt(running.size()));
            busy.remove(unit(lease));
            if (random.nextInt(4) > 0) {
                finish(lease);
                return;
            }
            var failure = random.nextInt(3) == 0 ? RecordFailure.skip("bad", null) : new IllegalStateException("later");
            if (rules.judge(failure, lease.attempts()) == OnFailure.SKIP) finish(lease);
            else inFlight.retry(lease);
        }

        private void finish(Lease<Integer, Stored> lease) {
            if (!lease.isForgotten()) done.get(lease.partition()).add(lease.offset());
            inFlight.settle(lease);
        }

        private void commit() {
            inFlight.uncommitted().forEach((partition, position) -> {
                expect(position > committed[partition], position, "is behind " + committed[partition]);
                committed[partition] = position;
                inFlight.committed(partition, position);
            });
            expect(inFlight.uncommitted().isEmpty(), inFlight.uncommitted(), "is left");
        }

        /** Taken away without a word, and given back where the last commit was. */
        private void reassign(int partition) {
            inFlight.forget(partition);
            draining[partition] = false;
            begun.keySet().removeIf(unit -> unit instanceof Keyed keyed && keyed.partition() == partition);
            var doneAgain = new HashSet<Long>();
            for (var record : logs.get(partition)) {
                if (record.offset() < committed[partition]) doneAgain.add(record.offset());
            }
            done.set(partition, doneAgain);
            inFlight.assign(partition, committed[partition]);
            int at = 0;
            while (at < RECORDS && logs.get(partition).get(at).offset() < committed[partition]) at++;
            readTo[partition] = at;
            checked[partition] = at;
        }

        /** Asked back in peace: what runs ends, the prefix is committed, then it goes. */
        private void drain(int partition) {
            draining[partition] = true;
            inFlight.drain(partition);
        }

        private void giveDrainedBack() {
            for (int p = 0; p < PARTITIONS; p++) {
                if (!draining[p] || !inFlight.isIdle(p)) continue;
                commit();
                reassign(p);
            }
        }

        private void check() {
            expect(inFlight.held() <= maxInFlight, inFlight.held(), "is more than " + maxInFlight);
            for (int p = 0; p < PARTITIONS; p++) {
                long position = inFlight.position(p);
                expect(position >= committed[p], position, "is behind what is committed");
                // What is done stays done until the partition is given anew.
                for (; checked[p] < RECORDS && logs.get(p).get(checked[p]).offset() < position; checked[p]++) {
                    var record = logs.get(p).get(checked[p]);
                    expect(done.get(p).contains(record.offset()), position, "passes " + p + "/" + record);
                }
            }
        }
    }

    private static void live(Random random, ProcessingOrder order, int concurrency) {
        var world = new World(random, order, concurrency, 1 + random.nextInt(100));
        for (int steps = 0; !world.isFinished(); steps++) {
            if (steps > 100_000) throw new AssertionError("no progress");
            world.step();
        }
        world.commit();
        for (int p = 0; p < PARTITIONS; p++) {
            assertThat(world.done.get(p)).hasSize(RECORDS);
            assertThat(world.committed[p]).isEqualTo(world.last(p) + 1);
        }
    }

    @Test
    void perKeyConcurrencyOf32KeepsTheOrderOfEachKeyAndCommitsNothingUnfinished() {
        Seeds.forEach(10_000, random -> live(random, ProcessingOrder.KEY, 32));
    }

    @Test
    void everyOrderHoldsWithAnyConcurrency() {
        Seeds.forEach(
                1000,
                random -> live(
                        random,
                        ProcessingOrder.values()[random.nextInt(ProcessingOrder.values().length)],
                        1 + random.nextInt(8)));
    }
}
