package io.millrace.log.segment;

import io.millrace.log.Compaction;
import io.millrace.log.compact.KeyMap;
import io.millrace.log.compact.Sieve;
import io.millrace.log.disk.DiskException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One pass of compaction over the oldest segments of a log, in slices: first the dirty ones are read for the last offset
 * of each key, as many keys as the map takes; then all segments in front of the end of the map are copied, group by group,
 * without what is superseded, and each copy takes the place of its group ({@link SegmentCopy}). The oldest go first, so
 * that at any moment a tombstone is there for as long as anything that it deletes.
 *
 * <p>Everything blocks, and runs away from the home thread, one call at a time.
 */
final class CompactionPass {
    /**
     * What is to be compacted, and how.
     *
     * @param segments sealed, in order, without a gap; at least one
     * @param firstDirty no earlier pass has seen what lies here and behind
     * @param anchors batches that stay, if only as headers
     * @param now the time of the log
     */
    record Order(
            String directory,
            List<Segment> segments,
            long firstDirty,
            Set<Long> anchors,
            long now,
            Compaction how,
            int segmentBytes,
            int indexIntervalBytes) {}

    /** What is to be done next. */
    enum Next {
        /** Another slice. */
        WORK,
        /** The {@link #copy} is finished and waits to be swapped in. */
        SWAP,
        /** Nothing: the log is compacted below {@link #end}. */
        NOTHING
    }

    /** As many files as a group may have, since all of them are open during the swap. */
    private static final int MAX_GROUP = 32;

    private static final long MAX_UNPACKED_BYTES = 1L << 30;

    private final SegmentStorage storage;
    private final Order order;
    private final KeyMap keys;
    private final Sieve sieve;
    private final BatchSource dirty;
    private final Queue<List<Segment>> groups = new ArrayDeque<>();
    private boolean mapped;
    private @Nullable SegmentCopy copy;
    private long bytesRead;
    private long lastSliceBytes;

    CompactionPass(SegmentStorage storage, Order order) {
        this.storage = storage;
        this.order = order;
        long end = order.segments().get(order.segments().size() - 1).end();
        this.keys = new KeyMap(order.firstDirty(), storage.compactionLimits().mapBytes(), end - order.firstDirty());
        this.sieve = new Sieve(keys, order.anchors(), order.now(), order.how().tombstoneMillis(), MAX_UNPACKED_BYTES);
        this.dirty = new BatchSource(
                storage.disk(),
                order.segments().stream()
                        .filter(segment -> segment.end() > order.firstDirty())
                        .toList());
    }

    /** The log is compacted below this offset when the pass is over. */
    long end() {
        return keys.end();
    }

    long bytesRead() {
        return bytesRead;
    }

    long lastSliceBytes() {
        return lastSliceBytes;
    }

    /** The copy that is under way or waits to be swapped in. */
    SegmentCopy copy() {
        if (copy == null) throw new IllegalStateException("no copy is under way");
        return copy;
    }

    /** One slice of work. */
    Next work() {
        lastSliceBytes = 0;
        try {
            while (lastSliceBytes < storage.compactionLimits().sliceBytes()) {
                var next = mapped ? copySome() : mapSome();
                if (next != Next.WORK) return next;
            }
            return Next.WORK;
        } finally {
            bytesRead += lastSliceBytes;
        }
    }

    private Next mapSome() {
        var batch = dirty.next();
        if (batch != null) {
            lastSliceBytes += batch.sizeInBytes();
            if (keys.note(batch, MAX_UNPACKED_BYTES)) return Next.WORK;
        }
        dirty.close();
        mapped = true;
        groupSegments();
        return Next.WORK;
    }

    private void groupSegments() {
        var group = new ArrayList<Segment>();
        long bytes = 0;
        for (var segment : order.segments()) {
            if (segment.base() >= keys.end()) break;
            boolean fits = group.size() < MAX_GROUP
                    && bytes + segment.size() <= order.segmentBytes()
                    && (group.isEmpty() || segment.end() - group.get(0).base() <= Integer.MAX_VALUE);
            if (!fits && !group.isEmpty()) {
                groups.add(List.copyOf(group));
                group.clear();
                bytes = 0;
            }
            group.add(segment);
            bytes += segment.size();
        }
        if (!group.isEmpty()) groups.add(List.copyOf(group));
    }

    private Next copySome() {
        if (copy == null) {
            var group = groups.poll();
            if (group == null) return Next.NOTHING;
            requireSpace(group);
            copy = new SegmentCopy(storage, order.directory(), group, sieve, order.indexIntervalBytes());
        }
        int bytes = copy.step();
        lastSliceBytes += bytes;
        if (bytes > 0) return Next.WORK;
        if (copy.isChanged()) return Next.SWAP;
        leaveGroup();
        return Next.WORK;
    }

    /** A copy must not take the space that appends need. */
    private void requireSpace(List<Segment> group) {
        long bytes = group.stream().mapToLong(Segment::size).sum();
        if (storage.disk().usableBytes() - bytes < storage.minFreeBytes()) {
            throw new DiskException(DiskException.Reason.FULL, "no space for a copy of " + bytes + " bytes");
        }
    }

    /** The copy took the place of its group. */
    void swapped() {
        copy = null;
    }

    /** Leaves the segments that are being copied as they are, and goes on behind them. */
    void leaveGroup() {
        if (copy != null) copy.abandon();
        copy = null;
    }

    /** Ends the pass wherever it is. */
    void abandon() {
        dirty.close();
        leaveGroup();
    }
}
