package io.millrace.cluster;

import io.millrace.model.PartitionId;
import io.millrace.model.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * One topic. Immutable; ring 0.
 *
 * @param id given at creation, never used again
 * @param config what differs from the defaults
 * @param configVersion the {@link MetadataImage#version} at which the configuration was last changed
 * @param partitions by index
 */
public record TopicMetadata(
        UUID id, String name, TopicConfig config, long configVersion, List<PartitionMetadata> partitions) {

    public TopicMetadata {
        partitions = List.copyOf(partitions);
        if (partitions.isEmpty()) throw new IllegalArgumentException("topic " + name + " has no partitions");
    }

    static TopicMetadata created(MetadataEvent.TopicCreated event, long version) {
        return new TopicMetadata(event.id(), event.name(), event.config(), version, fresh(event.replicas()));
    }

    public boolean isInternal() {
        return TopicName.isInternal(name);
    }

    /** How many copies there are of each partition. */
    public int replicationFactor() {
        return partitions.get(0).replicas().size();
    }

    /** One partition, or PARTITION_NOT_FOUND. */
    public PartitionMetadata partition(int index) {
        if (index < 0 || index >= partitions.size()) {
            throw Refusal.PARTITION_NOT_FOUND.because(
                    "topic " + name + " has no partition " + index + "; it has 0 to " + (partitions.size() - 1));
        }
        return partitions.get(index);
    }

    public PartitionId partitionId(int index) {
        return new PartitionId(id, index);
    }

    TopicMetadata withConfig(TopicConfig changed, long version) {
        return new TopicMetadata(id, name, changed, version, partitions);
    }

    TopicMetadata withMore(List<List<Integer>> replicas) {
        var more = new ArrayList<>(partitions);
        more.addAll(fresh(replicas));
        return new TopicMetadata(id, name, config, configVersion, more);
    }

    /** Every partition that {@code node} leads, led by its next life. */
    TopicMetadata ledAnewBy(int node) {
        if (partitions.stream().noneMatch(partition -> partition.leader() == node)) return this;
        var anew = partitions.stream()
                .map(partition -> partition.leader() == node ? partition.ledAnew() : partition)
                .toList();
        return new TopicMetadata(id, name, config, configVersion, anew);
    }

    private static List<PartitionMetadata> fresh(List<List<Integer>> replicas) {
        return replicas.stream().map(PartitionMetadata::fresh).toList();
    }
}
