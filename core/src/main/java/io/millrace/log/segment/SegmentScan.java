package io.millrace.log.segment;

import io.millrace.log.disk.DiskFile;
import io.millrace.record.RecordBatch;
import java.util.function.Consumer;

/**
 * Reads a whole segment, checks every batch and builds the indexes. A batch is bad if its checksum is wrong, if it does
 * not begin where the one before ended, if its leader epoch went back, or if it is not there as a whole. Blocks.
 */
final class SegmentScan {
    /**
     * What a scan found.
     *
     * @param goodBytes the bytes up to the first bad batch
     * @param goodEnd the offset behind the last batch before it
     * @param resumed whether good batches follow behind a bad one
     * @param end the offset behind the last good batch anywhere
     * @param bytes where the last good batch ends in the file
     * @param durableBytes where the first batch begins that lies above the durable mark
     */
    record Found(
            Segment.Contents contents,
            long goodBytes,
            long goodEnd,
            boolean resumed,
            long end,
            long bytes,
            long maxTimestamp,
            long durableBytes) {}

    /** How far behind a bad batch a good one is looked for, in bytes. */
    private static final long RESYNC_LIMIT = 64L << 20;

    private final DiskFile file;
    private final long base;
    private final long size;
    private final long durable;

    /** @param durable everything below was synced once: a bad batch there is rot, and good ones behind it are looked for */
    SegmentScan(DiskFile file, long base, long size, long durable) {
        this.file = file;
        this.base = base;
        this.size = size;
        this.durable = durable;
    }

    /** Scans; every good batch goes to {@code each} while it is in memory. */
    Found run(int indexIntervalBytes, Consumer<RecordBatch> each) {
        var segment = Segment.empty("", base, file);
        var scanner = new BatchScanner(file, 0, size);
        long goodBytes = -1;
        long goodEnd = -1;
        long durableBytes = -1;
        long bytes = 0;
        int epoch = Integer.MIN_VALUE;
        boolean resumed = false;
        while (!scanner.atEnd()) {
            long position = scanner.position();
            var batch = scanner.next(true);
            if (batch == null || !follows(batch, segment.end(), epoch, goodBytes >= 0) || !batch.isValid()) {
                if (goodBytes < 0) {
                    goodBytes = position;
                    goodEnd = segment.end();
                }
                if (segment.end() >= durable) break;
                long next = resync(position + 1, segment.end(), epoch);
                if (next < 0) break;
                scanner.moveTo(next);
                segment.skip(next);
                continue;
            }
            resumed = goodBytes >= 0;
            epoch = batch.leaderEpoch();
            if (durableBytes < 0 && batch.nextOffset() > durable) durableBytes = position;
            segment.appended(batch, indexIntervalBytes);
            bytes = scanner.position();
            each.accept(batch);
        }
        return new Found(
                segment.active(),
                goodBytes < 0 ? bytes : goodBytes,
                goodBytes < 0 ? segment.end() : goodEnd,
                resumed,
                segment.end(),
                bytes,
                segment.maxTimestamp(),
                durableBytes < 0 ? bytes : durableBytes);
    }

    private static boolean follows(RecordBatch batch, long end, int epoch, boolean afterGap) {
        return (afterGap ? batch.baseOffset() >= end : batch.baseOffset() == end) && batch.leaderEpoch() >= epoch;
    }

    /** Where the next good batch begins, at {@code from} or behind; -1 if there is none within reach. */
    private long resync(long from, long end, int epoch) {
        var scanner = new BatchScanner(file, from, size);
        long last = Math.min(size - RecordBatch.HEADER_BYTES, from + RESYNC_LIMIT);
        for (long position = from; position <= last; position++) {
            scanner.moveTo(position);
            var header = scanner.next(false);
            if (header == null
                    || header.magic() != RecordBatch.MAGIC
                    || header.count() <= 0
                    || !follows(header, end, epoch, true)
                    || header.baseOffset() - end > Integer.MAX_VALUE) continue;
            scanner.moveTo(position);
            var whole = scanner.next(true);
            if (whole != null && whole.isValid()) return position;
        }
        return -1;
    }
}
