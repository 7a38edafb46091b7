package io.millrace.log.segment;

import io.millrace.log.disk.Disk;
import io.millrace.log.disk.DiskFile;
import io.millrace.record.RecordBatch;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One segment of a log as the home thread sees it. The last segment of a log is active, grows, and always has its file
 * and indexes at hand; the others are sealed, never change, and open their file and indexes when somebody reads them.
 */
final class Segment {
    /** The file of a segment and its indexes. */
    record Contents(DiskFile file, OffsetIndex offsets, TimeIndex times) {}

    private final long base;
    private final String directory;
    private long size;
    private long end;
    private long maxTimestamp;
    private @Nullable Contents contents;
    private long unindexedBytes = Long.MAX_VALUE;
    private int readers;
    private int loading;
    private long firstTimestamp;
    private boolean gone;

    Segment(String directory, long base, long size, long end, long maxTimestamp, @Nullable Contents contents) {
        this.directory = directory;
        this.base = base;
        this.size = size;
        this.end = end;
        this.maxTimestamp = maxTimestamp;
        this.firstTimestamp = maxTimestamp;
        this.contents = contents;
    }

    /** A segment without records around a new file. */
    static Segment empty(String directory, long base, DiskFile file) {
        var contents = new Contents(file, new OffsetIndex(base), new TimeIndex(base));
        return new Segment(directory, base, 0, base, RecordBatch.NO_TIMESTAMP, contents);
    }

    long base() {
        return base;
    }

    /** The offset behind the last record. */
    long end() {
        return end;
    }

    long size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    long maxTimestamp() {
        return maxTimestamp;
    }

    /** The largest timestamp of the first batch; where that is not known, of all. */
    long firstTimestamp() {
        return firstTimestamp;
    }

    String path(String suffix) {
        return directory + "/" + SegmentFiles.name(base, suffix);
    }

    @Nullable
    Contents contents() {
        return contents;
    }

    /** The contents of a segment that is known to be active. */
    Contents active() {
        if (contents == null) throw new IllegalStateException(this + " is not open");
        return contents;
    }

    /** Whether a batch of this size and end fits under the limits of a segment. */
    boolean hasRoom(int bytes, long lastOffset, int segmentBytes) {
        return isEmpty() || (size + bytes <= segmentBytes && lastOffset - base < Integer.MAX_VALUE);
    }

    /** Accounts for a batch that stands at the end of the file now. */
    void appended(RecordBatch batch, int indexIntervalBytes) {
        index(active(), batch, size, maxTimestamp, indexIntervalBytes);
        if (size == 0) firstTimestamp = batch.maxTimestamp();
        size += batch.sizeInBytes();
        end = batch.nextOffset();
        maxTimestamp = Math.max(maxTimestamp, batch.maxTimestamp());
    }

    /** Goes over bytes that belong to no good batch; the next one stands at {@code position} of the file. */
    void skip(long position) {
        size = position;
        unindexedBytes = Long.MAX_VALUE;
    }

    private void index(Contents into, RecordBatch batch, long position, long largestBefore, int intervalBytes) {
        if (unindexedBytes >= intervalBytes) {
            into.offsets().add(batch.baseOffset(), (int) position);
            if (position > 0) into.times().add(largestBefore, batch.baseOffset());
            unindexedBytes = 0;
        }
        unindexedBytes += batch.sizeInBytes();
    }

    /** Keeps the file open until {@link #release}, whatever happens to the segment meanwhile. */
    void retain() {
        readers++;
    }

    void release() {
        readers--;
        if (gone) closeIfUnused();
    }

    /** Somebody opens the files by their names, elsewhere, until {@link #loadingEnded}. */
    void loadingBegins() {
        loading++;
    }

    void loadingEnded() {
        loading--;
    }

    boolean isLoading() {
        return loading > 0;
    }

    /** Takes the contents that a reader loaded, or closes them if somebody else was quicker. */
    void adopt(Contents loaded) {
        if (contents != null && contents.file() == loaded.file()) return;
        if (contents == null && !gone) contents = loaded;
        else loaded.file().close();
    }

    /** Lets file and indexes go until somebody reads again; no if they are in use. */
    boolean unload() {
        if (readers > 0) return false;
        closeIfUnused();
        return true;
    }

    /** Closes the file as soon as nobody reads it. */
    void abandon() {
        gone = true;
        closeIfUnused();
    }

    private void closeIfUnused() {
        if (readers > 0 || contents == null) return;
        contents.file().close();
        contents = null;
    }

    /** The derived files of this segment as it is now. */
    List<Sidecar> sidecars() {
        var now = active();
        var sidecars = new ArrayList<Sidecar>(2);
        sidecars.add(new Sidecar(size, end, maxTimestamp, now.offsets().encode()));
        sidecars.add(new Sidecar(size, end, maxTimestamp, now.times().encode()));
        return sidecars;
    }

    /** Writes what {@link #sidecars} gave. Blocks. */
    void writeSidecars(Disk disk, List<Sidecar> sidecars) {
        sidecars.get(0).write(disk, path(SegmentFiles.INDEX));
        sidecars.get(1).write(disk, path(SegmentFiles.TIME_INDEX));
    }

    /**
     * Opens the file and gets the indexes of a sealed segment, from their files if they are good, otherwise by reading
     * the segment. Blocks; changes nothing here.
     */
    Contents load(Disk disk, int indexIntervalBytes) {
        var file = disk.open(path(SegmentFiles.LOG), Disk.Mode.READ);
        try {
            var offsets = Sidecar.read(disk, path(SegmentFiles.INDEX));
            var times = Sidecar.read(disk, path(SegmentFiles.TIME_INDEX));
            if (offsets != null && times != null && offsets.covers() == size && times.covers() == size) {
                try {
                    return new Contents(
                            file, OffsetIndex.decode(base, offsets.payload()), TimeIndex.decode(base, times.payload()));
                } catch (IllegalArgumentException rebuilt) {
                    // Falls through: a derived file that makes no sense is as good as none.
                }
            }
            var scanned = new SegmentScan(file, base, size, Long.MAX_VALUE).run(indexIntervalBytes, batch -> {});
            return scanned.contents();
        } catch (RuntimeException failed) {
            file.close();
            throw failed;
        }
    }

    @Override
    public String toString() {
        return path(SegmentFiles.LOG) + " with " + base + ".." + end;
    }
}
