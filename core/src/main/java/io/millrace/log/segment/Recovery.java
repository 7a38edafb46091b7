package io.millrace.log.segment;

import static io.millrace.log.segment.SegmentFiles.INDEX;
import static io.millrace.log.segment.SegmentFiles.LOG;
import static io.millrace.log.segment.SegmentFiles.SNAPSHOT;
import static io.millrace.log.segment.SegmentFiles.TIME_INDEX;

import io.millrace.log.DerivedState;
import io.millrace.log.LogOptions;
import io.millrace.log.disk.Checkpoint;
import io.millrace.log.disk.Disk;
import io.millrace.log.disk.DiskException;
import io.millrace.log.disk.DiskFile;
import io.millrace.model.PartitionId;
import io.millrace.model.Refusal;
import io.millrace.record.RecordBatch;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a log out of the files in a directory, whatever the last process did to them (durability contract, section 6).
 * Blocks; runs away from the event loops.
 *
 * <p>Sealed segments were synced and are believed by their sidecars. The others are scanned: the first bad batch at or
 * above the durable mark is a torn tail, cut and kept aside; one below is rot, kept, reported and never served. What lies
 * above the mark may be in the page cache only because an earlier sync of it failed (the cache then calls it clean, and a
 * new sync would do nothing); so it is written once more before it is synced and served (R5, S6).
 */
final class Recovery {
    private static final Logger LOG_LINES = LoggerFactory.getLogger(Recovery.class);
    private static final int COPY_BYTES = 1 << 20;

    /** A log ready to be used. The last segment is active. */
    record Recovered(
            List<Segment> segments, long start, long sealedBelow, DurableMark mark, boolean damaged, long tornBytes) {
        Segment active() {
            return segments.get(segments.size() - 1);
        }

        long maxTimestamp() {
            return segments.stream().mapToLong(Segment::maxTimestamp).max().orElse(RecordBatch.NO_TIMESTAMP);
        }
    }

    private final Disk disk;
    private final String directory;
    private final PartitionId partition;
    private final LogOptions options;
    private final DerivedState derived;
    private final boolean clean;

    private final List<Segment> segments = new ArrayList<>();
    private boolean damaged;
    private long tornBytes;

    /** @param clean whether the last process said goodbye, so that everything is synced and sidecars can be believed */
    Recovery(
            Disk disk,
            String directory,
            PartitionId partition,
            LogOptions options,
            DerivedState derived,
            boolean clean) {
        this.disk = disk;
        this.directory = directory;
        this.partition = partition;
        this.options = options;
        this.derived = derived;
        this.clean = clean;
    }

    Recovered run() {
        var bases = sortFiles();
        var identity = identity(bases);
        // What was deleted had been durable.
        long durable = Math.max(identity.start(), DurableMark.read(disk, path(SegmentFiles.MARK)));
        if (bases.isEmpty()) {
            create(identity.start());
            bases.add(identity.start());
        }

        forgetBelow(Math.min(identity.start(), identity.sealedBelow()), bases);
        derived.reset();
        var order = new ArrayList<>(bases);
        for (int i = 0; i < order.size(); i++) {
            long base = order.get(i);
            boolean last = i == order.size() - 1;
            if (!segments.isEmpty()) joins(base);
            long next = last ? -1 : order.get(i + 1);
            segments.add(recover(base, next, identity.sealedBelow(), durable));
        }
        boolean shortened = activeSegment().end() < durable;
        if (shortened) {
            damaged = true;
            LOG_LINES.error(
                    "{}: offsets {} to {} are missing at the end; they were durable",
                    directory,
                    activeSegment().end(),
                    durable - 1);
        }
        if (shortened || (damaged && activeSegment().size() != fileSize(activeSegment()))) {
            // Nothing is ever written behind a batch that is wrong, or in the place of one that is gone.
            startAfresh(Math.max(activeSegment().end(), durable));
        }
        long remembered = rebuildDerived();
        if (remembered < activeSegment().base()) keepDerived();
        long start = Math.max(identity.start(), segments.get(0).base());
        var mark = DurableMark.open(disk, path(SegmentFiles.MARK));
        mark.write(activeSegment().end());
        disk.syncDirectory(directory);
        return new Recovered(segments, start, identity.sealedBelow(), mark, damaged, tornBytes);
    }

    /** Finishes what was being deleted, refuses what is not ours, and gives the base offsets of the segments. */
    private SortedSet<Long> sortFiles() {
        var bases = new TreeSet<Long>();
        for (var entry : disk.list(directory)) {
            var name = entry.name();
            if (entry.kind() != Disk.Entry.Kind.FILE || !SegmentFiles.isOurs(name)) {
                throw Refusal.STORAGE_FAILED.because("the directory " + directory + " of partition " + partition
                        + " holds " + name + ", which this broker did not write; move it away and start again");
            }
            if (name.endsWith(SegmentFiles.DELETED) || name.endsWith(SegmentFiles.TEMPORARY)) disk.delete(path(name));
            else if (name.endsWith(LOG)) bases.add(SegmentFiles.base(name));
        }
        return bases;
    }

