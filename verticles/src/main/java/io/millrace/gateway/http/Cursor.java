package io.millrace.gateway.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.millrace.model.PartitionId;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * Where a reader stands in a topic: the next offset of each partition, as opaque text that needs no memory here. For one
 * partition only, or for the whole topic; partitions that the topic gets later begin at their first record then.
 *
 * <pre>
 * "c1." base64url( scope int8 (0 whole topic, 1 one partition), topic id 2 x int64,
 *                  whole: count varint, offsets varint each | one: partition varint, offset varint,
 *                  crc32c of "c1." and all before int32 )
 * </pre>
 *
 * The number in {@code c1} is the version of the format.
 */
final class Cursor {
    static final String PREFIX = "c1.";
    private static final byte[] PREFIX_BYTES = PREFIX.getBytes(ISO_8859_1);
    private static final int MOST_PARTITIONS = 100_000;
    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();
    private static final byte WHOLE = 0;
    private static final byte ONE = 1;

    private final UUID topic;
    /** The only partition, or -1. */
    private final int only;

    private final long[] next;

    private Cursor(UUID topic, int only, long[] next) {
        this.topic = topic;
        this.only = only;
        this.next = next;
    }

    /** A position in one partition. */
    static Cursor of(PartitionId partition, long next) {
        return new Cursor(partition.topic(), partition.index(), new long[] {next});
    }

    /** A position in a whole topic; {@code next} has the next offset of each partition and is not copied. */
    static Cursor of(UUID topic, long[] next) {
        return new Cursor(topic, -1, next);
    }

    UUID topic() {
        return topic;
    }

    boolean isWhole() {
        return only < 0;
    }

    int partition() {
        return only;
    }

    /** The offsets of the partitions 0 and on, or that of the only one. */
    long[] next() {
        return next;
    }

    /** Reads what {@link #toString} wrote; anything else is refused with 400. */
    static Cursor parse(String text) {
        if (!text.startsWith(PREFIX)) throw broken("it does not begin with " + PREFIX);
        byte[] bytes;
        try {
            bytes = Base64.getUrlDecoder().decode(text.substring(PREFIX.length()));
        } catch (IllegalArgumentException notBase64) {
            throw broken("it is not base64url");
        }
        if (bytes.length < 1 + 16 + 2 + 4) throw broken("it is too short");
        var in = ByteBuffer.wrap(bytes);
        if (in.getInt(bytes.length - 4) != crc(bytes, bytes.length - 4)) throw broken("its checksum is wrong");
        in.limit(bytes.length - 4);
        byte scope = in.get();
        var topic = new UUID(in.getLong(), in.getLong());
        Cursor cursor;
        if (scope == ONE) {
            long partition = varint(in);
            if (partition < 0 || partition > MOST_PARTITIONS) throw broken("it names partition " + partition);
            cursor = new Cursor(topic, (int) partition, new long[] {varint(in)});
        } else if (scope == WHOLE) {
            long count = varint(in);
            if (count < 1 || count > Math.min(MOST_PARTITIONS, in.remaining())) throw broken("it is too short");
            var next = new long[(int) count];
            for (int n = 0; n < next.length; n++) next[n] = varint(in);
            cursor = new Cursor(topic, -1, next);
        } else {
            throw broken("its scope is unknown");
        }
        // One position has one text: a client may compare cursors.
        if (in.hasRemaining() || !cursor.toString().equals(text)) throw broken("it is not in canonical form");
        return cursor;
    }

    /** Writes the position behind one record, which every receipt has; the same as {@code of(…).writeTo(out)}. */
    static void write(JsonWriter out, PartitionId partition, long next) {
        var bytes = new byte[1 + 16 + 5 + 10 + 4];
        bytes[0] = ONE;
        putLong(bytes, 1, partition.topic().getMostSignificantBits());
        putLong(bytes, 9, partition.topic().getLeastSignificantBits());
        int size = putVarint(bytes, putVarint(bytes, 17, partition.index()), next);
        int crc = crc(bytes, size);
        for (int shift = 24; shift >= 0; shift -= 8) bytes[size++] = (byte) (crc >>> shift);
        out.put('"').raw(PREFIX_BYTES).base64Url(bytes, size).put('"');
    }

    private static void putLong(byte[] bytes, int at, long value) {
        for (int n = 0; n < 8; n++) bytes[at + n] = (byte) (value >>> (56 - 8 * n));
    }

    private static int putVarint(byte[] bytes, int from, long value) {
        int at = from;
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            bytes[at++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[at++] = (byte) rest;
        return at;
    }

    void writeTo(JsonWriter out) {
        out.put('"').raw(PREFIX_BYTES).raw(ENCODER.encode(bytes())).put('"');
    }

    private byte[] bytes() {
        var bytes = new byte[1 + 16 + 5 + 10 * next.length + 4];
        var out = ByteBuffer.wrap(bytes);
        out.put(isWhole() ? WHOLE : ONE)
                .putLong(topic.getMostSignificantBits())
                .putLong(topic.getLeastSignificantBits());
        putVarint(out, isWhole() ? next.length : only);
        for (long offset : next) putVarint(out, offset);
        int size = out.position();
        out.putInt(crc(bytes, size));
        return Arrays.copyOf(bytes, size + 4);
    }

    private static int crc(byte[] bytes, int length) {
        var crc = new CRC32C();
        crc.update(PREFIX_BYTES, 0, PREFIX_BYTES.length);
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }

    private static void putVarint(ByteBuffer out, long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            out.put((byte) (rest | 0x80));
            rest >>>= 7;
        }
        out.put((byte) rest);
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; shift < 63; shift += 7) {
            if (!in.hasRemaining()) throw broken("it ends too early");
            byte b = in.get();
            value |= (b & 0x7fL) << shift;
            if (b >= 0) return value;
        }
        throw broken("a number in it is too long");
    }

    private static ProblemException broken(String why) {
        return Problem.invalid("cursor", "the cursor cannot be used: " + why + "; take one that this server gave")
                .asException();
    }

    @Override
    public String toString() {
        return PREFIX + ENCODER.encodeToString(bytes());
    }
}
