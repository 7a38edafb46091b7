package io.millrace.gateway;

/** Which partition a key belongs to: MurmurHash2 with Kafka's seed, so that producers of every protocol agree. Ring 0. */
public final class KeyHash {
    private static final int M = 0x5bd1e995;
    private static final int SEED = 0x9747b28c;

    private KeyHash() {}

    /** The partition of a key among {@code partitions}. */
    public static int partition(byte[] key, int from, int length, int partitions) {
        return (murmur2(key, from, length) & Integer.MAX_VALUE) % partitions;
    }

    static int murmur2(byte[] data, int from, int length) {
        int h = SEED ^ length;
        int words = length / 4;
        for (int n = 0; n < words; n++) {
            int at = from + 4 * n;
            int k = (data[at] & 0xff)
                    | (data[at + 1] & 0xff) << 8
                    | (data[at + 2] & 0xff) << 16
                    | (data[at + 3] & 0xff) << 24;
            k *= M;
            k ^= k >>> 24;
            h = (h * M) ^ (k * M);
        }
        int rest = from + 4 * words;
        if (length % 4 > 0) {
            for (int n = length % 4 - 1; n >= 0; n--) h ^= (data[rest + n] & 0xff) << (8 * n);
            h *= M;
        }
        h ^= h >>> 13;
        h *= M;
        return h ^ (h >>> 15);
    }
}
