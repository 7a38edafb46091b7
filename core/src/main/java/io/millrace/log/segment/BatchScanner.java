package io.millrace.log.segment;

import io.millrace.log.disk.DiskFile;
import io.millrace.record.RecordBatch;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Walks over the batches of a segment file in order, through one buffer. Blocks. */
final class BatchScanner {
    private static final int CHUNK = 1 << 20;

    private final DiskFile file;
    private final long limit;
    private ByteBuffer chunk = ByteBuffer.allocate(0);
    private long chunkAt;
    private long position;

    /** Scans from {@code position} to {@code limit}. */
    BatchScanner(DiskFile file, long position, long limit) {
        this.file = file;
        this.position = position;
        this.chunkAt = position;
        this.limit = limit;
    }

    /** Where the batch begins that {@link #next} looks at next, or where scanning stopped. */
    long position() {
        return position;
    }

    boolean atEnd() {
        return position >= limit;
    }

    /**
     * The header of the next batch; the batch itself is in memory only if {@code whole}. Null, without moving, if there
     * is no complete batch at this position or its length makes no sense. The view is valid until the next call.
     */
    @Nullable
    RecordBatch next(boolean whole) {
        if (!load(RecordBatch.HEADER_BYTES)) return null;
        int size = RecordBatch.sizeAt(chunk, (int) (position - chunkAt));
        if (size < 0 || size > SegmentFiles.MAX_BATCH_BYTES || size > limit - position) return null;
        if (whole && !load(size)) return null;
        var batch = RecordBatch.at(chunk, (int) (position - chunkAt));
        position += size;
        return batch;
    }

    /** Goes to another place. */
    void moveTo(long newPosition) {
        position = newPosition;
    }

    /** Makes {@code count} bytes from the position on available; false if the file does not have them. */
    private boolean load(int count) {
        if (limit - position < count) return false;
        if (position >= chunkAt && position + count <= chunkAt + chunk.limit()) return true;
        int wished = (int) Math.max(count, Math.min(CHUNK, limit - position));
        if (chunk.capacity() < wished) chunk = ByteBuffer.allocate(wished);
        chunk.clear();
        if (limit - position < chunk.capacity()) chunk.limit((int) (limit - position));
        chunkAt = position;
        file.read(position, chunk);
        chunk.flip();
        return chunk.limit() >= count;
    }
}
