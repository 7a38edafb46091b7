package io.millrace.record;

import static io.millrace.model.Refusal.INVALID_RECORD;
import static io.millrace.model.Refusal.RECORD_TOO_LARGE;
import static io.millrace.record.RecordBatch.HEADER_BYTES;
import static io.millrace.record.RecordBatch.NO_PRODUCER_EPOCH;
import static io.millrace.record.RecordBatch.NO_PRODUCER_ID;
import static io.millrace.record.RecordBatch.NO_SEQUENCE;
import static io.millrace.record.RecordBatch.NO_TIMESTAMP;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes record batches. A payload is copied once, to its place in the finished batch; compression happens in
 * {@link #build}. One builder makes any number of batches: {@link #reset} begins the next one, which keeps the
 * compression and nothing else.
 *
 * <p>Invariant: {@code bytes[HEADER_BYTES, size)} are {@code count} encoded records.
 */
public final class RecordBatchBuilder {
    private static final int FIRST_CAPACITY = 1024;
    /** What a record has beside key, value and headers at most: size, attributes, two deltas, three sizes. */
    private static final int MOST_OVERHEAD = 5 + 1 + 10 + 5 + 5 + 5 + 5;

    private static final byte[][] NO_NAMES = new byte[0][];
    private static final int MOST_BYTES = Integer.MAX_VALUE - 64;

    private final Compression compression;
    private byte[] bytes;
    private int size;
    private int count;
    private long baseTimestamp;
    private long maxTimestamp;
    private long producerId;
    private short producerEpoch;
    private int baseSequence;
    private int flags;

    public RecordBatchBuilder() {
        this(Compression.NONE, FIRST_CAPACITY);
    }

    /** Refuses with UNSUPPORTED_COMPRESSION where the jar of the codec is missing. */
    public RecordBatchBuilder(Compression compression) {
        this(compression, FIRST_CAPACITY);
    }

    /**
     * @param capacity the memory to begin with, in bytes; right when it is what the finished batch takes without
     *     compression
     */
    public RecordBatchBuilder(Compression compression, int capacity) {
        compression.require();
        this.compression = compression;
        this.bytes = new byte[Math.max(capacity, HEADER_BYTES)];
        clear();
    }

    /** Begins another batch, with a little more memory than the last one took; what was built stays untouched. */
    public RecordBatchBuilder reset() {
        bytes = new byte[(int) Math.min(size + size / 8L + FIRST_CAPACITY, MOST_BYTES)];
        clear();
        return this;
    }

    private void clear() {
        size = HEADER_BYTES;
        count = 0;
        baseTimestamp = NO_TIMESTAMP;
        maxTimestamp = NO_TIMESTAMP;
        producerId = NO_PRODUCER_ID;
        producerEpoch = NO_PRODUCER_EPOCH;
        baseSequence = NO_SEQUENCE;
        flags = 0;
    }

    /** Says who produces the batch, so that a repetition of it is known for one. */
    public RecordBatchBuilder producer(long id, short epoch, int baseSequence) {
        if (id < 0 || epoch < 0 || baseSequence < 0)
            throw INVALID_RECORD.because("producer " + id + "/" + epoch + " sequence " + baseSequence + " is negative");
        this.producerId = id;
        this.producerEpoch = epoch;
        this.baseSequence = baseSequence;
        return this;
    }

    /** Makes the batch part of a transaction; it needs a producer. */
    public RecordBatchBuilder transactional() {
        flags |= RecordBatch.TRANSACTIONAL;
        return this;
    }

    /** Appends a record without headers; the arrays are copied. */
    public RecordBatchBuilder append(long timestamp, byte @Nullable [] key, byte @Nullable [] value) {
        return append(
                timestamp,
                key,
                0,
                key == null ? -1 : key.length,
                value,
                0,
                value == null ? -1 : value.length,
                List.of());
    }

    /**
     * Appends a record whose key and value are parts of arrays.
     *
     * @param timestamp milliseconds since 1970, or {@link RecordBatch#NO_TIMESTAMP}
     * @param keyLength without meaning when {@code key} is null
     * @param valueLength without meaning when {@code value} is null
     */
    public RecordBatchBuilder append(
            long timestamp,
            byte @Nullable [] key,
            int keyFrom,
            int keyLength,
            byte @Nullable [] value,
            int valueFrom,
            int valueLength,
            List<RecordHeader> headers) {
        var names = begin(timestamp, key == null ? -1 : keyLength, value == null ? -1 : valueLength, headers);
        if (key == null) {
            putVarint(-1);
        } else {
            putVarint(keyLength);
            System.arraycopy(key, keyFrom, bytes, size, keyLength);
            size += keyLength;
        }
        if (value == null) {
            putVarint(-1);
        } else {
            putVarint(valueLength);
            System.arraycopy(value, valueFrom, bytes, size, valueLength);
            size += valueLength;
        }
        end(timestamp, headers, names);
        return this;
    }

    /** Appends a record; what lies between position and limit is copied, and positions stay where they are. */
    public RecordBatchBuilder append(
            long timestamp, @Nullable ByteBuffer key, @Nullable ByteBuffer value, List<RecordHeader> headers) {
        var names = begin(timestamp, sizeOf(key), sizeOf(value), headers);
        put(key);
        put(value);
        end(timestamp, headers, names);
        return this;
    }

    /** Appends a record that was read elsewhere; its offset is left behind. */
    public RecordBatchBuilder append(RecordView record) {
        return append(record.timestamp(), record.key(), record.value(), record.headers());
    }

    /** Appends a record of a stored batch, with the offset delta and the headers it has there. */
    RecordBatchBuilder copy(RecordIterator record, long newBaseTimestamp) {
        long timestampDelta = record.producerTimestamp() - newBaseTimestamp;
        var headers = record.encodedHeaders();
        long body = 1L
                + sizeOfVarlong(timestampDelta)
                + sizeOfVarint(record.offsetDelta())
                + sizeOfVarint(record.keySize())
                + Math.max(record.keySize(), 0)
                + sizeOfVarint(record.valueSize())
                + Math.max(record.valueSize(), 0)
                + headers.remaining();
        makeRoom(body + 5);
        putVarint((int) body);
        bytes[size++] = 0;
        putVarlong(timestampDelta);
        putVarint(record.offsetDelta());
        put(record.key());
        put(record.value());
        int headerBytes = headers.remaining();
        headers.get(headers.position(), bytes, size, headerBytes);
        size += headerBytes;
        maxTimestamp = Math.max(maxTimestamp, record.timestamp());
        count++;
        return this;
    }

    /** The records that were copied, without header, and room for one in front. */
    ByteBuffer buildWithoutHeader() {
        var finished = compression == Compression.NONE ? ByteBuffer.wrap(bytes, 0, size) : pack();
        bytes = new byte[0];
        return finished;
    }

    /** Writes everything before the key, and makes room for the rest. Gives the names of the headers as bytes. */
    private byte[][] begin(long timestamp, int keySize, int valueSize, List<RecordHeader> headers) {
        if (timestamp < NO_TIMESTAMP) throw INVALID_RECORD.because("timestamp " + timestamp + " is negative");
        if (bytes.length == 0) throw new IllegalStateException("the batch is built; reset begins the next one");
        var names = headers.isEmpty() ? NO_NAMES : new byte[headers.size()][];
        long headerBytes = 0;
        for (int n = 0; n < names.length; n++) {
            names[n] = headers.get(n).name().getBytes(UTF_8);
            int valueBytes = sizeOf(headers.get(n).value());
            headerBytes += sizeOfVarint(names[n].length)
                    + names[n].length
                    + sizeOfVarint(valueBytes)
                    + Math.max(valueBytes, 0);
        }
        long timestampDelta = count == 0 ? 0 : timestamp - baseTimestamp;
        long body = 1L
                + sizeOfVarlong(timestampDelta)
                + sizeOfVarint(count)
                + sizeOfVarint(keySize)
                + Math.max(keySize, 0)
                + sizeOfVarint(valueSize)
                + Math.max(valueSize, 0)
                + sizeOfVarint(names.length)
                + headerBytes;
        makeRoom(body + 5);
        if (count == 0) baseTimestamp = timestamp;
        putVarint((int) body);
        bytes[size++] = 0;
        putVarlong(timestampDelta);
        putVarint(count);
        return names;
    }

    private void makeRoom(long more) {
        long needed = size + more;
        if (needed > MOST_BYTES)
            throw RECORD_TOO_LARGE.because(
                    "the batch would take " + needed + " bytes, the format ends at " + MOST_BYTES);
        if (needed > bytes.length)
            bytes = Arrays.copyOf(bytes, (int) Math.max(needed, Math.min(2L * bytes.length, MOST_BYTES)));
    }

    private void end(long timestamp, List<RecordHeader> headers, byte[][] names) {
        putVarint(names.length);
        for (int n = 0; n < names.length; n++) {
            putVarint(names[n].length);
            System.arraycopy(names[n], 0, bytes, size, names[n].length);
            size += names[n].length;
            put(headers.get(n).value());
        }
        maxTimestamp = Math.max(maxTimestamp, timestamp);
        count++;
    }

    private void put(@Nullable ByteBuffer payload) {
        if (payload == null) {
            putVarint(-1);
            return;
        }
        int length = payload.remaining();
        putVarint(length);
        payload.get(payload.position(), bytes, size, length);
        size += length;
    }

    private void putVarint(int value) {
        int raw = (value << 1) ^ (value >> 31);
        while ((raw & ~0x7f) != 0) {
            bytes[size++] = (byte) (raw | 0x80);
            raw >>>= 7;
        }
        bytes[size++] = (byte) raw;
    }

    private void putVarlong(long value) {
        long raw = (value << 1) ^ (value >> 63);
        while ((raw & ~0x7fL) != 0) {
            bytes[size++] = (byte) (raw | 0x80);
            raw >>>= 7;
        }
        bytes[size++] = (byte) raw;
    }

    /** Records appended since the last {@link #reset}. */
    public int count() {
        return count;
    }

    public boolean isEmpty() {
        return count == 0;
    }

    /** The largest timestamp so far, {@link RecordBatch#NO_TIMESTAMP} when there is none. */
    public long maxTimestamp() {
        return maxTimestamp;
    }

    /** The size of the batch if it were built now without compression: exact with codec none, else an estimate. */
    public int sizeInBytes() {
        return size;
    }

    /**
     * Whether a record fits into a batch of {@code maxBatchBytes}. The first record always does: whether it is too large
     * is for its topic to say.
     *
     * @param recordBytes as {@link #sizeOf(ByteBuffer, ByteBuffer, List)} tells it
     */
    public boolean hasRoomFor(long recordBytes, int maxBatchBytes) {
        return count == 0 || size + recordBytes <= maxBatchBytes;
    }

    /** The most that a record takes in a batch, without compression. */
    public static long sizeOf(@Nullable ByteBuffer key, @Nullable ByteBuffer value, List<RecordHeader> headers) {
        return sizeOf(sizeOf(key), sizeOf(value), headers);
    }

    /** The most that a record takes in a batch, without compression; -1 for a key or value that is null. */
    public static long sizeOf(int keyBytes, int valueBytes, List<RecordHeader> headers) {
        long sum = (long) MOST_OVERHEAD + Math.max(keyBytes, 0) + Math.max(valueBytes, 0);
        for (var header : headers) sum += 10L + 3L * header.name().length() + Math.max(sizeOf(header.value()), 0);
        return sum;
    }

    private static int sizeOf(@Nullable ByteBuffer bytes) {
        return bytes == null ? -1 : bytes.remaining();
    }

    private static int sizeOfVarint(int value) {
        int raw = (value << 1) ^ (value >> 31);
        return (38 - Integer.numberOfLeadingZeros(raw | 1)) / 7;
    }

    private static int sizeOfVarlong(long value) {
        long raw = (value << 1) ^ (value >> 63);
        return (70 - Long.numberOfLeadingZeros(raw | 1)) / 7;
    }

    /**
     * The finished batch, with base offset 0, no leader epoch (-1) and its checksum. Its memory belongs to the caller;
     * the builder takes no more records until {@link #reset}.
     */
    public ByteBuffer build() {
        if (count == 0) throw new IllegalStateException("a batch holds at least one record");
        if (bytes.length == 0) throw new IllegalStateException("the batch is built; reset begins the next one");
        if ((flags & RecordBatch.TRANSACTIONAL) != 0 && producerId < 0)
            throw INVALID_RECORD.because("a transactional batch has a producer");
        var finished = compression == Compression.NONE ? ByteBuffer.wrap(bytes, 0, size) : pack();
        writeHeader(finished);
        var batch = RecordBatch.of(finished);
        finished.putInt(RecordBatch.CRC, batch.computeCrc());
        bytes = new byte[0];
        return finished;
    }

    private ByteBuffer pack() {
        var packed = new PackedBytes(HEADER_BYTES + (size - HEADER_BYTES) / 2 + 128);
        try (var out = compression.pack(packed)) {
            out.write(bytes, HEADER_BYTES, size - HEADER_BYTES);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return packed.toBuffer();
    }

    private void writeHeader(ByteBuffer batch) {
        batch.putLong(0, 0)
                .putInt(RecordBatch.LENGTH, batch.limit() - RecordBatch.LENGTH_PREFIX_BYTES)
                .putInt(RecordBatch.LEADER_EPOCH, -1)
                .put(RecordBatch.MAGIC_BYTE, RecordBatch.MAGIC)
                .putShort(RecordBatch.ATTRIBUTES, (short) (compression.id() | flags))
                .putInt(RecordBatch.LAST_OFFSET_DELTA, count - 1)
                .putLong(RecordBatch.BASE_TIMESTAMP, baseTimestamp)
                .putLong(RecordBatch.MAX_TIMESTAMP, maxTimestamp)
                .putLong(RecordBatch.PRODUCER_ID, producerId)
                .putShort(RecordBatch.PRODUCER_EPOCH, producerEpoch)
                .putInt(RecordBatch.BASE_SEQUENCE, baseSequence)
                .putInt(RecordBatch.COUNT, count);
    }

    /** Makes the batch that ends a transaction; see {@link TransactionMarker#toBatch}. */
    static ByteBuffer control(long timestamp, long producerId, short producerEpoch, ByteBuffer key, ByteBuffer value) {
        var builder = new RecordBatchBuilder(Compression.NONE, HEADER_BYTES + MOST_OVERHEAD + 16);
        builder.producerId = producerId;
        builder.producerEpoch = producerEpoch;
        builder.flags = RecordBatch.TRANSACTIONAL | RecordBatch.CONTROL;
        return builder.append(timestamp, key, value, List.of()).build();
    }

    /** A growing array that is handed out without a copy. */
    private static final class PackedBytes extends OutputStream {
        private byte[] bytes;
        private int size = HEADER_BYTES;

        PackedBytes(int capacity) {
            bytes = new byte[capacity];
        }

        @Override
        public void write(int one) {
            makeRoom(1);
            bytes[size++] = (byte) one;
        }

        @Override
        public void write(byte[] from, int at, int length) {
            makeRoom(length);
            System.arraycopy(from, at, bytes, size, length);
            size += length;
        }

        private void makeRoom(int more) {
            long needed = (long) size + more;
            if (needed > MOST_BYTES) throw RECORD_TOO_LARGE.because("the packed batch would take " + needed + " bytes");
            if (needed > bytes.length)
                bytes = Arrays.copyOf(bytes, (int) Math.max(needed, Math.min(2L * bytes.length, MOST_BYTES)));
        }

        ByteBuffer toBuffer() {
            return ByteBuffer.wrap(bytes, 0, size);
        }
    }
}
