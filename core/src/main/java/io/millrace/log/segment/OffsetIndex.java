package io.millrace.log.segment;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Where in a segment file a batch begins, for some of its batches. Entries ascend in both columns. */
final class OffsetIndex {
    private static final int ENTRY_BYTES = 8;

    private final long base;
    private int[] deltas = new int[16];
    private int[] positions = new int[16];
    private int size;

    /** @param base the base offset of the segment; no offset of it is further away than 2^31 */
    OffsetIndex(long base) {
        this.base = base;
    }

    void add(long offset, int position) {
        if (size == deltas.length) {
            deltas = Arrays.copyOf(deltas, size * 2);
            positions = Arrays.copyOf(positions, size * 2);
        }
        deltas[size] = Math.toIntExact(offset - base);
        positions[size++] = position;
    }

    /** The position of the last indexed batch that begins at or before {@code offset}; 0 if there is none. */
    int floor(long offset) {
        int at = Arrays.binarySearch(deltas, 0, size, (int) Math.min(offset - base, Integer.MAX_VALUE));
        if (at < 0) at = -at - 2;
        return at < 0 ? 0 : positions[at];
    }

    /** The position of the first indexed batch that begins behind {@code position}; -1 if there is none. */
    int positionAfter(int position) {
        int at = Arrays.binarySearch(positions, 0, size, position);
        at = at < 0 ? -at - 1 : at + 1;
        return at < size ? positions[at] : -1;
    }

    /** The offset of the batch at an indexed position; the base of the segment if nothing is indexed. */
    long offsetAt(int position) {
        int at = Arrays.binarySearch(positions, 0, size, position);
        return at < 0 ? base : base + deltas[at];
    }

    ByteBuffer encode() {
        var bytes = ByteBuffer.allocate(size * ENTRY_BYTES);
        for (int i = 0; i < size; i++) bytes.putInt(deltas[i]).putInt(positions[i]);
        return bytes.flip();
    }

    /** Throws {@link IllegalArgumentException} for entries that do not ascend. */
    static OffsetIndex decode(long base, ByteBuffer bytes) {
        if (bytes.remaining() % ENTRY_BYTES != 0) throw new IllegalArgumentException("ragged offset index");
        var index = new OffsetIndex(base);
        int delta = -1;
        int position = -1;
        while (bytes.hasRemaining()) {
            int nextDelta = bytes.getInt();
            int nextPosition = bytes.getInt();
            if (nextDelta <= delta || nextPosition <= position) {
                throw new IllegalArgumentException("offset index does not ascend at entry " + index.size);
            }
            delta = nextDelta;
            position = nextPosition;
            index.add(base + delta, position);
        }
        return index;
    }
}
