package io.millrace.log.memory;

import io.millrace.log.Compaction;
import io.millrace.log.CompactionStats;
import io.millrace.log.compact.Extent;
import io.millrace.log.compact.Holes;
import io.millrace.log.compact.KeyMap;
import io.millrace.log.compact.Sieve;
import io.millrace.model.MillraceException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Compacts one log in memory, on its home thread, a few chunks at each call: first the dirty ones are read for the last
 * offset of each key, then each chunk is replaced by what is left of it.
 */
final class MemoryCompaction {
    private static final long MAX_KEY_BYTES = 16 << 20;
    private static final long MAX_UNPACKED_BYTES = 1L << 30;

    private final StoredBatches stored;
    private long decidedBelow;
    private CompactionStats stats = CompactionStats.NONE;

    private @Nullable KeyMap keys;
    private @Nullable Sieve sieve;
    private final Queue<Chunk> toMap = new ArrayDeque<>();
    private final Queue<Chunk> toSift = new ArrayDeque<>();
    private long beganMillis;
    private long bytesRead;
    private long bytesRemoved;

    MemoryCompaction(StoredBatches stored) {
        this.stored = stored;
    }

    void decidedBelow(long offset) {
        decidedBelow = Math.max(decidedBelow, offset);
    }

    CompactionStats stats(@Nullable Compaction how, long now) {
        return how == null ? stats : stats.withDirty(extent(how, now).dirtyBytes());
    }

    boolean isUnderWay() {
        return keys != null;
    }

    /** How much the log needs it; -1 if it need not be compacted. */
    double need(Compaction how, long now) {
        return stats.uncleanable() || isUnderWay() ? -1 : extent(how, now).need();
    }

    private Extent extent(Compaction how, long now) {
        var extent = new Extent(how, decidedBelow, stored.cleanedBelow(), now);
        for (int i = 0; i < stored.chunks().size() - 1; i++) {
            var chunk = stored.chunks().get(i);
            if (!extent.add(chunk.end(), chunk.bytes(), chunk.firstTimestamp(), chunk.maxTimestamp())) break;
        }
        return extent;
    }

    /** Begins a pass. */
    void begin(Compaction how, Set<Long> anchors, long now, long millis) {
        int pieces = extent(how, now).pieces();
        long from = Math.max(stored.cleanedBelow(), stored.chunks().get(0).base);
        for (var chunk : stored.chunks().subList(0, pieces)) {
            if (chunk.end() > from) toMap.add(chunk);
            toSift.add(chunk);
        }
        long end = stored.chunks().get(pieces - 1).end();
        keys = new KeyMap(from, MAX_KEY_BYTES, end - from);
        sieve = new Sieve(keys, anchors, now, how.tombstoneMillis(), MAX_UNPACKED_BYTES);
        beganMillis = millis;
        bytesRead = 0;
        bytesRemoved = 0;
    }

    /** Goes on with the pass. Gives the bytes that were looked at. */
    long work(long budget, long millis, long wallMillis) {
        long before = bytesRead;
        try {
            while (keys != null && sieve != null && bytesRead - before < budget) step(keys, sieve, millis, wallMillis);
        } catch (MillraceException unreadable) {
            stats = stats.givenUp();
            cancel();
        }
        return bytesRead - before;
    }

    private void step(KeyMap known, Sieve sift, long millis, long wallMillis) {
        var chunk = toMap.poll();
        if (chunk != null) {
            if (!note(chunk, known)) toMap.clear();
            return;
        }
        chunk = toSift.poll();
        if (chunk != null && chunk.base < known.end()) {
            if (stored.chunks().contains(chunk)) replace(chunk, sift);
            return;
        }
        stored.cleaned(known.end());
        stats = stats.plus(bytesRead, bytesRemoved, millis - beganMillis, wallMillis);
        cancel();
    }

    private boolean note(Chunk chunk, KeyMap known) {
        bytesRead += chunk.bytes();
        for (int i = 0; i < chunk.count(); i++) {
            if (!known.note(chunk.batch(i), MAX_UNPACKED_BYTES)) return false;
        }
        return true;
    }

    private void replace(Chunk chunk, Sieve sift) {
        bytesRead += chunk.bytes();
        var left = new Chunk(chunk.base, chunk.before);
        var holes = new Holes(chunk.base, batch -> left.add(own(batch)));
        for (int i = 0; i < chunk.count(); i++) {
            var batch = sift.sift(chunk.batch(i));
            if (batch == null) holes.dropped(chunk.batch(i));
            else holes.kept(batch);
        }
        holes.fill();
        bytesRemoved += chunk.bytes() - left.bytes();
        stored.replace(chunk, left);
    }

    private static ByteBuffer own(ByteBuffer batch) {
        return ByteBuffer.allocate(batch.remaining()).put(batch.duplicate()).flip();
    }

    /** Ends the pass; what was replaced stays so. */
    void cancel() {
        keys = null;
        sieve = null;
        toMap.clear();
        toSift.clear();
    }
}
