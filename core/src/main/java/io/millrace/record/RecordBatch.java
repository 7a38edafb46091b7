package io.millrace.record;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * A record batch of format v2 (magic 2, KIP-98) as a view over the bytes of exactly one batch. Nothing is copied and
 * nothing is decoded until it is asked for. Bytes 0 to 20 lie outside the checksum, so that a base offset and a leader
 * epoch can be stamped in place.
 *
 * <pre>
 *  0 base offset      int64     21 attributes         int16    43 producer id     int64
 *  8 batch length     int32     23 last offset delta  int32    51 producer epoch  int16
 * 12 leader epoch     int32     27 base timestamp     int64    53 base sequence   int32
 * 16 magic            int8      35 max timestamp      int64    57 record count    int32
 * 17 crc              uint32                                   61 records
 * </pre>
 */
public final class RecordBatch {
    /** Bytes before the first record. */
    public static final int HEADER_BYTES = 61;
    /** Bytes that tell how long a batch is: base offset and length. */
    public static final int LENGTH_PREFIX_BYTES = 12;

    public static final byte MAGIC = 2;
    public static final long NO_PRODUCER_ID = -1;
    public static final short NO_PRODUCER_EPOCH = -1;
    public static final int NO_SEQUENCE = -1;
    public static final long NO_TIMESTAMP = -1;

    static final int LENGTH = 8;
    static final int LEADER_EPOCH = 12;
    static final int MAGIC_BYTE = 16;
    static final int CRC = 17;
    static final int ATTRIBUTES = 21;
    static final int LAST_OFFSET_DELTA = 23;
    static final int BASE_TIMESTAMP = 27;
    static final int MAX_TIMESTAMP = 35;
    static final int PRODUCER_ID = 43;
    static final int PRODUCER_EPOCH = 51;
    static final int BASE_SEQUENCE = 53;
    static final int COUNT = 57;

    static final int COMPRESSION_MASK = 0x07;
    static final int LOG_APPEND_TIME = 0x08;
    static final int TRANSACTIONAL = 0x10;
    static final int CONTROL = 0x20;
    static final int DELETE_HORIZON = 0x40;

    private final ByteBuffer bytes;
    private final int at;

    private RecordBatch(ByteBuffer bytes, int at) {
        this.bytes = bytes;
        this.at = at;
    }

    /**
     * A view of the batch that begins at an absolute index of {@code bytes}. At least {@link #HEADER_BYTES} must be
     * there; nothing is verified (see {@link #sizeAt} and {@link #isValid}). The position of the buffer is not used.
     */
    public static RecordBatch at(ByteBuffer bytes, int index) {
        return new RecordBatch(bytes, index);
    }

    /** A view of the batch between position and limit of {@code bytes}. */
    public static RecordBatch of(ByteBuffer bytes) {
        return new RecordBatch(bytes, bytes.position());
    }

    /**
     * The size that the length field at {@code index} claims, in bytes and with the prefix; -1 if fewer than {@link
     * #LENGTH_PREFIX_BYTES} bytes are there or the claim is too small for a batch.
     */
    public static int sizeAt(ByteBuffer bytes, int index) {
        if (bytes.limit() - index < LENGTH_PREFIX_BYTES) return -1;
        int length = bytes.getInt(index + LENGTH);
        if (length < HEADER_BYTES - LENGTH_PREFIX_BYTES || length > Integer.MAX_VALUE - LENGTH_PREFIX_BYTES) return -1;
        return LENGTH_PREFIX_BYTES + length;
    }

    public int sizeInBytes() {
        return LENGTH_PREFIX_BYTES + bytes.getInt(at + LENGTH);
    }

    /** What the length field says, true or not. */
    int claimedLength() {
        return bytes.getInt(at + LENGTH);
    }

    public long baseOffset() {
        return bytes.getLong(at);
    }

    public long lastOffset() {
        return baseOffset() + lastOffsetDelta();
    }

    /** The offset behind the last record. */
    public long nextOffset() {
        return lastOffset() + 1;
    }

    public int lastOffsetDelta() {
        return bytes.getInt(at + LAST_OFFSET_DELTA);
    }

    public int leaderEpoch() {
        return bytes.getInt(at + LEADER_EPOCH);
    }

    public byte magic() {
        return bytes.get(at + MAGIC_BYTE);
    }

    public int crc() {
        return bytes.getInt(at + CRC);
    }

    public short attributes() {
        return bytes.getShort(at + ATTRIBUTES);
    }

    /** The number of the compression codec, 0 to 7; see {@link Compression#of}. */
    public int compressionId() {
        return attributes() & COMPRESSION_MASK;
    }

    /** The codec of the records; refuses numbers that name none with UNSUPPORTED_COMPRESSION. */
    public Compression compression() {
        return Compression.of(compressionId());
    }

    /** Whether the timestamps of all records are the {@link #maxTimestamp}, given by the broker. */
    public boolean isLogAppendTime() {
        return (attributes() & LOG_APPEND_TIME) != 0;
    }

