package io.millrace.log.segment;

import io.millrace.log.LogOptions;
import io.millrace.log.disk.DiskWork.Lane;
import io.millrace.model.MillraceException;
import io.millrace.model.PartitionId;
import io.millrace.model.Refusal;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.ByteBuffer;
import java.util.function.Supplier;

/** Reads of one log: the tail at once, everything else away from the home thread. */
final class LogReader {
    /** Bytes at the tail that are surely in the page cache, so that reading them does not block. */
    private static final long HOT_BYTES = 16 << 20;

    private final SegmentStorage storage;
    private final PartitionId partition;
    private final LogSegments segments;

    LogReader(SegmentStorage storage, PartitionId partition, LogSegments segments) {
        this.storage = storage;
        this.partition = partition;
        this.segments = segments;
    }

    /** Reads from an offset that the log has; {@code from < upTo}, and everything below {@code upTo} is written. */
    Future<ByteBuffer> read(long from, long upTo, int maxBytes, LogOptions options) {
        int at = segments.floor(from);
        if (from >= segments.get(at).end() && at + 1 < segments.count()) {
            return Future.failedFuture(Refusal.CORRUPT_MESSAGE.because("offset " + from + " of " + partition
                    + " is missing on disk; the next one there is "
                    + segments.get(at + 1).base()));
        }
        var segment = segments.get(at);
        var contents = segment.contents();
        int position = contents == null ? -1 : contents.offsets().floor(from);
        var plan = new ReadPlan(
                storage.disk(), segment, contents, segment.size(), position, from, upTo, maxBytes, options);
        boolean hot = segment == segments.active() && position >= segment.size() - HOT_BYTES;
        if (hot) {
            try {
                return Future.succeededFuture(plan.batches());
            } catch (RuntimeException failure) {
                return Future.failedFuture(failure(failure));
            }
        }
        return perform(segment, plan::perform).map(ReadPlan.Result::batches);
    }

    /** The base offset of the first batch from {@code start} on whose largest timestamp is at least that; -1 if none. */
    Future<Long> batchAt(long timestamp, long start, long written, LogOptions options) {
        for (var segment : segments) {
            if (segment.isEmpty() || segment.end() <= start || segment.maxTimestamp() < timestamp) continue;
            var plan = new ReadPlan(
                    storage.disk(), segment, segment.contents(), segment.size(), -1, start, written, 1, options);
            return perform(segment, () -> plan.find(timestamp)).map(ReadPlan.Found::offset);
        }
        return Future.succeededFuture(-1L);
    }

    /** Runs a read away from the loop and settles what it loaded. */
    private <T extends ReadPlan.Loaded> Future<T> perform(Segment segment, Supplier<T> read) {
        segment.retain();
        var done = Promise.<T>promise();
        storage.work().run(Lane.READ, read).onComplete(result -> {
            if (result.succeeded()) segments.loaded(segment, result.result().contents());
            segment.release();
            segments.closeSome();
            if (result.succeeded()) done.complete(result.result());
            else done.fail(failure(result.cause()));
        });
        return done.future();
    }

    Throwable failure(Throwable failure) {
        if (failure instanceof MillraceException) return failure;
        return new MillraceException(
                Refusal.STORAGE_FAILED, "reading " + partition + " failed: " + failure.getMessage(), failure);
    }
}
