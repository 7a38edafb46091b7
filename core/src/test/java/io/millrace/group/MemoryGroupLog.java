package io.millrace.group;

import io.millrace.model.Refusal;
import io.millrace.record.RecordBatch;
import io.millrace.sim.SimulatedTime;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.ByteBuffer;
import java.util.TreeMap;
import java.util.function.IntSupplier;

/** A log of groups in memory that takes its time, and fails when told to. */
final class MemoryGroupLog implements GroupLog {
    enum Fate {
        STORED,
        /** Refused, and nothing is stored. */
        REFUSED,
        /** The answer is a failure, and the batch is there all the same. */
        STORED_BUT_FAILED
    }

    private final SimulatedTime time;
    private final TreeMap<Long, ByteBuffer> batches = new TreeMap<>();
    private long end;
    IntSupplier delayMillis = () -> 0;
    Fate next = Fate.STORED;
    int appends;

    MemoryGroupLog(SimulatedTime time) {
        this.time = time;
    }

    @Override
    public Future<Void> append(ByteBuffer batch) {
        appends++;
        var fate = next;
        next = Fate.STORED;
        int delay = delayMillis.getAsInt();
        var done = Promise.<Void>promise();
        Runnable settle = () -> {
            if (fate != Fate.REFUSED) store(batch);
            if (fate == Fate.STORED) done.complete();
            else done.fail(Refusal.DISK_FULL.because("the disk is full"));
        };
        if (delay == 0) settle.run();
        else time.after(delay, settle);
        return done.future();
    }

    private void store(ByteBuffer batch) {
        RecordBatch.of(batch).stamp(end, 0);
        batches.put(end, batch);
        end = RecordBatch.of(batch).nextOffset();
    }

    @Override
    public Future<Page> read(long from, int maxBytes) {
        var found = from < end ? batches.floorEntry(from).getValue().duplicate() : ByteBuffer.allocate(0);
        return Future.succeededFuture(new Page(found, end));
    }

    @Override
    public Future<Long> start() {
        return Future.succeededFuture(0L);
    }
}
