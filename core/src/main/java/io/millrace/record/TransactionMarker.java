package io.millrace.record;

import static io.millrace.model.Refusal.INVALID_RECORD;

import java.nio.ByteBuffer;

/**
 * What the one record of a control batch says: how a transaction of its producer ended in this partition.
 *
 * @param committed true for commit, false for abort
 * @param coordinatorEpoch which reign of the transaction coordinator wrote it
 */
public record TransactionMarker(boolean committed, int coordinatorEpoch) {
    private static final short VERSION = 0;
    private static final short ABORT = 0;
    private static final short COMMIT = 1;
    private static final int KEY_BYTES = 4;
    private static final int VALUE_BYTES = 6;

    /** A finished control batch, with base offset 0. */
    public ByteBuffer toBatch(long timestamp, long producerId, short producerEpoch) {
        if (producerId < 0 || producerEpoch < 0)
            throw INVALID_RECORD.because("producer " + producerId + "/" + producerEpoch + " is negative");
        var key = ByteBuffer.allocate(KEY_BYTES).putShort(VERSION).putShort(committed ? COMMIT : ABORT);
        var value = ByteBuffer.allocate(VALUE_BYTES).putShort(VERSION).putInt(coordinatorEpoch);
        return RecordBatchBuilder.control(timestamp, producerId, producerEpoch, key.flip(), value.flip());
    }

    /** Reads a batch for which {@link RecordBatch#isControl} holds; anything but an end of a transaction is refused. */
    public static TransactionMarker of(RecordBatch batch) {
        if (!batch.isControl() || batch.compressionId() != 0)
            throw INVALID_RECORD.because(batch + " is not a control batch");
        try (var records = batch.records(0)) {
            if (!records.next()) throw INVALID_RECORD.because(batch + " is empty");
            var key = records.key();
            var value = records.value();
            if (key == null || key.remaining() < KEY_BYTES || value == null || value.remaining() < VALUE_BYTES)
                throw INVALID_RECORD.because(batch + " holds no end of a transaction");
            short type = key.getShort(2);
            if (type != ABORT && type != COMMIT)
                throw INVALID_RECORD.because(
                        batch + " has the control type " + type + ", 0 (abort) or 1 (commit) expected");
            return new TransactionMarker(type == COMMIT, value.getInt(2));
        }
    }
}
