package io.millrace.record;

import static io.millrace.model.Refusal.CORRUPT_BATCH;
import static io.millrace.model.Refusal.INVALID_RECORD;
import static io.millrace.model.Refusal.RECORD_TOO_LARGE;
import static io.millrace.model.Refusal.UNSUPPORTED_COMPRESSION;
import static io.millrace.record.Forgery.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.millrace.model.MillraceException;
import io.millrace.model.Refusal;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class BatchCheckTest {
    private static final long NOW = 1_700_000_000_000L;
    private static final long YEAR_9999 = 253_370_764_800_000L;

    private final BatchCheck check = BatchCheck.upTo(1 << 20);

    @Test
    void aCompleteBatchIsTaken() {
        var batch = check.check(three(), NOW);
        assertThat(batch.count()).isEqualTo(3);
        assertThat(batch.maxTimestamp()).isEqualTo(NOW);
    }

    @Test
    void aBatchInTheMidstOfABufferIsTaken() {
        var batch = three();
        var wide = ByteBuffer.allocateDirect(batch.remaining() + 20).position(9).put(batch.duplicate());
        wide.flip().position(9);
        assertThat(check.check(wide, NOW).bytes()).isEqualTo(batch);
        assertThat(wide.position()).isEqualTo(9);
    }

    @Test
    void damagedBytesAreToldFromMistakes() {
        var flipped = three();
        flipped.put(flipped.limit() - 1, (byte) (flipped.get(flipped.limit() - 1) ^ 4));
        refused(flipped, CORRUPT_BATCH, "CRC32C");
        refused(three().limit(three().limit() - 1), CORRUPT_BATCH, "length");
        refused(three().limit(60), CORRUPT_BATCH, "at least 61 bytes, this has 60");
        refused(ByteBuffer.allocate(0), CORRUPT_BATCH, "this has 0");
        for (int length : new int[] {0, -1, 48, Integer.MIN_VALUE, Integer.MAX_VALUE, 1 << 20})
            refused(three().putInt(8, length), CORRUPT_BATCH, "length");
    }

    @Test
    void thereIsExactlyOneBatch() {
        var two = ByteBuffer.allocate(2 * three().limit())
                .put(three())
                .put(three())
                .flip();
        refused(two, INVALID_RECORD, "exactly one batch");
        refused(ByteBuffer.allocate(three().limit() + 1).put(three()).rewind(), INVALID_RECORD, "exactly one batch");
    }

    @Test
    void otherFormatsAreRefused() {
        for (int magic : new int[] {0, 1, 3, -1, 127})
            refused(three().put(16, (byte) magic), INVALID_RECORD, "magic " + magic);
    }

    @Test
    void theBaseOffsetOfAProducerIsZero() {
        refused(three().putLong(0, 1), INVALID_RECORD, "base offset is 1");
        refused(three().putLong(0, -1), INVALID_RECORD, "base offset is -1");
    }

    @Test
    void countAndLastOffsetAgree() {
        for (int count : new int[] {0, -1, Integer.MIN_VALUE})
            refused(change(b -> b.putInt(57, count)), INVALID_RECORD, "claims " + count + " records");
        refused(change(b -> b.putInt(57, Integer.MAX_VALUE)), RECORD_TOO_LARGE, "2147483647 records");
        refused(change(b -> b.putInt(57, 4)), INVALID_RECORD, "last offset delta is 2 in a batch of 4");
        refused(change(b -> b.putInt(23, 1)), INVALID_RECORD, "last offset delta is 1 in a batch of 3");
        refused(change(b -> b.putInt(23, -1)), INVALID_RECORD, "last offset delta is -1");
        refused(change(b -> b.putInt(57, 4).putInt(23, 3)), INVALID_RECORD, "midst of a record");
        refused(change(b -> b.putInt(57, 2).putInt(23, 1)), INVALID_RECORD, "bytes follow the last of 2 records");
        refused(
                Forgery.change(three(), b -> b.putInt(57, 5).putInt(23, 4)),
                new BatchCheck(1 << 20, 4, 1 << 20, 10),
                RECORD_TOO_LARGE,
                "claims 5 records, the limit is 4");
    }

    @Test
    void attributesThatAClientMayNotSetAreRefused() {
        refused(change(b -> b.putShort(21, (short) 0x08)), INVALID_RECORD, "log append time");
        refused(change(b -> b.putShort(21, (short) 0x20)), INVALID_RECORD, "control batches");
        refused(change(b -> b.putShort(21, (short) 0x10)), INVALID_RECORD, "transactional batch needs a producer");
        for (int bit = 6; bit < 16; bit++) {
            short attributes = (short) (1 << bit);
            refused(change(b -> b.putShort(21, attributes)), INVALID_RECORD, "reserved bits");
        }
        for (int codec = 5; codec < 8; codec++) {
            short attributes = (short) codec;
            refused(change(b -> b.putShort(21, attributes)), UNSUPPORTED_COMPRESSION, "codec " + codec);
        }
    }

    @Test
    void aProducerIsCompleteOrAbsent() {
        refused(change(b -> b.putLong(43, 7)), INVALID_RECORD, "producer 7 has epoch -1 and sequence -1");
        refused(change(b -> b.putLong(43, 7).putShort(51, (short) 0)), INVALID_RECORD, "sequence -1");
        refused(change(b -> b.putLong(43, 7).putInt(53, 0)), INVALID_RECORD, "epoch -1");
        refused(change(b -> b.putLong(43, -2)), INVALID_RECORD, "producer id is -2");
        var whole = change(b -> b.putLong(43, 7).putShort(51, (short) 0).putInt(53, Integer.MAX_VALUE));
        assertThat(check.check(whole, NOW).lastSequence()).isEqualTo(1);
    }

    @Test
    void timestampsAreMinusOneOrFromZeroToTheLatestAllowed() {
        assertThat(check.check(at(-1), NOW).maxTimestamp()).isEqualTo(-1);
        assertThat(check.check(at(0), NOW).maxTimestamp()).isZero();
        refused(at(YEAR_9999), INVALID_RECORD, "timestamp " + YEAR_9999 + ", -1 to " + NOW);
        refused(change(b -> b.putLong(27, Long.MIN_VALUE)), INVALID_RECORD, "timestamp");
        refused(change(b -> b.putLong(27, Long.MAX_VALUE)), INVALID_RECORD, "timestamp");
        refused(at(-2), INVALID_RECORD, "timestamp -2");
    }

    @Test
    void theLargestTimestampIsPutRightAsKafkaDoes() {
        var batch = check.check(change(b -> b.putLong(35, 0)), NOW);
        assertThat(batch.maxTimestamp()).isEqualTo(NOW);
        assertThat(batch.isValid()).isTrue();
    }

    @Test
    void aRecordIsWhatItsSizesSay() {
        taken(bytes(12, 0, 0, 0, 1, 1, 0));
        refused(bytes(10, 0, 0, 0, 1, 1), INVALID_RECORD, "claims 5 bytes, the smallest");
        refused(bytes(1, 0, 0, 0, 1, 1, 0), INVALID_RECORD, "claims -1 bytes");
        refused(bytes(0, 0, 0, 0, 1, 1, 0), INVALID_RECORD, "claims 0 bytes");
        refused(bytes(14, 0, 0, 0, 1, 1, 0), INVALID_RECORD, "claims 7 bytes, the batch has 6 left");
        refused(bytes(12, 0, 0, 0, 1, 1, 0, 0), INVALID_RECORD, "bytes follow");
        refused(bytes(14, 0, 0, 0, 1, 1, 0, 0), INVALID_RECORD, "does not end where its size");
        refused(bytes(12, 0, 0, 2, 1, 1, 0), INVALID_RECORD, "offset delta 1");
        refused(bytes(12, 0, 0, 1, 1, 1, 0), INVALID_RECORD, "offset delta -1");
        refused(bytes(12, 0, 0, 0, 3, 1, 0), INVALID_RECORD, "the key claims -2 bytes");
        refused(bytes(12, 0, 0, 0, 1, 3, 0), INVALID_RECORD, "the value claims -2 bytes");
        refused(bytes(12, 0, 0, 0, 1, 4, 0), INVALID_RECORD, "the value claims 2 bytes, where 1 are left");
        refused(bytes(20, 0, 0, 0, 1, 0xfe, 0xff, 0xff, 0xff, 0x0f, 0), INVALID_RECORD, "the value claims 2147483647");
        refused(bytes(22, 0, 0, 0, 1, 0xfe, 0xff, 0xff, 0xff, 0xff, 0x0f, 0), INVALID_RECORD, "more than 5 bytes");
        refused(
                bytes(30, 0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1, 0, 0, 0),
                INVALID_RECORD,
                "more than 10 bytes");
        refused(bytes(0xfe, 0xff, 0xff, 0xff, 0x0f), INVALID_RECORD, "claims 2147483647 bytes");
        refused(bytes(0x80), INVALID_RECORD, "midst of a record");
        refused(bytes(), INVALID_RECORD, "midst of a record");
    }

    @Test
    void headersAreCountedAndMeasured() {
        taken(bytes(16, 0, 0, 0, 1, 1, 2, 0, 1));
        refused(bytes(16, 0, 0, 0, 1, 1, 4, 0, 1), INVALID_RECORD, "claims 2 headers, with 2 bytes left");
        refused(bytes(16, 0, 0, 0, 1, 1, 1, 0, 1), INVALID_RECORD, "claims -1 headers");
        refused(bytes(16, 0, 0, 0, 1, 1, 2, 1, 1), INVALID_RECORD, "a header name claims -1 bytes");
        refused(bytes(16, 0, 0, 0, 1, 1, 2, 0, 3), INVALID_RECORD, "a header value claims -2 bytes");
        refused(bytes(16, 0, 0, 0, 1, 1, 2, 0, 2), INVALID_RECORD, "a header value claims 1 bytes, where 0 are left");
        refused(
                bytes(20, 0, 0, 0, 1, 1, 0xfe, 0xff, 0xff, 0xff, 0x0f),
                INVALID_RECORD,
                "claims 2147483647 headers, with 0 bytes left");
        refused(
                Forgery.around(0, 1, bytes(20, 0, 0, 0, 1, 1, 4, 0, 1, 0, 1)),
                new BatchCheck(1 << 20, 4, 1 << 20, 1),
                INVALID_RECORD,
                "has 2 headers, the limit is 1");
    }

    @Test
    void aBatchOverTheLimitIsRefused() {
        refused(three(), BatchCheck.upTo(80), RECORD_TOO_LARGE, "the limit is 80");
    }

    private static ByteBuffer three() {
        return new RecordBatchBuilder()
                .append(NOW - 2, null, bytes(1, 2, 3))
                .append(NOW, bytes(4), null)
                .append(NOW - 1, null, null)
                .build();
    }

    private static ByteBuffer change(Consumer<ByteBuffer> change) {
        return Forgery.change(three(), change);
    }

    private static ByteBuffer at(long timestamp) {
        return Forgery.change(new RecordBatchBuilder().append(0, null, null).build(), b -> b.putLong(27, timestamp)
                .putLong(35, timestamp));
    }

    private void taken(byte[] record) {
        assertThat(check.check(Forgery.around(0, 1, record), NOW).count()).isEqualTo(1);
    }

    private void refused(byte[] records, Refusal refusal, String detail) {
        refused(Forgery.around(0, 1, records), refusal, detail);
    }

    private void refused(ByteBuffer batch, Refusal refusal, String detail) {
        refused(batch, check, refusal, detail);
    }

    private static void refused(ByteBuffer batch, BatchCheck check, Refusal refusal, String detail) {
        var thrown = catchThrowableOfType(MillraceException.class, () -> check.check(batch, NOW));
        assertThat(thrown).isNotNull().hasMessageContaining(detail);
        assertThat(thrown.refusal()).isEqualTo(refusal);
    }
}
