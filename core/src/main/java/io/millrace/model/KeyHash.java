package io.millrace.model;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Which partition a key belongs to: the same as with Kafka's producers, so that producers of every protocol agree. */
public final class KeyHash {
    private static final int M = 0x5bd1e995;
    private static final int SEED = 0x9747b28c;

    private KeyHash() {}

    /** The partition of a key among {@code partitions}. */
    public static int partition(ByteBuffer key, int partitions) {
        return (murmur2(key) & Integer.MAX_VALUE) % partitions;
    }

    /** The partition of a key that lies in a part of an array. */
    public static int partition(byte[] key, int from, int length, int partitions) {
        return partition(ByteBuffer.wrap(key, from, length), partitions);
    }

    /** Austin Appleby's MurmurHash2 with 32 bits, with the seed of Kafka, over the remaining bytes. */
    public static int murmur2(ByteBuffer bytes) {
        var data = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        int h = SEED ^ data.remaining();
        while (data.remaining() >= 4) {
            int k = data.getInt() * M;
            k ^= k >>> 24;
            h = (h * M) ^ (k * M);
        }
        int rest = data.remaining();
        if (rest > 0) {
            int tail = 0;
            for (int n = 0; n < rest; n++) tail |= (data.get() & 0xff) << (8 * n);
            h = (h ^ tail) * M;
        }
        h = (h ^ (h >>> 13)) * M;
        return h ^ (h >>> 15);
    }
}