    /** Finishes a deletion that got no further than the state file: segments that end at or below the start go. */
    private void forgetBelow(long start, SortedSet<Long> bases) {
        while (bases.size() > 1) {
            long base = bases.first();
            bases.remove(base);
            if (bases.first() > start) {
                bases.add(base);
                return;
            }
            var log = path(SegmentFiles.name(base, LOG));
            disk.rename(log, log + SegmentFiles.DELETED);
            disk.syncDirectory(directory);
            disk.delete(log + SegmentFiles.DELETED);
            for (var suffix : List.of(INDEX, TIME_INDEX, SNAPSHOT)) disk.delete(path(SegmentFiles.name(base, suffix)));
        }
    }

    private LogIdentity identity(SortedSet<Long> bases) {
        var stored = Checkpoint.read(disk, path(SegmentFiles.STATE), LogIdentity.BYTES);
        if (stored.isEmpty()) {
            long start = bases.isEmpty() ? 0 : bases.first();
            var fresh = new LogIdentity(partition, start, start);
            Checkpoint.write(disk, path(SegmentFiles.STATE), fresh.encode());
            return fresh;
        }
        LogIdentity identity;
        try {
            identity = LogIdentity.decode(stored.get());
        } catch (IllegalArgumentException wrong) {
            throw Refusal.STORAGE_FAILED.because(path(SegmentFiles.STATE) + ": " + wrong.getMessage());
        }
        if (!identity.partition().equals(partition)) {
            throw Refusal.STORAGE_FAILED.because(path(SegmentFiles.STATE) + " belongs to partition "
                    + identity.partition() + ", not to " + partition + "; the directory was moved or copied");
        }
        return identity;
    }

    /** The segment that begins at {@code base} must begin where the one before ends. */
    private void joins(long base) {
        var before = activeSegment();
        if (base == before.end()) return;
        if (base < before.end()) {
            throw Refusal.STORAGE_FAILED.because(path(SegmentFiles.name(base, LOG)) + " overlaps " + before
                    + "; one of them does not belong here, move it away and start again");
        }
        damaged = true;
        LOG_LINES.error("{}: offsets {} to {} are missing", directory, before.end(), base - 1);
    }

    private Segment recover(long base, long next, long sealedBelow, long durable) {
        var name = path(SegmentFiles.name(base, LOG));
        boolean last = next < 0;
        boolean sealed = base < sealedBelow && !last;
        if (sealed || clean) {
            var believed = believed(base, name, last);
            if (believed != null) return believed;
        }
        if (last && !clean && fileSize(name) == 0) {
            // Perhaps the sync of its name failed, and another would do nothing; the name of a new file is synced.
            disk.delete(name);
            create(base);
        }
        var file = disk.open(name, Disk.Mode.WRITE);
        // A later segment exists only because everything in this one was synced first.
        long known = last ? Math.max(durable, Math.min(sealedBelow, base)) : Math.max(durable, next);
        var found = new SegmentScan(file, base, file.size(), known).run(options.indexIntervalBytes(), batch -> {});
        long size = found.bytes();
        if (found.goodBytes() < file.size()) {
            if (found.goodEnd() >= known) {
                cut(file, base, found.goodBytes(), found.goodEnd());
                size = found.goodBytes();
            } else {
                damaged = true;
                LOG_LINES.error(
                        "{}: the batch at offset {}, byte {}, is not what was written; it was durable (up to {}) and is"
                                + " kept, but never served",
                        name,
                        found.goodEnd(),
                        found.goodBytes(),
                        known);
            }
        }
        if (last && !clean) writeAgain(file, found.durableBytes(), size);
        var segment = new Segment(directory, base, size, found.end(), found.maxTimestamp(), found.contents());
        if (!last) {
            segment.writeSidecars(disk, segment.sidecars());
            segment.unload();
        }
        return segment;
    }

    /** A segment by what its sidecars say; null if they do not fit the file. */
    private @Nullable Segment believed(long base, String name, boolean last) {
        var index = Sidecar.read(disk, path(SegmentFiles.name(base, INDEX)));
        var times = Sidecar.read(disk, path(SegmentFiles.name(base, TIME_INDEX)));
        long size = fileSize(name);
        if (index == null || times == null || index.covers() != size || times.covers() != size) return null;
        if (!last) return new Segment(directory, base, size, index.end(), index.maxTimestamp(), null);
        try {
            var contents = new Segment.Contents(
                    disk.open(name, Disk.Mode.WRITE),
                    OffsetIndex.decode(base, index.payload()),
                    TimeIndex.decode(base, times.payload()));
            return new Segment(directory, base, size, index.end(), index.maxTimestamp(), contents);
        } catch (IllegalArgumentException senseless) {
            return null;
        }
    }

