package io.millrace.sim;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.log.DerivedState;
import io.millrace.log.FlushLevel;
import io.millrace.log.LogOptions;
import io.millrace.log.PartitionLog;
import io.millrace.model.MillraceException;
import io.millrace.model.PartitionId;
import io.millrace.model.Refusal;
import io.millrace.record.RecordBatch;
import io.millrace.record.RecordBatchBuilder;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;

/** One log on the bench, beside the plainest model of what it should hold. */
final class LogBench implements AutoCloseable {
    static final PartitionId ID = new PartitionId(new UUID(7, 7), 3);
    static final int SEGMENT_BYTES = 2048;

    /** Retention off, small segments. */
    static final LogOptions OPTIONS =
            new LogOptions(FlushLevel.COMMIT, 100, 8 << 20, SEGMENT_BYTES, 1L << 50, 512, -1, -1, false);

    final LogEnvironment environment;
    /** The batches that were stored and not truncated, by base offset; deleted ones are still here. */
    final TreeMap<Long, ByteBuffer> model = new TreeMap<>();

    PartitionLog log;
    Seen seen;
    private LogOptions options;

    LogBench(LogEnvironment environment, LogOptions options) {
        this.environment = environment;
        this.options = options;
        open();
    }

    static LogOptions retaining(long millis, long bytes, long segmentMillis) {
        return new LogOptions(FlushLevel.COMMIT, 100, 8 << 20, SEGMENT_BYTES, segmentMillis, 512, millis, bytes, false);
    }

    private void open() {
        seen = new Seen();
        log = now(environment.storage().open(ID, options, seen));
    }

    /** Closes the log and opens it again in the same storage. */
    void reopenLog() {
        now(log.close());
        open();
    }

    /** Closes the storage and opens another one over the same medium. */
    void reopenStorage() {
        now(environment.storage().close());
        environment.reopen();
        open();
    }

    void configure(LogOptions changed) {
        options = changed;
        environment.storage().configure(ID, changed);
    }

    void upkeep() {
        now(environment.storage().upkeep());
    }

    <T> T now(Future<T> future) {
        environment.settle();
        assertThat(future.isComplete()).as("complete").isTrue();
        if (future.failed()) throw new AssertionError(future.cause());
        return future.result();
    }

    void assertRefused(Future<?> future, Refusal refusal) {
        environment.settle();
        assertThat(future.failed()).as("refused").isTrue();
        assertThat(future.cause()).isInstanceOf(MillraceException.class);
        assertThat(((MillraceException) future.cause()).refusal()).isEqualTo(refusal);
    }

    /** A batch of records with these times, ready for the end of the log. */
    ByteBuffer batch(int valueBytes, long... timestamps) {
        var builder = new RecordBatchBuilder();
        for (long timestamp : timestamps) builder.append(timestamp, null, new byte[valueBytes]);
        var bytes = builder.build();
        RecordBatch.of(bytes).stamp(log.end(), 5);
        return bytes;
    }

    Future<Void> startAppend(ByteBuffer batch) {
        var kept = copy(batch);
        var header = RecordBatch.of(kept);
        var stored = log.append(batch);
        seen.replay(header);
        model.put(header.baseOffset(), kept);
        return stored;
    }

    void append(int valueBytes, long... timestamps) {
        now(startAppend(batch(valueBytes, timestamps)));
    }

    /** Some batches of all sizes, stamped with the present time. */
    void appendSome(Random random, int batches) {
        var under = new ArrayList<Future<Void>>();
        for (int n = 0; n < batches; n++) {
            var times = new long[1 + random.nextInt(random.nextInt(8) == 0 ? 60 : 4)];
            for (int r = 0; r < times.length; r++) times[r] = environment.wallMillis() + random.nextInt(1_000);
            under.add(startAppend(batch(random.nextInt(random.nextInt(10) == 0 ? 3 * SEGMENT_BYTES : 200), times)));
            if (random.nextInt(3) == 0) environment.settle();
        }
        under.forEach(this::now);
    }

