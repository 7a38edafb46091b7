package io.millrace.log.segment;

import io.millrace.log.disk.Disk;
import io.millrace.log.disk.DiskFile;
import io.millrace.model.Refusal;
import io.millrace.record.RecordBatch;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The batches of neighbouring sealed segments, one after the other, each of them checked. Blocks. */
final class BatchSource implements AutoCloseable {
    private final Disk disk;
    private final List<Segment> segments;
    private int following;
    private @Nullable DiskFile file;
    private @Nullable BatchScanner scanner;
    private long expected;

    BatchSource(Disk disk, List<Segment> segments) {
        this.disk = disk;
        this.segments = segments;
    }

    /**
     * The next batch, or null behind the last one. Valid until the next call. Fails with CORRUPT_MESSAGE where bytes are
     * not what was written.
     */
    @Nullable
    RecordBatch next() {
        while (scanner == null || scanner.atEnd()) {
            close();
            if (following == segments.size()) return null;
            var segment = segments.get(following++);
            file = disk.open(segment.path(SegmentFiles.LOG), Disk.Mode.READ);
            scanner = new BatchScanner(file, 0, segment.size());
            expected = segment.base();
        }
        long position = scanner.position();
        var batch = scanner.next(true);
        if (batch == null || batch.baseOffset() != expected || !batch.isValid()) {
            throw Refusal.CORRUPT_MESSAGE.because("the batch at offset " + expected + ", byte " + position + " of "
                    + segments.get(following - 1) + ", is not what was written");
        }
        expected = batch.nextOffset();
        return batch;
    }

    @Override
    public void close() {
        if (file != null) file.close();
        file = null;
        scanner = null;
    }
}
