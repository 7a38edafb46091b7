package io.millrace.log.segment;

import static io.millrace.log.segment.SegmentFiles.CLEANED;
import static io.millrace.log.segment.SegmentFiles.INDEX;
import static io.millrace.log.segment.SegmentFiles.LOG;
import static io.millrace.log.segment.SegmentFiles.SWAP;
import static io.millrace.log.segment.SegmentFiles.TIME_INDEX;

import io.millrace.log.compact.Holes;
import io.millrace.log.compact.Sieve;
import io.millrace.log.disk.Disk;
import io.millrace.log.disk.DiskException;
import io.millrace.log.disk.DiskFile;
import io.millrace.record.RecordBatch;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * A few neighbouring segments copied into one, without what compaction removes, and put in their place. Blocks; one call
 * at a time; nothing here is seen by anybody else before {@link #swap} has returned.
 *
 * <p>The order on disk: write {@code base.log.cleaned}; sync it; rename it to {@code base.log.swap}; sync the directory
 * (from here on a start finishes the swap, see {@link Recovery}); delete the other segments and all indexes; sync the
 * directory; rename the copy to {@code base.log}; sync the directory; write its indexes.
 */
final class SegmentCopy {
    private static final int WRITE_BYTES = 256 << 10;

    private final SegmentStorage storage;
    private final String directory;
    private final List<Segment> old;
    private final Sieve sieve;
    private final int indexIntervalBytes;

    private final BatchSource source;
    private final DiskFile file;
    private final Segment copy;
    private final Holes holes;
    private final ByteBuffer buffer;
    private boolean changed;
    private boolean swapped;

    SegmentCopy(SegmentStorage storage, String directory, List<Segment> old, Sieve sieve, int indexIntervalBytes) {
        this.storage = storage;
        this.directory = directory;
        this.old = old;
        this.sieve = sieve;
        this.indexIntervalBytes = indexIntervalBytes;
        long bytes = old.stream().mapToLong(Segment::size).sum();
        this.buffer = ByteBuffer.allocate((int) Math.min(WRITE_BYTES, bytes));
        long base = old.get(0).base();
        var cleaned = log() + CLEANED;
        storage.disk().delete(cleaned);
        this.source = new BatchSource(storage.disk(), old);
        this.file = storage.disk().open(cleaned, Disk.Mode.CREATE_NEW);
        this.copy = Segment.empty(directory, base, file);
        this.holes = new Holes(base, this::write);
        this.changed = old.size() > 1;
    }

    /** The segments that are copied. */
    List<Segment> old() {
        return old;
    }

    /** What takes their place. */
    Segment copy() {
        return copy;
    }

    /** Copies the next batch; gives its size in bytes, or 0 when all are copied and synced. */
    int step() {
        var batch = source.next();
        if (batch == null) {
            finish();
            return 0;
        }
        var left = sieve.sift(batch);
        if (left == null) {
            changed |= batch.count() > 0 || batch.hasProducerId();
            holes.dropped(batch);
        } else {
            changed |= RecordBatch.of(left).crc() != batch.crc();
            holes.kept(left);
        }
        return batch.sizeInBytes();
    }

    private void write(ByteBuffer bytes) {
        if (bytes.remaining() > buffer.remaining()) flush();
        copy.appended(RecordBatch.of(bytes), indexIntervalBytes);
        if (bytes.remaining() > buffer.remaining()) file.append(bytes);
        else buffer.put(bytes.duplicate());
    }

    private void flush() {
        if (buffer.position() > 0) file.append(buffer.flip());
        buffer.clear();
    }

    private void finish() {
        holes.fill();
        flush();
        long end = old.get(old.size() - 1).end();
        if (copy.end() != end) throw new IllegalStateException(copy + " must end at " + end + ", as what it replaces");
        if (changed) storage.force(file);
    }

    /** Whether the copy differs from what it was made of. */
    boolean isChanged() {
        return changed;
    }

    /** Opens what is replaced, so that nobody need open it by its name any more. */
    List<Segment.Contents> loadOld() {
        var loaded = new ArrayList<Segment.Contents>();
        try {
            for (var segment : old) loaded.add(segment.load(storage.disk(), indexIntervalBytes));
        } catch (RuntimeException failed) {
            for (var contents : loaded) contents.file().close();
            throw failed;
        }
        return loaded;
    }

    /** Puts the copy in the place of the old segments, for good. */
    void swap() {
        var disk = storage.disk();
        disk.rename(log() + CLEANED, log() + SWAP);
        disk.syncDirectory(directory);
        finishSwap(
                disk,
                directory,
                log() + SWAP,
                old.get(0).base(),
                old.stream().map(Segment::base).toList());
        swapped = true;
        try {
            copy.writeSidecars(disk, copy.sidecars());
        } catch (DiskException full) {
            // They are made again when they are missing.
            if (full.reason() != DiskException.Reason.FULL) throw full;
        }
    }

    /**
     * Everything from the moment on at which the copy is there for good.
     *
     * @param copy the path of the copy
     * @param bases of the segments that it replaces
     */
    static void finishSwap(Disk disk, String directory, String copy, long base, List<Long> bases) {
        for (long replaced : bases) {
            if (replaced != base) disk.delete(directory + "/" + SegmentFiles.name(replaced, LOG));
            disk.delete(directory + "/" + SegmentFiles.name(replaced, INDEX));
            disk.delete(directory + "/" + SegmentFiles.name(replaced, TIME_INDEX));
        }
        // Else a power cut could leave the copy and, under their old names, what it replaces.
        disk.syncDirectory(directory);
        disk.rename(copy, directory + "/" + SegmentFiles.name(base, LOG));
        disk.syncDirectory(directory);
    }

    /** Leaves everything as it was. */
    void abandon() {
        source.close();
        if (swapped) return;
        file.close();
        storage.disk().delete(log() + CLEANED);
    }

    private String log() {
        return old.get(0).path(LOG);
    }
}
