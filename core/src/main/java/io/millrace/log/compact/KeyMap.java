package io.millrace.log.compact;

import io.millrace.record.RecordBatch;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The last offset of each key in a part of a log, in a fixed number of bytes. A key is known by the first 128 bits of its
 * SHA-256: two keys that share them are not to be expected (Kafka trusts MD5 with the same). When there is no room for
 * another key, the map ends at its record: what lies behind is for another pass.
 *
 * <p>Invariant: it knows every record with a key from the first offset to {@link #end}.
 */
public final class KeyMap {
    /** The bytes that one key takes. */
    public static final int ENTRY_BYTES = 24;

    private static final int LONGS = ENTRY_BYTES / Long.BYTES;
    private static final int LEAST_SLOTS = 16;
    private static final double MOST_LOAD = 0.75;

    private final MessageDigest sha256;
    /** Slots of three: two parts of the hash, and the offset plus one; 0 there means that the slot is free. */
    private final long[] slots;

    private final int slotCount;
    private final int mostKeys;
    private int keys;
    private long end;

    /**
     * @param from the first offset that it will know
     * @param maxBytes the most memory that it may take; at least a few keys fit whatever it says
     * @param mostRecords no more records will be noted; so no more memory is taken than they need
     */
    public KeyMap(long from, long maxBytes, long mostRecords) {
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every JDK has SHA-256", impossible);
        }
        long wished = (long) Math.min(1L << 40, mostRecords / MOST_LOAD + 1);
        long allowed = Math.min(maxBytes / ENTRY_BYTES, Integer.MAX_VALUE / LONGS - 8);
        slotCount = (int) Math.max(LEAST_SLOTS, Math.min(wished, allowed));
        mostKeys = (int) (slotCount * MOST_LOAD);
        slots = new long[slotCount * LONGS];
        end = from;
    }

    /** The offset behind the last record that the map knows. */
    public long end() {
        return end;
    }

    /** How many keys it knows. */
    public int keys() {
        return keys;
    }

    /**
     * Notes the records of a batch that lie at {@link #end} or behind. False when there is no room for one of them; then
     * the map is finished. Records of transactions are not noted: they may be aborted.
     */
    public boolean note(RecordBatch batch, long maxUnpackedBytes) {
        if (batch.nextOffset() <= end) return true;
        if (batch.count() > 0 && !batch.isControl() && !batch.isTransactional()) {
            try (var records = batch.records(maxUnpackedBytes)) {
                while (records.next()) {
                    if (records.offset() < end) continue;
                    var key = records.key();
                    if (key != null && !put(key, records.offset())) {
                        end = records.offset();
                        return false;
                    }
                }
            }
        }
        end = batch.nextOffset();
        return true;
    }

    private boolean put(ByteBuffer key, long offset) {
        var hash = hash(key);
        long high = hash.getLong(0);
        long low = hash.getLong(8);
        int at = find(high, low);
        if (slots[at + 2] == 0) {
            if (keys >= mostKeys) return false;
            keys++;
            slots[at] = high;
            slots[at + 1] = low;
        }
        slots[at + 2] = offset + 1;
        return true;
    }

    /** The last offset that a record with this key has in the part of the log that is known; -1 if there is none. */
    public long last(ByteBuffer key) {
        var hash = hash(key);
        return slots[find(hash.getLong(0), hash.getLong(8)) + 2] - 1;
    }

    private ByteBuffer hash(ByteBuffer key) {
        sha256.update(key.duplicate());
        return ByteBuffer.wrap(sha256.digest());
    }

    /** Where the key is, or would be. */
    private int find(long high, long low) {
        int slot = (int) Long.remainderUnsigned(high, slotCount);
        while (true) {
            int at = slot * LONGS;
            if (slots[at + 2] == 0 || (slots[at] == high && slots[at + 1] == low)) return at;
            slot = slot + 1 == slotCount ? 0 : slot + 1;
        }
    }
}
