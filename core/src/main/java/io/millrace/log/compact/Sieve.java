package io.millrace.log.compact;

import io.millrace.record.BatchRewrite;
import io.millrace.record.RecordBatch;
import io.millrace.record.RecordIterator;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is left of one batch after another. A record goes if a later one has its key, or if it is a tombstone (has no
 * value) whose time is over. That time begins with the first compaction that sees the tombstone, and stands in its batch
 * (KIP-534). Untouched are: what the map does not know yet, records without key, batches of transactions, control batches.
 */
public final class Sieve {
    private final KeyMap last;
    private final Set<Long> anchors;
    private final long now;
    private final long tombstoneMillis;
    private final long maxUnpackedBytes;

    /**
     * @param last the last offset of each key, as far as it goes; all before its first offset was compacted earlier
     * @param anchors base offsets of batches that stay, if only as headers
     * @param now the time of the log, in milliseconds
     * @param tombstoneMillis how long tombstones stay
     */
    public Sieve(KeyMap last, Set<Long> anchors, long now, long tombstoneMillis, long maxUnpackedBytes) {
        this.last = last;
        this.anchors = anchors;
        this.now = now;
        this.tombstoneMillis = tombstoneMillis;
        this.maxUnpackedBytes = maxUnpackedBytes;
    }

    /** What is left: the batch as it is, another one in its place, or null if nothing need stay. */
    public @Nullable ByteBuffer sift(RecordBatch batch) {
        if (batch.isControl() || batch.isTransactional() || batch.baseOffset() >= last.end()) return batch.bytes();
        if (batch.count() == 0) return anchors.contains(batch.baseOffset()) ? batch.bytes() : null;
        var kept = new BitSet(batch.count());
        boolean tombstones = false;
        int count = 0;
        try (var records = batch.records(maxUnpackedBytes)) {
            for (; records.next(); count++) {
                if (!stays(records, batch)) continue;
                kept.set(count);
                tombstones |= records.valueSize() < 0 && records.keySize() >= 0;
            }
        }
        if (kept.isEmpty()) return anchors.contains(batch.baseOffset()) ? BatchRewrite.emptied(batch) : null;
        // Only a batch whose older neighbours have been seen as a whole: else a tombstone might go before what it
        // deletes.
        boolean first = tombstones && !batch.hasDeleteHorizon() && batch.nextOffset() <= last.end();
        if (kept.cardinality() == count && !first) return batch.bytes();
        return BatchRewrite.keeping(batch, kept, first ? now + tombstoneMillis : -1, maxUnpackedBytes);
    }

    private boolean stays(RecordIterator record, RecordBatch batch) {
        var key = record.key();
        if (key == null || record.offset() >= last.end()) return true;
        if (last.last(key) > record.offset()) return false;
        boolean over = record.valueSize() < 0 && batch.hasDeleteHorizon() && batch.deleteHorizon() <= now;
        return !over;
    }
}