    ByteBuffer read(long from, long upTo, int maxBytes) {
        return now(log.read(from, upTo, maxBytes));
    }

    /** What the contract says that a read gives. */
    ByteBuffer expected(long from, long upTo, int maxBytes) {
        var batches = new ArrayList<ByteBuffer>();
        int bytes = 0;
        for (var batch : model.values()) {
            if (RecordBatch.of(batch).nextOffset() <= from) continue;
            if (RecordBatch.of(batch).nextOffset() > upTo) break;
            if (!batches.isEmpty() && bytes + batch.remaining() > maxBytes) break;
            batches.add(batch);
            bytes += batch.remaining();
        }
        var joined = ByteBuffer.allocate(bytes);
        for (var batch : batches) joined.put(batch.duplicate());
        return joined.flip();
    }

    /** Everything that can be read is what was written. */
    void assertHoldsTheModel() {
        assertThat(log.end()).as("end").isEqualTo(modelEnd());
        assertThat(log.durableEnd()).as("durable end").isEqualTo(log.end());
        assertThat(log.start()).as("start").isBetween(0L, log.end());
        for (long from = log.start(); from < log.end(); ) {
            var batches = read(from, log.end(), 700);
            assertReads(batches, from, log.end(), 700);
            for (int at = batches.position(); at < batches.limit(); at += RecordBatch.sizeAt(batches, at)) {
                assertThat(RecordBatch.at(batches, at).isValid()).isTrue();
                from = RecordBatch.at(batches, at).nextOffset();
            }
        }
        assertThat(read(log.end(), log.end(), 700).hasRemaining()).isFalse();
    }

    /** A read may give less than it could, but whole batches, from the first on, and at least one if there is one. */
    void assertReads(ByteBuffer batches, long from, long upTo, int maxBytes) {
        var most = expected(from, upTo, maxBytes);
        var what = "read from " + from + " to " + upTo + ", " + maxBytes + " bytes";
        assertThat(batches.hasRemaining()).as(what).isEqualTo(most.hasRemaining());
        int end = batches.position();
        while (end < batches.limit()) end += RecordBatch.sizeAt(batches, end);
        assertThat(end).as(what + ": whole batches").isEqualTo(batches.limit());
        assertThat(batches).as(what).isEqualTo(most.limit(Math.min(most.limit(), batches.remaining())));
    }

    long modelEnd() {
        return model.isEmpty()
                ? 0
                : RecordBatch.of(model.lastEntry().getValue()).nextOffset();
    }

    /** The batches of the model, as {@link Seen} describes them. */
    List<String> described() {
        return model.values().stream()
                .map(bytes -> Seen.describe(RecordBatch.of(bytes)))
                .toList();
    }

    /** A random boundary between batches that is not below {@code least}. */
    long boundary(Random random, long least) {
        var boundaries = new ArrayList<Long>();
        for (long base : model.keySet()) if (base >= least) boundaries.add(base);
        boundaries.add(modelEnd());
        return boundaries.get(random.nextInt(boundaries.size()));
    }

    static ByteBuffer copy(ByteBuffer bytes) {
        return ByteBuffer.allocate(bytes.remaining()).put(bytes.duplicate()).flip();
    }

    @Override
    public void close() {
        environment.close();
    }

    /** Derived state that remembers every batch it has seen. */
    static final class Seen implements DerivedState {
        final List<String> batches = new ArrayList<>();

        static String describe(RecordBatch batch) {
            return batch.baseOffset() + ".." + batch.lastOffset() + " " + Integer.toHexString(batch.crc());
        }

        @Override
        public void reset() {
            batches.clear();
        }

        @Override
        public void replay(RecordBatch batch) {
            batches.add(describe(batch));
        }

        @Override
        public ByteBuffer snapshot() {
            return UTF_8.encode(String.join("\n", batches));
        }

        @Override
        public void restore(ByteBuffer snapshot) {
            batches.clear();
            var text = UTF_8.decode(snapshot).toString();
            if (!text.isEmpty()) batches.addAll(List.of(text.split("\n")));
        }
    }
}
