package io.millrace.partition;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.record.RecordBatch;
import io.millrace.record.RecordHeader;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The idempotency key that a batch carries, in the first two headers of its only record, so that it is as durable as the
 * record itself.
 *
 * @param key chosen by the producer, unique within the window of the topic
 * @param fingerprint a hash of what was published under it
 */
public record IdempotencyKey(String key, long fingerprint) {
    /** The name of the first header; its value is the key in UTF-8. */
    public static final String KEY_HEADER = "millrace-idempotency-key";
    /** The name of the second header; its value is the fingerprint, 8 bytes big endian. */
    public static final String FINGERPRINT_HEADER = "millrace-idempotency-fingerprint";

    public static final int MAX_KEY_BYTES = 1024;

    private static final byte[] KEY_NAME = KEY_HEADER.getBytes(UTF_8);
    private static final byte[] FINGERPRINT_NAME = FINGERPRINT_HEADER.getBytes(UTF_8);

    /** The headers that carry the key, to be put in front of all others. */
    public List<RecordHeader> headers() {
        return List.of(
                new RecordHeader(KEY_HEADER, ByteBuffer.wrap(key.getBytes(UTF_8))),
                new RecordHeader(
                        FINGERPRINT_HEADER,
                        ByteBuffer.allocate(Long.BYTES).putLong(fingerprint).flip()));
    }

    /**
     * The key in a batch; null where there is none. Only uncompressed batches of one record can have one, so all others
     * are not looked into.
     */
    public static @Nullable IdempotencyKey in(RecordBatch batch) {
        if (batch.count() != 1 || batch.lastOffsetDelta() != 0 || batch.compressionId() != 0 || batch.isControl())
            return null;
        return new Peek(batch.encodedRecords()).find();
    }

    /** Reads just as much of a record as it must; anything that is not as expected is no key. */
    private static final class Peek {
        private final ByteBuffer in;

        Peek(ByteBuffer in) {
            this.in = in;
        }

        @Nullable
        IdempotencyKey find() {
            varint(); // length of the record
            skip(1); // attributes
            varint(); // timestamp delta
            varint(); // offset delta
            skip(varint()); // key
            skip(varint()); // value
            if (varint() < 2 || !isNext(KEY_NAME)) return null;
            int length = (int) varint();
            if (length < 1 || length > Math.min(MAX_KEY_BYTES, in.remaining())) return null;
            var key = new byte[length];
            in.get(key);
            if (!isNext(FINGERPRINT_NAME) || varint() != 8 || in.remaining() < 8) return null;
            return new IdempotencyKey(new String(key, UTF_8), in.getLong());
        }

        private boolean isNext(byte[] name) {
            if (varint() != name.length || in.remaining() < name.length) return false;
            var bytes = new byte[name.length];
            in.get(bytes);
            return Arrays.equals(name, bytes);
        }

        /** A null key or value has length -1 and no bytes. */
        private void skip(long bytes) {
            if (bytes > 0) in.position(in.position() + (int) Math.min(bytes, in.remaining()));
        }

        /** A zigzag varint; -1 where the bytes have ended. */
        private long varint() {
            long raw = 0;
            for (int shift = 0; shift < 70 && in.hasRemaining(); shift += 7) {
                byte b = in.get();
                raw |= (b & 0x7fL) << shift;
                if (b >= 0) return (raw >>> 1) ^ -(raw & 1);
            }
            in.position(in.limit());
            return -1;
        }
    }
}
