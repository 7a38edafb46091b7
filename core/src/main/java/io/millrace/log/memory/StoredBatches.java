package io.millrace.log.memory;

import io.millrace.record.RecordBatch;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The batches of one log, in chunks.
 *
 * <p>Invariant: {@code start <= end}; the chunks follow each other without a gap, and all but the last hold a batch.
 */
final class StoredBatches {
    private final List<Chunk> chunks = new ArrayList<>();
    private long start;
    private long end;
    private long bytes;
    private long cleanedBelow;

    long start() {
        return start;
    }

    long end() {
        return end;
    }

    long bytes() {
        return bytes;
    }

    /** Up to where the log was compacted. */
    long cleanedBelow() {
        return cleanedBelow;
    }

    void cleaned(long below) {
        cleanedBelow = Math.max(cleanedBelow, below);
    }

    /** What compaction left of a chunk takes its place. */
    void replace(Chunk chunk, Chunk left) {
        chunks.set(chunks.indexOf(chunk), left);
        bytes += left.bytes() - chunk.bytes();
    }

    List<Chunk> chunks() {
        return chunks;
    }

    boolean isEmpty() {
        return chunks.isEmpty();
    }

    Chunk last() {
        return chunks.get(chunks.size() - 1);
    }

    /** Begins the next chunk; {@code derived} is the derived state at {@link #end}. */
    void roll(ByteBuffer derived) {
        chunks.add(new Chunk(end, derived));
    }

    void add(ByteBuffer batch) {
        last().add(batch);
        end = RecordBatch.at(batch, 0).nextOffset();
        bytes += batch.capacity();
    }

    /** Whole batches from the one that contains {@code from}, none of which ends behind {@code upTo}. */
    ByteBuffer read(long from, long upTo, int maxBytes) {
        var found = new ArrayList<ByteBuffer>();
        int size = 0;
        int c = chunkOf(from);
        int i = c < 0 ? 0 : chunks.get(c).floor(from);
        scan:
        for (; c >= 0 && c < chunks.size(); c++, i = 0) {
            var chunk = chunks.get(c);
            for (; i < chunk.count(); i++) {
                var batch = chunk.bytes(i);
                if (chunk.batch(i).nextOffset() > upTo) break scan;
                if (!found.isEmpty() && (long) size + batch.remaining() > maxBytes) break scan;
                found.add(batch);
                size += batch.remaining();
                if (size >= maxBytes) break scan;
            }
        }
        var bytes = ByteBuffer.allocate(size);
        for (var batch : found) bytes.put(batch);
        return bytes.flip();
    }

    /** The base offset of the first readable batch whose largest timestamp is at least {@code timestamp}. */
    long firstSince(long timestamp) {
        for (var chunk : chunks) {
            if (chunk.maxTimestamp() < timestamp) continue;
            for (int i = chunk.firstSince(timestamp); i < chunk.count(); i++) {
                var batch = chunk.batch(i);
                if (batch.nextOffset() > start && batch.maxTimestamp() >= timestamp) return batch.baseOffset();
            }
        }
        return end;
    }

    /** Whether a batch begins, or the log ends, at {@code offset}. */
    boolean isBoundary(long offset) {
        if (offset == end) return true;
        int c = chunkOf(offset);
        if (c < 0) return false;
        int i = chunks.get(c).floor(offset);
        return i >= 0 && chunks.get(c).batch(i).baseOffset() == offset;
    }

    /** Forgets everything from {@code offset} on, a boundary. */
    void truncate(long offset) {
        while (!chunks.isEmpty() && last().base >= offset && chunks.size() > 1)
            bytes -= removeLast().bytes();
        if (!chunks.isEmpty()) {
            var last = last();
            bytes -= last.bytes();
            int i = last.floor(offset);
            if (i >= 0 && last.batch(i).baseOffset() < offset) i++;
            last.cut(Math.max(0, i));
            bytes += last.bytes();
        }
        end = offset;
        cleanedBelow = Math.min(cleanedBelow, offset);
    }

    /** Raises the start; chunks that lie below it as a whole are gone. */
    void deleteBefore(long offset) {
        start = Math.max(start, offset);
        while (chunks.size() > 1 && chunks.get(0).end() <= start) dropFirst();
    }

    /** Forgets the oldest chunk, which must not be the last. */
    void dropFirst() {
        var first = chunks.remove(0);
        bytes -= first.bytes();
        start = Math.max(start, first.end());
    }

    private Chunk removeLast() {
        return chunks.remove(chunks.size() - 1);
    }

    /** The index of the chunk that holds {@code offset}; -1 when there is none. */
    private int chunkOf(long offset) {
        int low = 0;
        int high = chunks.size() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (chunks.get(middle).base <= offset) low = middle;
            else high = middle - 1;
        }
        return offset >= end || chunks.isEmpty() || chunks.get(low).base > offset ? -1 : low;
    }
}
