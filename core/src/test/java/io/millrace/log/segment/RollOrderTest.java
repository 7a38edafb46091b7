package io.millrace.log.segment;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.log.DerivedState;
import io.millrace.log.FlushLevel;
import io.millrace.log.LogOptions;
import io.millrace.log.PartitionLog;
import io.millrace.log.disk.DiskWork;
import io.millrace.model.PartitionId;
import io.millrace.record.RecordBatch;
import io.millrace.record.RecordBatchBuilder;
import io.millrace.sim.SimulatedDisk;
import io.millrace.sim.SimulatedTime;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who is answered may send at once; what it sends must not overtake what waited while the segment was rolled. */
class RollOrderTest {
    private static final PartitionId ID = new PartitionId(new UUID(1, 2), 0);
    private static final int BATCHES = 200;
    private static final int IN_FLIGHT = 5;

    private final SimulatedDisk disk = new SimulatedDisk();
    private final ArrayDeque<Runnable> work = new ArrayDeque<>();
    private int sent;
    private int answered;

    @ParameterizedTest
    @EnumSource(
            value = FlushLevel.class,
            names = {"COMMIT", "INTERVAL", "OS"})
    void batchesKeepTheirOrderWhenEachAnswerSendsTheNext(FlushLevel flush) {
        var log = open(disk, flush);
        for (int n = 0; n < IN_FLIGHT; n++) work.add(() -> send(log));
        runAll();
        assertThat(answered).isEqualTo(BATCHES);
        assertThat(log.end()).isEqualTo(BATCHES);
        assertInOrder(log);
        assertInOrder(open(disk.afterKill(), flush));
    }

    private void send(PartitionLog log) {
        if (sent == BATCHES) return;
        var bytes = new RecordBatchBuilder()
                .append(1_000, null, ByteBuffer.wrap(new byte[200]), List.of())
                .build();
        RecordBatch.of(bytes).stamp(sent++, 3);
        log.append(bytes).onComplete(done -> {
            assertThat(done.succeeded()).as(String.valueOf(done.cause())).isTrue();
            answered++;
            // Without a pause, but not ever deeper.
            if (work.size() < IN_FLIGHT) send(log);
            else work.add(() -> send(log));
        });
    }

    private void assertInOrder(PartitionLog log) {
        long at = 0;
        while (at < BATCHES) {
            var read = log.read(at, BATCHES, 500);
            runAll();
            assertThat(read.succeeded()).as(at + ": " + read.cause()).isTrue();
            var bytes = read.result();
            for (int from = bytes.position(); from < bytes.limit(); from += RecordBatch.sizeAt(bytes, from)) {
                assertThat(RecordBatch.at(bytes, from).baseOffset()).isEqualTo(at++);
            }
        }
    }

    private PartitionLog open(SimulatedDisk on, FlushLevel flush) {
        var later = new DiskWork() {
            @Override
            public <T> Future<T> run(Lane lane, Supplier<T> blocking) {
                var done = Promise.<T>promise();
                work.add(() -> done.complete(blocking.get()));
                return done.future();
            }
        };
        var options = new SegmentStorage.Options("partitions", 0, 0, false);
        var storage = SegmentStorage.open(on, later, new SimulatedTime(), options, failure -> {});
        runAll();
        var logOptions = new LogOptions(flush, 100, 8 << 20, 1500, 1L << 50, 256, -1, -1, false);
        var log = storage.result().open(ID, logOptions, DerivedState.NONE);
        runAll();
        return log.result();
    }

    private void runAll() {
        for (var next = work.poll(); next != null; next = work.poll()) next.run();
    }
}
