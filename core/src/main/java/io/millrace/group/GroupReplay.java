package io.millrace.group;

import io.millrace.group.GroupEvent.Stored;
import io.millrace.model.MillraceException;
import io.millrace.model.Refusal;
import io.millrace.record.RecordBatch;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads the log of a shard from its start to the high watermark. */
final class GroupReplay {
    private static final int CHUNK_BYTES = 1 << 20;

    private final GroupLog log;
    private final Consumer<Stored> apply;
    private final Promise<Long> done = Promise.promise();
    private long next;
    private long records;
    private boolean reading;
    private boolean looping;

    private GroupReplay(GroupLog log, Consumer<Stored> apply) {
        this.log = log;
        this.apply = apply;
    }

    /** Gives how many records there were. */
    static Future<Long> run(GroupLog log, Consumer<Stored> apply) {
        var replay = new GroupReplay(log, apply);
        return log.start().compose(start -> {
            replay.next = start;
            replay.loop();
            return replay.done.future();
        });
    }

    /** One read at a time, without recursion for those that complete at once. */
    private void loop() {
        if (looping) return;
        looping = true;
        while (!reading && !done.future().isComplete()) readOn();
        looping = false;
    }

    private void readOn() {
        reading = true;
        log.read(next, CHUNK_BYTES).onComplete(read -> {
            reading = false;
            try {
                if (read.failed()) done.fail(read.cause());
                else applyAll(read.result());
            } catch (MillraceException | IllegalStateException | IllegalArgumentException broken) {
                done.fail(new MillraceException(
                        Refusal.CORRUPT_MESSAGE,
                        "the log of the groups cannot be read at offset " + next + ": " + broken.getMessage(),
                        broken));
            }
            loop();
        });
    }

    private void applyAll(GroupLog.Page page) {
        var chunk = page.batches();
        int at = chunk.position();
        if (at == chunk.limit()) {
            done.complete(records);
            return;
        }
        while (at < chunk.limit()) {
            int size = RecordBatch.sizeAt(chunk, at);
            if (size < 0 || size > chunk.limit() - at) {
                throw Refusal.CORRUPT_MESSAGE.because("a batch of " + size + " bytes in " + (chunk.limit() - at));
            }
            applyBatch(RecordBatch.at(chunk, at));
            at += size;
        }
        if (next >= page.end()) done.complete(records);
    }

    private void applyBatch(RecordBatch batch) {
        if (!batch.isControl()) {
            try (var iterator = batch.records(Long.MAX_VALUE)) {
                while (iterator.next()) {
                    if (iterator.offset() < next) continue;
                    applyRecord(iterator.offset(), iterator.key(), iterator.value());
                }
            }
        }
        next = Math.max(next, batch.nextOffset());
    }

    private void applyRecord(long offset, @Nullable ByteBuffer key, @Nullable ByteBuffer value) {
        if (key == null) throw Refusal.CORRUPT_MESSAGE.because("record " + offset + " has no key");
        var event = GroupRecords.decode(key, value);
        records++;
        if (event != null) apply.accept(event);
    }
}
