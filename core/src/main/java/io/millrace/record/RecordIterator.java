package io.millrace.record;

import static io.millrace.model.Refusal.CORRUPT_BATCH;
import static io.millrace.model.Refusal.INVALID_RECORD;
import static io.millrace.model.Refusal.RECORD_TOO_LARGE;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.model.MillraceException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Walks the records of one batch. {@link #next} goes to the next record and makes no objects; the other methods tell of
 * the record it went to, and {@link #key}, {@link #value} and {@link #headers} make slices that stay valid while the
 * walk goes on.
 *
 * <pre>{@code
 * try (var records = batch.records(cap)) {
 *     while (records.next()) use(records.offset(), records.value());
 * }
 * }</pre>
 *
 * <p>Bytes that are not a batch end in a {@link MillraceException} with INVALID_RECORD, CORRUPT_BATCH,
 * RECORD_TOO_LARGE or UNSUPPORTED_COMPRESSION, never in another exception.
 */
public final class RecordIterator implements AutoCloseable {
    /** A record without key, value and headers, whose numbers are small. */
    static final int SMALLEST_RECORD = 7;

    private final RecordSource source;
    private final int maxHeaders;
    private final int count;
    private final long baseOffset;
    private final long baseTimestamp;
    private final long appendTime;
    private final boolean isLogAppendTime;

    private int index = -1;
    private int size;
    private long timestampDelta;
    private int offsetDelta;
    private int keyAt;
    private int keySize;
    private int valueAt;
    private int valueSize;
    private int headersAt;
    private int end;

    private RecordIterator(RecordBatch batch, RecordSource source, int maxHeaders) {
        this.source = source;
        this.maxHeaders = maxHeaders;
        this.count = batch.count();
        this.baseOffset = batch.baseOffset();
        this.baseTimestamp = batch.baseTimestamp();
        this.isLogAppendTime = batch.isLogAppendTime();
        this.appendTime = batch.maxTimestamp();
    }

    /** To read keys, values and headers. */
    static RecordIterator reading(RecordBatch batch, long maxUnpackedBytes) {
        return new RecordIterator(batch, open(batch, maxUnpackedBytes, true), Integer.MAX_VALUE);
    }

    /** To verify only: {@link #nextVerified} keeps nothing of what it has passed. */
    static RecordIterator verifying(RecordBatch batch, long maxUnpackedBytes, int maxHeaders) {
        return new RecordIterator(batch, open(batch, maxUnpackedBytes, false), maxHeaders);
    }

    private static RecordSource open(RecordBatch batch, long maxUnpackedBytes, boolean keep) {
        if (!batch.isWhole()) throw CORRUPT_BATCH.because("the batch is shorter than its length field says");
        if (batch.magic() != RecordBatch.MAGIC)
            throw CORRUPT_BATCH.because("the batch has magic " + batch.magic() + ", only 2 is supported");
        if (batch.count() < 0) throw INVALID_RECORD.because("the batch claims " + batch.count() + " records");
        return RecordSource.of(batch.compression(), batch.encodedRecords(), maxUnpackedBytes, keep);
    }

    /** Goes to the next record; false behind the last one, which must be where the bytes of the batch end. */
    public boolean next() {
        if (!begin()) return false;
        source.gather(size);
        long endsAt = source.consumed() + size;
        readFields(endsAt);
        if (source.consumed() >= endsAt) throw overrun();
        headersAt = source.at();
        end = headersAt + (int) (endsAt - source.consumed());
        source.moveTo(end);
        return true;
    }

    /** Like {@link #next}, looks at the headers too, and the record can only be asked for its numbers and sizes. */
    boolean nextVerified() {
        if (!begin()) return false;
        long endsAt = source.consumed() + size;
        readFields(endsAt);
        int headers = readHeaderCount(endsAt);
        for (int n = 0; n < headers; n++) {
            skip(readSize("a header name", 0, endsAt));
            skip(readSize("a header value", -1, endsAt));
        }
        if (source.consumed() != endsAt) throw overrun();
        return true;
    }

    private boolean begin() {
        if (index + 1 >= count) {
            if (index < count) {
                index = count;
                if (!source.isExhausted())
                    throw INVALID_RECORD.because("bytes follow the last of " + count + " records, at byte "
                            + source.consumed() + " of the records");
                source.close();
            }
            return false;
        }
        index++;
        size = source.varint();
        if (size < SMALLEST_RECORD - 1 || size > source.left()) throw impossibleSize();
        return true;
    }

    private void readFields(long endsAt) {
        source.next();
        timestampDelta = source.varlong();
        offsetDelta = source.varint();
        keySize = readSize("the key", -1, endsAt);
        keyAt = source.at();
        skip(keySize);
        valueSize = readSize("the value", -1, endsAt);
        valueAt = source.at();
        skip(valueSize);
    }

    private void skip(int bytes) {
        if (bytes > 0) source.skip(bytes);
    }

    private int readSize(String of, int least, long endsAt) {
        int bytes = source.varint();
        if (bytes < least || bytes > endsAt - source.consumed())
            throw INVALID_RECORD.because("record " + index + ": " + of + " claims " + bytes + " bytes, where "
                    + (endsAt - source.consumed()) + " are left");
        return bytes;
    }

    private int readHeaderCount(long endsAt) {
        int headers = source.varint();
        // The smallest header has two bytes.
        if (headers < 0 || headers > (endsAt - source.consumed()) / 2)
            throw INVALID_RECORD.because("record " + index + " claims " + headers + " headers, with "
                    + (endsAt - source.consumed()) + " bytes left");
        if (headers > maxHeaders)
            throw INVALID_RECORD.because(
                    "record " + index + " has " + headers + " headers, the limit is " + maxHeaders);
        return headers;
    }

    private MillraceException impossibleSize() {
        String claim = "record " + index + " claims " + size + " bytes, ";
        if (size < SMALLEST_RECORD - 1)
            return INVALID_RECORD.because(claim + "the smallest record has " + (SMALLEST_RECORD - 1));
        return source.isCompressed()
                ? RECORD_TOO_LARGE.because(
                        claim + "the unpacking limit of " + source.cap() + " bytes leaves " + source.left())
                : INVALID_RECORD.because(claim + "the batch has " + source.left() + " left");
    }

    private MillraceException overrun() {
        return INVALID_RECORD.because("record " + index + " does not end where its size of " + size + " bytes says");
    }

    /** How many records the batch claims to hold. */
    public int count() {
        return count;
    }

    public long offset() {
        return baseOffset + offsetDelta;
    }

    int offsetDelta() {
        return offsetDelta;
    }

    /** The time that the producer gave, also where the broker gave another. */
    long producerTimestamp() {
        return baseTimestamp + timestampDelta;
    }

    /** Milliseconds since 1970, or {@link RecordBatch#NO_TIMESTAMP}. */
    public long timestamp() {
        return isLogAppendTime ? appendTime : baseTimestamp + timestampDelta;
    }

    /** Bytes of the key, -1 where there is none. */
    public int keySize() {
        return keySize;
    }

    public @Nullable ByteBuffer key() {
        return keySize < 0 ? null : source.window().slice(keyAt, keySize);
    }

    /** Bytes of the value, -1 where there is none. */
    public int valueSize() {
        return valueSize;
    }

    public @Nullable ByteBuffer value() {
        return valueSize < 0 ? null : source.window().slice(valueAt, valueSize);
    }

    /** The headers, decoded by each call. */
    public List<RecordHeader> headers() {
        var window = source.window();
        if (window.get(headersAt) == 0 && headersAt + 1 == end) return List.of();
        source.moveTo(headersAt);
        long endsAt = source.consumed() + (end - headersAt);
        int claimed = readHeaderCount(endsAt);
        var headers = new ArrayList<RecordHeader>(claimed);
        for (int n = 0; n < claimed; n++) {
            int nameSize = readSize("a header name", 0, endsAt);
            var name = UTF_8.decode(window.slice(source.at(), nameSize)).toString();
            skip(nameSize);
            int bytes = readSize("a header value", -1, endsAt);
            headers.add(new RecordHeader(name, bytes < 0 ? null : window.slice(source.at(), bytes)));
            skip(bytes);
        }
        if (source.at() != end) throw overrun();
        return headers;
    }

    /** The number of headers and the headers, encoded as they are. */
    ByteBuffer encodedHeaders() {
        return source.window().slice(headersAt, end - headersAt);
    }

    /** The record as a value of its own. */
    public RecordView view() {
        return new RecordView(offset(), timestamp(), key(), value(), headers());
    }

    /** Lets go of what unpacking holds. Harmless when done twice; the slices given out stay valid. */
    @Override
    public void close() {
        source.close();
    }
}
