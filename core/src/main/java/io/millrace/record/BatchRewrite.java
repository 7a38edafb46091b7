package io.millrace.record;

import java.nio.ByteBuffer;
import java.util.BitSet;

/**
 * What compaction leaves of stored batches. Base offset, last offset delta, leader epoch, producer, sequence and flags
 * stay as they are; so do the offsets of the records that are left.
 */
public final class BatchRewrite {
    private BatchRewrite() {}

    /**
     * A batch with some of the records of another one, compressed in the same way.
     *
     * @param kept which records stay, by their place in the batch; at least one
     * @param horizon from when on tombstones in it may go, in milliseconds; -1 leaves that as it is
     * @param maxUnpackedBytes the most that compressed records may unpack to
     */
    public static ByteBuffer keeping(RecordBatch batch, BitSet kept, long horizon, long maxUnpackedBytes) {
        long baseTimestamp = horizon < 0 ? batch.baseTimestamp() : horizon;
        int attributes = batch.attributes() | (horizon < 0 ? 0 : RecordBatch.DELETE_HORIZON);
        var builder = new RecordBatchBuilder(batch.compression(), batch.sizeInBytes());
        try (var records = batch.records(maxUnpackedBytes)) {
            for (int n = 0; records.next(); n++) if (kept.get(n)) builder.copy(records, baseTimestamp);
        }
        long maxTimestamp = batch.isLogAppendTime() ? batch.maxTimestamp() : builder.maxTimestamp();
        int count = builder.count();
        return withHeader(builder.buildWithoutHeader(), batch, attributes, baseTimestamp, maxTimestamp, count);
    }

    /** A batch of which nothing but the header is left, for what the header says of its producer. */
    public static ByteBuffer emptied(RecordBatch batch) {
        int attributes = batch.attributes() & ~(RecordBatch.COMPRESSION_MASK | RecordBatch.DELETE_HORIZON);
        var bytes = ByteBuffer.allocate(RecordBatch.HEADER_BYTES);
        return withHeader(bytes, batch, attributes, RecordBatch.NO_TIMESTAMP, batch.maxTimestamp(), 0);
    }

    /** A batch without records that stands for the offsets from {@code base} to {@code next}, of one leader epoch. */
    public static ByteBuffer hole(long base, long next, int leaderEpoch) {
        var bytes = ByteBuffer.allocate(RecordBatch.HEADER_BYTES);
        bytes.putLong(0, base)
                .putInt(RecordBatch.LEADER_EPOCH, leaderEpoch)
                .putInt(RecordBatch.LAST_OFFSET_DELTA, Math.toIntExact(next - 1 - base))
                .putLong(RecordBatch.PRODUCER_ID, RecordBatch.NO_PRODUCER_ID)
                .putShort(RecordBatch.PRODUCER_EPOCH, RecordBatch.NO_PRODUCER_EPOCH)
                .putInt(RecordBatch.BASE_SEQUENCE, RecordBatch.NO_SEQUENCE);
        return finished(bytes, 0, RecordBatch.NO_TIMESTAMP, RecordBatch.NO_TIMESTAMP, 0);
    }

    private static ByteBuffer withHeader(
            ByteBuffer bytes, RecordBatch like, int attributes, long baseTimestamp, long maxTimestamp, int count) {
        bytes.putLong(0, like.baseOffset())
                .putInt(RecordBatch.LEADER_EPOCH, like.leaderEpoch())
                .putInt(RecordBatch.LAST_OFFSET_DELTA, like.lastOffsetDelta())
                .putLong(RecordBatch.PRODUCER_ID, like.producerId())
                .putShort(RecordBatch.PRODUCER_EPOCH, like.producerEpoch())
                .putInt(RecordBatch.BASE_SEQUENCE, like.baseSequence());
        return finished(bytes, attributes, baseTimestamp, maxTimestamp, count);
    }

    private static ByteBuffer finished(
            ByteBuffer bytes, int attributes, long baseTimestamp, long maxTimestamp, int count) {
        bytes.putInt(RecordBatch.LENGTH, bytes.limit() - RecordBatch.LENGTH_PREFIX_BYTES)
                .put(RecordBatch.MAGIC_BYTE, RecordBatch.MAGIC)
                .putShort(RecordBatch.ATTRIBUTES, (short) attributes)
                .putLong(RecordBatch.BASE_TIMESTAMP, baseTimestamp)
                .putLong(RecordBatch.MAX_TIMESTAMP, maxTimestamp)
                .putInt(RecordBatch.COUNT, count);
        bytes.putInt(RecordBatch.CRC, RecordBatch.of(bytes).computeCrc());
        return bytes;
    }
}
