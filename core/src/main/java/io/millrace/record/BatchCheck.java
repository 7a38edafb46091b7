package io.millrace.record;

import static io.millrace.model.Refusal.CORRUPT_BATCH;
import static io.millrace.model.Refusal.INVALID_RECORD;
import static io.millrace.model.Refusal.RECORD_TOO_LARGE;

import io.millrace.model.MillraceException;
import java.nio.ByteBuffer;

/**
 * Decides whether a batch that a client sent may be stored as it is. Everything is looked at, down to the headers of
 * each record, because whatever is stored will be parsed by every consumer. A batch is taken or refused as a whole.
 *
 * <p>Records that are not compressed are read in place; others are unpacked once, through a window of 64 KiB, and no
 * further than the limit.
 *
 * @param maxBatchBytes the largest batch, as it is stored
 * @param maxRecords the most records in a batch
 * @param maxUnpackedBytes the most that compressed records may unpack to
 * @param maxHeaders the most headers of one record
 */
public record BatchCheck(int maxBatchBytes, int maxRecords, long maxUnpackedBytes, int maxHeaders) {
    private static final int MOST_RECORDS = 1_000_000;
    private static final int MOST_HEADERS = 10_000;
    private static final long MOST_UNPACKED_BYTES = 64 << 20;

    private static final int KNOWN_ATTRIBUTES = RecordBatch.COMPRESSION_MASK
            | RecordBatch.LOG_APPEND_TIME
            | RecordBatch.TRANSACTIONAL
            | RecordBatch.CONTROL;

    public BatchCheck {
        if (maxBatchBytes < RecordBatch.HEADER_BYTES)
            throw new IllegalArgumentException("maxBatchBytes " + maxBatchBytes);
        if (maxRecords < 1) throw new IllegalArgumentException("maxRecords " + maxRecords);
        if (maxUnpackedBytes < 1) throw new IllegalArgumentException("maxUnpackedBytes " + maxUnpackedBytes);
        if (maxHeaders < 0) throw new IllegalArgumentException("maxHeaders " + maxHeaders);
    }

    /** The limits that go with a topic's largest batch: ten times as much unpacked, but no more than 64 MiB. */
    public static BatchCheck upTo(int maxBatchBytes) {
        return new BatchCheck(
                maxBatchBytes, MOST_RECORDS, Math.min(10L * maxBatchBytes, MOST_UNPACKED_BYTES), MOST_HEADERS);
    }

    /**
     * The batch that fills {@code bytes} from position to limit, if it may be stored. Its base offset is 0, for the
     * broker to replace. A timestamp is {@link RecordBatch#NO_TIMESTAMP} or 0 or later, up to {@code latestTimestamp}.
     * The one thing that is put right in place, so that the bytes must be writable, and not refused is a largest timestamp that is not the largest.
     *
     * @return a view of the batch
     * @throws MillraceException with CORRUPT_BATCH where bytes were damaged on the way, INVALID_RECORD where the
     *     producer made a mistake, RECORD_TOO_LARGE, or UNSUPPORTED_COMPRESSION
     */
    public RecordBatch check(ByteBuffer bytes, long latestTimestamp) {
        var batch = checkFrame(bytes);
        checkHeader(batch);
        checkProducer(batch);
        checkRecords(batch, latestTimestamp);
        return batch;
    }

    private RecordBatch checkFrame(ByteBuffer bytes) {
        int there = bytes.remaining();
        if (there > maxBatchBytes)
            throw RECORD_TOO_LARGE.because("the batch has " + there + " bytes, the limit is " + maxBatchBytes);
        if (there < RecordBatch.HEADER_BYTES)
            throw CORRUPT_BATCH.because(
                    "a batch has at least " + RecordBatch.HEADER_BYTES + " bytes, this has " + there);
        var batch = RecordBatch.of(bytes);
        if (batch.magic() != RecordBatch.MAGIC)
            throw INVALID_RECORD.because("the batch has magic " + batch.magic() + ", only 2 is supported");
        int claimed = RecordBatch.sizeAt(bytes, bytes.position());
        if (claimed != there)
            throw (claimed > 0 && claimed < there ? INVALID_RECORD : CORRUPT_BATCH)
                    .because("the length of the batch is " + batch.claimedLength() + ", exactly one batch of length "
                            + (there - RecordBatch.LENGTH_PREFIX_BYTES) + " is expected");
        if (batch.crc() != batch.computeCrc())
            throw CORRUPT_BATCH.because("the CRC32C of the batch is " + Integer.toHexString(batch.computeCrc())
                    + ", not " + Integer.toHexString(batch.crc()) + " as it says");
        return batch;
    }

    private void checkHeader(RecordBatch batch) {
        if (batch.baseOffset() != 0)
            throw INVALID_RECORD.because(
                    "the base offset is " + batch.baseOffset() + ", 0 is expected from a producer");
        int count = batch.count();
        if (count < 1) throw INVALID_RECORD.because("the batch claims " + count + " records, the least is 1");
        if (count > maxRecords)
            throw RECORD_TOO_LARGE.because("the batch claims " + count + " records, the limit is " + maxRecords);
        if (batch.lastOffsetDelta() != count - 1)
            throw INVALID_RECORD.because(
                    "the last offset delta is " + batch.lastOffsetDelta() + " in a batch of " + count + " records");
        int attributes = batch.attributes() & 0xffff;
        if ((attributes & ~KNOWN_ATTRIBUTES) != 0)
            throw INVALID_RECORD.because("attributes 0x" + Integer.toHexString(attributes) + " have reserved bits");
        if (batch.isControl()) throw INVALID_RECORD.because("control batches are written by brokers only");
        if (batch.isLogAppendTime())
            throw INVALID_RECORD.because("timestamps of type log append time are given by brokers only");
    }

    private static void checkProducer(RecordBatch batch) {
        if (batch.producerId() < RecordBatch.NO_PRODUCER_ID)
            throw INVALID_RECORD.because("the producer id is " + batch.producerId());
        if (batch.hasProducerId() && (batch.producerEpoch() < 0 || batch.baseSequence() < 0))
            throw INVALID_RECORD.because("producer " + batch.producerId() + " has epoch " + batch.producerEpoch()
                    + " and sequence " + batch.baseSequence() + ", both must be 0 or more");
        if (batch.isTransactional() && !batch.hasProducerId())
            throw INVALID_RECORD.because("a transactional batch needs a producer id");
    }

    private void checkRecords(RecordBatch batch, long latestTimestamp) {
        long largest = Long.MIN_VALUE;
        try (var records = RecordIterator.verifying(batch, maxUnpackedBytes, maxHeaders)) {
            for (int expected = 0; records.nextVerified(); expected++) {
                if (records.offsetDelta() != expected)
                    throw INVALID_RECORD.because("record " + expected + " has offset delta " + records.offsetDelta());
                long timestamp = records.timestamp();
                if (timestamp < RecordBatch.NO_TIMESTAMP || timestamp > latestTimestamp)
                    throw INVALID_RECORD.because("record " + expected + " has timestamp " + timestamp + ", -1 to "
                            + latestTimestamp + " is allowed");
                largest = Math.max(largest, timestamp);
            }
        }
        // Some producers leave it empty; Kafka puts it right too, and time indexes rely on it.
        if (batch.maxTimestamp() != largest) batch.stampMaxTimestamp(largest);
    }
}
