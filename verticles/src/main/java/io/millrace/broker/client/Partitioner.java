package io.millrace.broker.client;

import io.millrace.model.KeyHash;
import java.nio.ByteBuffer;

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
        return KeyHash.partition(key, partitions);
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
}
