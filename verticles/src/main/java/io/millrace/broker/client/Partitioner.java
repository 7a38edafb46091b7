package io.millrace.broker.client;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Which partition a record goes to. A key decides by its hash, the same as Kafka's, so that producers of both kinds agree.
 * Records without a key go to one partition until a batch of them has left, then to the next: spread evenly, in large
 * batches. For one thread; ring 0.
 */
final class Partitioner {
    private int sticky;

    /** @param first where keyless records begin; many producers should not all begin at the same partition */
    Partitioner(int first) {
        this.sticky = first & Integer.MAX_VALUE;
    }

    /** The partition of a key. */
    static int ofKey(ByteBuffer key, int partitions) {
        return (murmur2(key) & Integer.MAX_VALUE) % partitions;
    }

    /** The partition that keyless records go to at the moment. */
    int ofNoKey(int partitions) {
        return sticky % partitions;
    }

    /** A batch of {@code partition} is complete: if keyless records go there, the next ones go elsewhere. */
    void completed(int partition, int partitions) {
        int current = sticky % partitions;
        if (current == partition) sticky = current + 1;
    }

    /** Austin Appleby's MurmurHash2 with 32 bits, with the seed of Kafka. */
    static int murmur2(ByteBuffer bytes) {
        var data = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        int m = 0x5bd1e995;
        int h = 0x9747b28c ^ data.remaining();
        while (data.remaining() >= 4) {
            int k = data.getInt() * m;
            k ^= k >>> 24;
            h = (h * m) ^ (k * m);
        }
        int rest = data.remaining();
        if (rest > 0) {
            int tail = 0;
            for (int n = 0; n < rest; n++) tail |= (data.get() & 0xff) << (8 * n);
            h = (h ^ tail) * m;
        }
        h = (h ^ (h >>> 13)) * m;
        return h ^ (h >>> 15);
    }
}
