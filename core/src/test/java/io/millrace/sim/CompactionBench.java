package io.millrace.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.log.Compaction;
import io.millrace.log.DerivedState;
import io.millrace.log.LogOptions;
import io.millrace.log.LogStats;
import io.millrace.log.PartitionLog;
import io.millrace.model.PartitionId;
import io.millrace.record.Compression;
import io.millrace.record.RecordBatch;
import io.millrace.record.RecordBatchBuilder;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/** A log that is compacted, and everything that was ever written to it. */
public final class CompactionBench implements AutoCloseable {
    /** One record that was written. Without value it is a tombstone. */
    public record Written(long offset, String key, String value, long timestamp) {}

    public static final PartitionId ID = LogBench.ID;

    /** Compaction as soon as there is anything to do. */
    public static final Compaction EAGER = new Compaction(0, 0, Long.MAX_VALUE, 1_000);

    public final LogEnvironment environment;
    public final TreeMap<Long, Written> written = new TreeMap<>();
    public final Set<Long> anchors = new HashSet<>();
    public PartitionLog log;
    public int epoch = 3;
    private LogOptions options;

    public CompactionBench(LogEnvironment environment, Compaction how) {
        this.environment = environment;
        this.options = LogBench.OPTIONS.compacted(how);
        open();
    }

    private void open() {
        log = now(environment.storage().open(LogBench.ID, options, new Anchored()));
    }

    /** The same log in another environment, with everything that was written to it. */
    public CompactionBench on(LogEnvironment other) {
        var bench = new CompactionBench(other, options.compaction());
        bench.written.putAll(written);
        bench.epoch = epoch;
        return bench;
    }

    public void configure(Compaction how) {
        options = LogBench.OPTIONS.compacted(how);
        environment.storage().configure(LogBench.ID, options);
    }

    public void reopenLog() {
        now(log.close());
        open();
    }

    public void reopenStorage() {
        now(environment.storage().close());
        environment.reopen();
        open();
    }

    public <T> T now(Future<T> future) {
        environment.settle();
        assertThat(future.isComplete()).as("complete").isTrue();
        if (future.failed()) throw new AssertionError(future.cause());
        return future.result();
    }

    /** Everything that is written may be compacted, as far as the segments go; compacts until nothing is left to do. */
    public void compact() {
        log.compactBelow(log.end());
        for (int n = 0; n < 12; n++) {
            now(environment.storage().upkeep());
            environment.settle();
        }
    }

    public LogStats stats() {
        return environment.storage().stats(LogBench.ID);
    }

    /** A batch of one record. */
    public void put(String key, String value) {
        append(Compression.NONE, -1, 0, new String[] {key}, new String[] {value});
    }

    /** Records enough to close the segment that is being written. */
    public void fillSegment(String key) {
        for (int n = 0; n < 12; n++) put(key, "x".repeat(200));
    }

    public void append(Compression compression, long producer, int sequence, String[] keys, String[] values) {
        var builder = new RecordBatchBuilder(compression);
        if (producer >= 0) builder.producer(producer, (short) 0, sequence);
        long timestamp = environment.wallMillis();
        for (int n = 0; n < keys.length; n++) {
            builder.append(timestamp + n, bytes(keys[n]), bytes(values[n]));
            long offset = log.end() + n;
            written.put(offset, new Written(offset, keys[n], values[n], timestamp + n));
        }
        append(builder.build());
    }

    /** Appends a batch of which nobody keeps an account. */
    public void append(ByteBuffer batch) {
        RecordBatch.of(batch).stamp(log.end(), epoch);
        now(log.append(batch));
    }

    /** Some batches with keys out of a few. */
    public void appendSome(Random random, int batches, int keys, int[] sequences) {
        for (int n = 0; n < batches; n++) {
            int count = 1 + random.nextInt(5);
            var recordKeys = new String[count];
            var values = new String[count];
            for (int r = 0; r < count; r++) {
                recordKeys[r] = "key" + random.nextInt(keys);
                values[r] = random.nextInt(6) == 0 ? null : written.size() + r + "v".repeat(random.nextInt(120));
            }
            var codec = Compression.values()[random.nextInt(3) == 0 ? 1 + random.nextInt(4) : 0];
            int producer = random.nextInt(4) - 1;
            append(codec, producer, producer < 0 ? 0 : sequences[producer], recordKeys, values);
            if (producer >= 0) sequences[producer] += count;
            if (random.nextInt(20) == 0) epoch++;
        }
    }