    /** Cuts a torn tail and keeps the bytes aside (R2). */
    private void cut(DiskFile file, long base, long from, long offset) {
        long torn = file.size() - from;
        var aside = path(SegmentFiles.torn(base, offset));
        disk.delete(aside);
        try (var kept = disk.open(aside, Disk.Mode.CREATE_NEW)) {
            var chunk = ByteBuffer.allocate(COPY_BYTES);
            for (long at = from; at < file.size(); at += chunk.limit()) {
                chunk.clear();
                if (file.size() - at < chunk.capacity()) chunk.limit((int) (file.size() - at));
                file.read(at, chunk);
                chunk.flip();
                kept.append(chunk.duplicate());
            }
            kept.force();
        }
        disk.syncDirectory(directory);
        file.truncate(from);
        file.force();
        tornBytes += torn;
        LOG_LINES.warn("{}: torn tail of {} bytes cut at offset {} and kept as {}", directory, torn, offset, aside);
    }

    private static void writeAgain(DiskFile file, long from, long to) {
        var chunk = ByteBuffer.allocate((int) Math.min(COPY_BYTES, Math.max(0, to - from)));
        for (long at = from; at < to; ) {
            chunk.clear();
            if (to - at < chunk.capacity()) chunk.limit((int) (to - at));
            file.read(at, chunk);
            chunk.flip();
            int size = chunk.remaining();
            file.write(at, chunk);
            at += size;
        }
        file.force();
    }

    private void create(long base) {
        var file = disk.open(path(SegmentFiles.name(base, LOG)), Disk.Mode.CREATE_NEW);
        file.force();
        file.close();
        disk.syncDirectory(directory);
    }

    private void startAfresh(long base) {
        var before = activeSegment();
        if (base == before.base()) return;
        create(base);
        before.unload();
        segments.add(Segment.empty(directory, base, disk.open(path(SegmentFiles.name(base, LOG)), Disk.Mode.WRITE)));
    }

    /** The segments in front of the active one may be deleted at any time, and what they say must not go with them. */
    private void keepDerived() {
        long end = activeSegment().end();
        var snapshot = new Sidecar(0, end, RecordBatch.NO_TIMESTAMP, derived.snapshot());
        try {
            snapshot.write(disk, path(SegmentFiles.name(end, SNAPSHOT)));
        } catch (DiskException full) {
            if (full.reason() != DiskException.Reason.FULL) throw full;
        }
    }

    /** Takes the youngest snapshot that makes sense, and replays what lies behind it. Tells where that was. */
    private long rebuildDerived() {
        var snapshots = new TreeSet<Long>();
        for (var entry : disk.list(directory)) {
            if (entry.name().endsWith(SNAPSHOT)) snapshots.add(SegmentFiles.base(entry.name()));
        }
        // Not from the start: what a deleted record said is remembered as long as its segment is there.
        long from = segments.get(0).base();
        for (long at : snapshots.descendingSet()) {
            if (at > activeSegment().end()) {
                disk.delete(path(SegmentFiles.name(at, SNAPSHOT)));
                continue;
            }
            var snapshot = Sidecar.read(disk, path(SegmentFiles.name(at, SNAPSHOT)));
            if (snapshot == null || snapshot.end() != at) continue;
            try {
                derived.restore(snapshot.payload());
                from = at;
                break;
            } catch (IllegalArgumentException senseless) {
                LOG_LINES.warn("{}: snapshot at {} is not usable: {}", directory, at, senseless.getMessage());
                derived.reset();
            }
        }
        for (var segment : segments) {
            if (segment.end() > from) replay(segment, from);
        }
        return from;
    }

    private void replay(Segment segment, long from) {
        var open = segment.contents();
        var contents = open != null ? open : segment.load(disk, options.indexIntervalBytes());
        try {
            var scanner = new BatchScanner(contents.file(), contents.offsets().floor(from), segment.size());
            while (!scanner.atEnd()) {
                int position = (int) scanner.position();
                var batch = scanner.next(true);
                if (batch == null || !batch.isValid()) {
                    int next = contents.offsets().positionAfter(position);
                    if (next < 0) return;
                    scanner.moveTo(next);
                } else if (batch.nextOffset() > from) {
                    derived.replay(batch);
                }
            }
        } finally {
            if (open == null) contents.file().close();
        }
    }

    private Segment activeSegment() {
        return segments.get(segments.size() - 1);
    }

    private long fileSize(Segment segment) {
        return fileSize(segment.path(LOG));
    }

    private long fileSize(String path) {
        try (var file = disk.open(path, Disk.Mode.READ)) {
            return file.size();
        }
    }

    private String path(String name) {
        return directory + "/" + name;
    }
}
