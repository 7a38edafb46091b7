package io.millrace.log.segment;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * The segments of one log, in order, and which of the sealed ones have their files open. Home thread.
 *
 * <p>Invariant: there is at least one segment, the last is active, and each begins where the one before ends (or behind
 * it, where bytes are damaged).
 */
final class LogSegments implements Iterable<Segment> {
    private static final int MAX_OPEN_SEALED = 8;

    private final ArrayList<Segment> segments;
    private final ArrayDeque<Segment> openSealed = new ArrayDeque<>();

    LogSegments(List<Segment> found) {
        this.segments = new ArrayList<>(found);
    }

    Segment active() {
        return segments.get(segments.size() - 1);
    }

    Segment first() {
        return segments.get(0);
    }

    Segment get(int index) {
        return segments.get(index);
    }

    int count() {
        return segments.size();
    }

    /** The index of the last segment that begins at or before {@code offset}; 0 if all begin behind it. */
    int floor(long offset) {
        int low = 0;
        int high = segments.size() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (segments.get(middle).base() <= offset) low = middle;
            else high = middle - 1;
        }
        return low;
    }

    long bytes() {
        long bytes = 0;
        for (var segment : segments) bytes += segment.size();
        return bytes;
    }

    /** The segments as they are now. */
    List<Segment> copy() {
        return List.copyOf(segments);
    }

    @Override
    public Iterator<Segment> iterator() {
        return segments.iterator();
    }

    /** The active segment grows no more; {@code next} is the active one. */
    void add(Segment next) {
        openSealed.add(active());
        segments.add(next);
    }

    /** Takes the first segment out of the log, and closes its file when nobody reads it any more. */
    Segment removeFirst() {
        var first = segments.remove(0);
        openSealed.remove(first);
        first.abandon();
        return first;
    }

    /** All are others now: the log was recovered again. Files of the old ones close when nobody reads them. */
    void replaceAll(List<Segment> recovered) {
        abandon();
        openSealed.clear();
        segments.clear();
        segments.addAll(recovered);
    }

    /** A reader has loaded the contents of a sealed segment. */
    void loaded(Segment segment, Segment.Contents contents) {
        if (segment.contents() == null) openSealed.add(segment);
        segment.adopt(contents);
    }

    /** Not more than a few sealed segments stay open. */
    void closeSome() {
        for (int tries = openSealed.size(); openSealed.size() > MAX_OPEN_SEALED && tries > 0; tries--) {
            var oldest = openSealed.poll();
            if (oldest != active() && !oldest.unload()) openSealed.add(oldest);
        }
    }

    /** Closes the files as soon as nobody reads them. */
    void abandon() {
        for (var segment : segments) segment.abandon();
    }
}
