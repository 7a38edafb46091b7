package io.millrace.gateway.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.millrace.model.PartitionId;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.UUID;

/**
 * Makes opaque text of positions and reads it again. It needs no memory here, and is signed: nothing but what this broker
 * has given is taken back.
 *
 * <pre>
 * "c1." base64url( scope int8 (0 whole topic, 1 one partition), topic id 2 x int64,
 *                  whole: count varint, offsets varint each | one: partition varint, offset varint,
 *                  the first 8 bytes of HMAC-SHA-256 (RFC 2104) of "c1." and all before )
 * </pre>
 *
 * The number in {@code c1} is the version of the format. Any thread.
 */
final class Cursors {
    static final String PREFIX = "c1.";
    private static final byte[] PREFIX_BYTES = PREFIX.getBytes(ISO_8859_1);
    private static final int MOST_PARTITIONS = 100_000;
    private static final int MOST_CHARACTERS = 1 << 20;
    private static final int SIGNATURE_BYTES = 8;
    private static final int BLOCK_BYTES = 64;
    private static final int LEAST_BYTES = 1 + 16 + 2 + SIGNATURE_BYTES;
    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();
    private static final byte WHOLE = 0;
    private static final byte ONE = 1;

    /** The state of the hash behind the key, once for the inner and once for the outer pass; copied for each use. */
    private final MessageDigest inner;

    private final MessageDigest outer;

    Cursors(byte[] secret) {
        if (secret.length > BLOCK_BYTES) throw new IllegalArgumentException("a secret of " + secret.length + " bytes");
        inner = keyed(secret, 0x36);
        outer = keyed(secret, 0x5c);
    }

    private static MessageDigest keyed(byte[] secret, int pad) {
        try {
            var hash = MessageDigest.getInstance("SHA-256");
            var block = Arrays.copyOf(secret, BLOCK_BYTES);
            for (int n = 0; n < BLOCK_BYTES; n++) block[n] ^= (byte) pad;
            hash.update(block);
            return hash;
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every JDK has SHA-256", impossible);
        }
    }

    private byte[] sign(byte[] bytes, int length) {
        try {
            var first = (MessageDigest) inner.clone();
            first.update(PREFIX_BYTES);
            first.update(bytes, 0, length);
            var second = (MessageDigest) outer.clone();
            second.update(first.digest());
            return second.digest();
        } catch (CloneNotSupportedException impossible) {
            throw new IllegalStateException("SHA-256 can be copied in every JDK", impossible);
        }
    }

    /** A position in one partition. */
    Cursor of(PartitionId partition, long next) {
        return new Cursor(this, partition.topic(), partition.index(), new long[] {next});
    }

    /** A position in a whole topic; {@code next} has the next offset of each partition and is not copied. */
    Cursor of(UUID topic, long[] next) {
        return new Cursor(this, topic, -1, next);
    }

    /** Reads what {@link #encode} wrote; anything else is refused with 400. */
    Cursor parse(String text) {
        if (!text.startsWith(PREFIX)) throw broken("it does not begin with " + PREFIX);
        if (text.length() > MOST_CHARACTERS) throw broken("it is too long");
        byte[] bytes;
        try {
            bytes = Base64.getUrlDecoder().decode(text.substring(PREFIX.length()));
        } catch (IllegalArgumentException notBase64) {
            throw broken("it is not base64url");
        }
        if (bytes.length < LEAST_BYTES) throw broken("it is too short");
        int size = bytes.length - SIGNATURE_BYTES;
        var wanted = Arrays.copyOf(sign(bytes, size), SIGNATURE_BYTES);
        if (!MessageDigest.isEqual(wanted, Arrays.copyOfRange(bytes, size, bytes.length))) {
            throw broken("its signature is wrong");
        }
        var cursor = decode(ByteBuffer.wrap(bytes, 0, size));
        // One position has one text: a client may compare cursors.
        if (!cursor.toString().equals(text)) throw broken("it is not in canonical form");
        return cursor;
    }

    private Cursor decode(ByteBuffer in) {
        byte scope = in.get();
        var topic = new UUID(in.getLong(), in.getLong());
        if (scope == ONE) {
            long partition = varint(in);
            if (partition > MOST_PARTITIONS) throw broken("it names partition " + partition);
            return new Cursor(this, topic, (int) partition, new long[] {varint(in)});
        }
        if (scope != WHOLE) throw broken("its scope is unknown");
        long count = varint(in);
        if (count < 1 || count > Math.min(MOST_PARTITIONS, in.remaining())) throw broken("it is too short");
        var next = new long[(int) count];
        for (int n = 0; n < next.length; n++) next[n] = varint(in);
        return of(topic, next);
    }

    /** Writes the position behind one record, which every receipt has; the same as {@code of(…).writeTo(out)}. */
    void write(JsonWriter out, PartitionId partition, long next) {
        var bytes = new byte[1 + 16 + 5 + 10 + SIGNATURE_BYTES];
        int size = putHead(bytes, ONE, partition.topic());
        size = putVarint(bytes, putVarint(bytes, size, partition.index()), next);
        System.arraycopy(sign(bytes, size), 0, bytes, size, SIGNATURE_BYTES);
        out.put('"').raw(PREFIX_BYTES).base64Url(bytes, size + SIGNATURE_BYTES).put('"');
    }

    /** The text of a position, in ASCII. */
    byte[] encode(Cursor cursor) {
        var next = cursor.next();
        var bytes = new byte[1 + 16 + 5 + 10 * next.length + SIGNATURE_BYTES];
        int size = putHead(bytes, cursor.isWhole() ? WHOLE : ONE, cursor.topic());
        size = putVarint(bytes, size, cursor.isWhole() ? next.length : cursor.partition());
        for (long offset : next) size = putVarint(bytes, size, offset);
        System.arraycopy(sign(bytes, size), 0, bytes, size, SIGNATURE_BYTES);
        size += SIGNATURE_BYTES;
        var encoded = ENCODER.encode(size == bytes.length ? bytes : Arrays.copyOf(bytes, size));
        var text = new byte[PREFIX_BYTES.length + encoded.length];
        System.arraycopy(PREFIX_BYTES, 0, text, 0, PREFIX_BYTES.length);
        System.arraycopy(encoded, 0, text, PREFIX_BYTES.length, encoded.length);
        return text;
    }

    private static int putHead(byte[] bytes, byte scope, UUID topic) {
        bytes[0] = scope;
        putLong(bytes, 1, topic.getMostSignificantBits());
        putLong(bytes, 9, topic.getLeastSignificantBits());
        return 17;
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
}
