package io.millrace.log.segment;

import io.millrace.log.LogOptions;
import io.millrace.log.disk.Disk;
import io.millrace.model.MillraceException;
import io.millrace.model.Refusal;
import io.millrace.record.RecordBatch;
import java.nio.ByteBuffer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One read of one segment, decided on the home thread and valid however long the disk takes. Performing it blocks.
 *
 * @param contents the file and indexes, or null if the segment has to be opened first
 * @param size the bytes of the segment that may be read
 * @param position an indexed position at or before the batch wanted; -1 if it is not known yet
 * @param from the offset wanted
 * @param upTo no batch that ends behind it
 */
record ReadPlan(
        Disk disk,
        Segment segment,
        Segment.@Nullable Contents contents,
        long size,
        int position,
        long from,
        long upTo,
        int maxBytes,
        LogOptions options) {

    /** An answer with what had to be opened for it. */
    sealed interface Loaded {
        Segment.Contents contents();
    }

    record Result(ByteBuffer batches, Segment.Contents contents) implements Loaded {}

    /** @param offset the base offset of the batch found, or -1 */
    record Found(long offset, Segment.Contents contents) implements Loaded {}

    private static final int SCAN_BYTES = 64 << 10;

    Result perform() {
        var open = contents != null ? contents : segment.load(disk, options.indexIntervalBytes());
        return closingOnFailure(
                open,
                () -> new Result(
                        read(open, position >= 0 ? position : open.offsets().floor(from)), open));
    }

    /** Only for a segment that is open and in the page cache. */
    ByteBuffer batches() {
        if (contents == null) throw new IllegalStateException(segment + " is not open");
        return read(contents, position);
    }

    /** The first batch at or behind {@code from} with a timestamp of at least {@code time}. */
    Found find(long time) {
        var open = contents != null ? contents : segment.load(disk, options.indexIntervalBytes());
        return closingOnFailure(open, () -> {
            long low = Math.max(from, open.times().floor(time));
            var scanner = new BatchScanner(open.file(), open.offsets().floor(low), size);
            while (!scanner.atEnd()) {
                var batch = scanner.next(false);
                if (batch == null) {
                    int next = open.offsets().positionAfter((int) scanner.position());
                    if (next < 0) break;
                    scanner.moveTo(next);
                } else if (batch.nextOffset() > low && batch.maxTimestamp() >= time) {
                    return new Found(Math.max(batch.baseOffset(), from), open);
                }
            }
            return new Found(-1, open);
        });
    }

    private <T> T closingOnFailure(Segment.Contents open, Supplier<T> work) {
        try {
            return work.get();
        } catch (RuntimeException failed) {
            if (contents == null) open.file().close();
            throw failed;
        }
    }

    private ByteBuffer read(Segment.Contents open, long at) {
        var chunk = load(open, at, Math.min((long) maxBytes + options.indexIntervalBytes(), size - at));
        int cursor = 0;
        int begin = -1;
        long offset = open.offsets().offsetAt((int) at);
        while (true) {
            int left = chunk.limit() - cursor;
            int batchSize = left < RecordBatch.LENGTH_PREFIX_BYTES ? 0 : RecordBatch.sizeAt(chunk, cursor);
            if (batchSize < 0 || batchSize > Math.min(size - at - cursor, SegmentFiles.MAX_BATCH_BYTES)) {
                if (begin < 0) throw corrupt(at + cursor);
                break;
            }
            if (left < RecordBatch.HEADER_BYTES || left < batchSize) {
                if (begin >= 0) break;
                if (at + cursor >= size) throw corrupt(at + cursor);
                at += cursor;
                cursor = 0;
                chunk = load(open, at, Math.min(Math.max(batchSize, SCAN_BYTES), size - at));
                continue;
            }
            var batch = RecordBatch.at(chunk, cursor);
            long next = offset + batch.lastOffsetDelta() + 1L;
            if (begin >= 0 || next > from) {
                // The base offset lies outside the checksum; that offsets follow each other is what guards it.
                boolean bad = batch.baseOffset() != offset || !batch.isValid();
                if (bad && begin < 0) throw corrupt(at + cursor);
                if (bad || next > upTo || (begin >= 0 && cursor + batchSize - begin > maxBytes)) break;
                if (begin < 0) begin = cursor;
            }
            offset = next;
            cursor += batchSize;
        }
        return begin < 0 ? ByteBuffer.allocate(0) : chunk.limit(cursor).position(begin);
    }

    private ByteBuffer load(Segment.Contents open, long at, long bytes) {
        var chunk = ByteBuffer.allocate((int) bytes);
        if (open.file().read(at, chunk) < bytes) throw corrupt(at);
        return chunk.flip();
    }

    private MillraceException corrupt(long at) {
        return Refusal.CORRUPT_MESSAGE.because("the batch with offset " + from + " is not what was written ("
                + segment.path(SegmentFiles.LOG) + ", byte " + at + "); it is not served, others are");
    }
}
