package io.millrace.broker.client;

import io.millrace.model.PartitionId;
import io.millrace.record.Compression;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What producers and consumers must know of a topic.
 *
 * @param id the id it got when it was created
 * @param name its name
 * @param partitions how many it has
 * @param durable what an acknowledgement is worth, see {@link io.millrace.log.FlushLevel#durable}
 * @param maxBatchBytes a larger batch is refused
 * @param compression how batches are compressed; null leaves it to the producer
 */
public record TopicRoute(
        UUID id, String name, int partitions, String durable, int maxBatchBytes, @Nullable Compression compression) {
    public PartitionId partition(int index) {
        return new PartitionId(id, index);
    }
}
