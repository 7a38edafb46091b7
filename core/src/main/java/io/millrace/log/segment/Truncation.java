package io.millrace.log.segment;

import io.millrace.log.disk.Checkpoint;
import io.millrace.log.disk.Disk;
import io.millrace.model.Refusal;
import java.util.ArrayList;
import java.util.List;

/** Cuts a log at a batch boundary, so that a crash at any step leaves a log that recovers. Blocks. */
final class Truncation {
    private final Disk disk;
    private final String directory;
    private final List<Segment> segments;
    private final DurableMark mark;

    Truncation(Disk disk, String directory, List<Segment> segments, DurableMark mark) {
        this.disk = disk;
        this.directory = directory;
        this.segments = segments;
        this.mark = mark;
    }

    /**
     * @param offset everything from here on goes
     * @param identity the state of the log afterwards
     */
    void run(long offset, LogIdentity identity) {
        var kept = segments.get(0);
        for (var segment : segments) if (segment.base() <= offset) kept = segment;
        try (var file = disk.open(kept.path(SegmentFiles.LOG), Disk.Mode.WRITE)) {
            long position = positionOf(offset, kept, new BatchScanner(file, 0, kept.size()));
            // From here on: first what recovery believes, then the bytes, youngest first.
            mark.write(offset);
            mark.force();
            Checkpoint.write(disk, directory + "/" + SegmentFiles.STATE, identity.encode());
            var later = new ArrayList<>(segments.subList(segments.indexOf(kept) + 1, segments.size()));
            for (int i = later.size() - 1; i >= 0; i--) {
                disk.delete(later.get(i).path(SegmentFiles.LOG));
                disk.syncDirectory(directory);
            }
            file.truncate(position);
            file.force();
        }
        for (var entry : disk.list(directory)) {
            var name = entry.name();
            boolean derived = name.endsWith(SegmentFiles.INDEX)
                    || name.endsWith(SegmentFiles.TIME_INDEX)
                    || (name.endsWith(SegmentFiles.SNAPSHOT) && SegmentFiles.base(name) > offset);
            if (derived && (SegmentFiles.base(name) >= kept.base())) disk.delete(directory + "/" + name);
        }
        disk.syncDirectory(directory);
    }

    private static long positionOf(long offset, Segment segment, BatchScanner scanner) {
        if (offset == segment.end()) return segment.size();
        while (true) {
            long position = scanner.position();
            var batch = scanner.next(false);
            if (batch == null) throw Refusal.CORRUPT_MESSAGE.because(segment + " cannot be read at byte " + position);
            if (batch.baseOffset() == offset) return position;
            if (batch.nextOffset() > offset) {
                throw Refusal.INVALID_ARGUMENT.because(
                        "offset " + offset + " lies inside " + batch + "; a log is cut between batches only");
            }
        }
    }
}