    private static byte[] bytes(String text) {
        return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(ByteBuffer bytes) {
        return bytes == null ? null : StandardCharsets.UTF_8.decode(bytes).toString();
    }

    /** The batches of the log, each of which begins where the one before ends. */
    public List<RecordBatch> batches() {
        var all = new ArrayList<RecordBatch>();
        long at = log.start();
        while (at < log.end()) {
            var bytes = now(log.read(at, log.end(), 700));
            assertThat(bytes.hasRemaining()).as("something to read at " + at).isTrue();
            for (int i = bytes.position(); i < bytes.limit(); i += RecordBatch.sizeAt(bytes, i)) {
                var batch = RecordBatch.at(bytes, i);
                assertThat(batch.isValid()).as("valid " + batch).isTrue();
                if (!all.isEmpty()) {
                    var before = all.get(all.size() - 1);
                    assertThat(batch.baseOffset()).as("behind " + before).isEqualTo(before.nextOffset());
                    assertThat(batch.leaderEpoch()).isGreaterThanOrEqualTo(before.leaderEpoch());
                }
                all.add(batch);
                at = batch.nextOffset();
            }
        }
        return all;
    }

    /** The records that are left, by offset. */
    public TreeMap<Long, Written> left() {
        var left = new TreeMap<Long, Written>();
        for (var batch : batches()) {
            if (batch.isControl()) continue;
            try (var records = batch.records(1 << 20)) {
                while (records.next()) {
                    left.put(
                            records.offset(),
                            new Written(
                                    records.offset(), text(records.key()), text(records.value()), records.timestamp()));
                }
            }
        }
        return left;
    }

    /** The last value of each key; a key whose last record is a tombstone is not there. */
    public static Map<String, String> finalMap(TreeMap<Long, Written> records) {
        var map = new TreeMap<String, String>();
        for (var record : records.values()) {
            if (record.value == null) map.remove(record.key);
            else map.put(record.key, record.value);
        }
        return map;
    }

    /** What is left are records that were written, and nothing is missing that nobody superseded. */
    public void assertNothingIsLost() {
        var left = left();
        for (var record : left.values()) assertThat(record).isEqualTo(written.get(record.offset));
        var later = new HashSet<String>();
        for (var record : written.descendingMap().values()) {
            boolean superseded = !later.add(record.key);
            if (!left.containsKey(record.offset) && record.offset >= log.start()) {
                assertThat(superseded || record.value == null)
                        .as("why is it gone? " + record)
                        .isTrue();
            }
        }
        assertThat(finalMap(left)).as("the last value of each key").isEqualTo(finalMap(written));
    }

    /** Every offset can be asked for, also those whose record is gone. */
    public void assertEveryOffsetCanBeRead() {
        for (long from = log.start(); from < log.end(); from++) {
            var bytes = now(log.read(from, log.end(), 1));
            var batch = RecordBatch.of(bytes);
            assertThat(batch.baseOffset()).as("read from " + from).isLessThanOrEqualTo(from);
            assertThat(batch.nextOffset()).as("read from " + from).isGreaterThan(from);
        }
    }

    /** A time is found no later than the first record that is left and has it. */
    public void assertTimesAreFound(Random random) {
        var left = left();
        for (int n = 0; n < 10; n++) {
            long wanted = environment.wallMillis() - random.nextInt(5_000);
            long found = now(log.batchAt(wanted));
            for (var record : left.values()) {
                if (record.timestamp < wanted) continue;
                assertThat(found).as("batch at " + wanted).isLessThanOrEqualTo(record.offset);
                break;
            }
        }
    }

    @Override
    public void close() {
        environment.close();
    }

    private final class Anchored implements DerivedState {
        @Override
        public void reset() {}

        @Override
        public void restore(ByteBuffer snapshot) {}

        @Override
        public void replay(RecordBatch batch) {}

        @Override
        public ByteBuffer snapshot() {
            return ByteBuffer.allocate(0);
        }

        @Override
        public Set<Long> anchors() {
            return Set.copyOf(anchors);
        }
    }
}