    public boolean isTransactional() {
        return (attributes() & TRANSACTIONAL) != 0;
    }

    /** Whether the batch marks the end of a transaction rather than holding records. */
    public boolean isControl() {
        return (attributes() & CONTROL) != 0;
    }

    /** Whether compaction has seen the tombstones in it and set the time at which they may go (KIP-534). */
    public boolean hasDeleteHorizon() {
        return (attributes() & DELETE_HORIZON) != 0;
    }

    /** When the tombstones of the batch may go, in milliseconds; only with {@link #hasDeleteHorizon}. */
    public long deleteHorizon() {
        return baseTimestamp();
    }

    public long baseTimestamp() {
        return bytes.getLong(at + BASE_TIMESTAMP);
    }

    public long maxTimestamp() {
        return bytes.getLong(at + MAX_TIMESTAMP);
    }

    public long producerId() {
        return bytes.getLong(at + PRODUCER_ID);
    }

    public boolean hasProducerId() {
        return producerId() > NO_PRODUCER_ID;
    }

    public short producerEpoch() {
        return bytes.getShort(at + PRODUCER_EPOCH);
    }

    public int baseSequence() {
        return bytes.getInt(at + BASE_SEQUENCE);
    }

    /** The sequence of the last record; sequences wrap from 2^31 - 1 to 0. */
    public int lastSequence() {
        int base = baseSequence();
        return base == NO_SEQUENCE ? NO_SEQUENCE : advance(base, lastOffsetDelta());
    }

    /** The sequence {@code by} records after {@code sequence}. */
    public static int advance(int sequence, int by) {
        return (int) (((long) sequence + by) & Integer.MAX_VALUE);
    }

    /** How many records there are; 0 where compaction took them all out and left the batch. */
    public int count() {
        return bytes.getInt(at + COUNT);
    }

    /** Puts the batch at its place in a log. Outside the checksum. */
    public void stamp(long baseOffset, int leaderEpoch) {
        bytes.putLong(at, baseOffset);
        bytes.putInt(at + LEADER_EPOCH, leaderEpoch);
    }

    /** Makes the batch one of another producer, from a sequence on, and computes the checksum again. */
    public void stampProducer(long id, short epoch, int baseSequence) {
        bytes.putLong(at + PRODUCER_ID, id);
        bytes.putShort(at + PRODUCER_EPOCH, epoch);
        bytes.putInt(at + BASE_SEQUENCE, baseSequence);
        bytes.putInt(at + CRC, computeCrc());
    }

    /** Makes {@code timestamp} the time of all records, and computes the checksum again. */
    public void stampLogAppendTime(long timestamp) {
        bytes.putShort(at + ATTRIBUTES, (short) (attributes() | LOG_APPEND_TIME));
        bytes.putLong(at + MAX_TIMESTAMP, timestamp);
        bytes.putInt(at + CRC, computeCrc());
    }

    /** Puts right what a producer wrote as the largest timestamp, and computes the checksum again. */
    void stampMaxTimestamp(long timestamp) {
        bytes.putLong(at + MAX_TIMESTAMP, timestamp);
        bytes.putInt(at + CRC, computeCrc());
    }

    /** The CRC32C of everything behind the checksum. */
    public int computeCrc() {
        var crc = new CRC32C();
        crc.update(bytes.duplicate().limit(at + sizeInBytes()).position(at + ATTRIBUTES));
        return (int) crc.getValue();
    }

    /** Whether as many bytes are there as the length field says; false too for a length too small for a batch. */
    public boolean isWhole() {
        int size = sizeAt(bytes, at);
        return size > 0 && size <= bytes.limit() - at;
    }

    /** Whether all bytes are there, the magic is 2, the checksum is right and the header does not contradict itself. */
    public boolean isValid() {
        return isWhole()
                && magic() == MAGIC
                && count() >= 0
                && lastOffsetDelta() >= Math.max(0, count() - 1)
                && crc() == computeCrc();
    }

    /**
     * Walks the records. The checksum is not verified; content that is no record ends in a refusal.
     *
     * @param maxUnpackedBytes the most that compressed records may unpack to; more is refused with RECORD_TOO_LARGE.
     *     Without compression it has no meaning.
     */
    public RecordIterator records(long maxUnpackedBytes) {
        return RecordIterator.reading(this, maxUnpackedBytes);
    }

    /** The bytes of this batch, sharing memory. */
    public ByteBuffer bytes() {
        return bytes.duplicate().limit(at + sizeInBytes()).position(at);
    }

    /** The encoded, perhaps compressed records, sharing memory. */
    public ByteBuffer encodedRecords() {
        return bytes.duplicate().limit(at + sizeInBytes()).position(at + HEADER_BYTES);
    }

    @Override
    public String toString() {
        return "batch " + baseOffset() + ".." + lastOffset() + " epoch " + leaderEpoch() + ", " + sizeInBytes()
                + " bytes"
                + (hasProducerId()
                        ? ", producer " + producerId() + "/" + producerEpoch() + " sequence " + baseSequence()
                        : "");
    }
}
