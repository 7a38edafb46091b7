package io.millrace.cluster;

import java.util.List;
import java.util.UUID;

/** Something that has happened to the metadata. Decided once, applied by everyone who holds an image. Ring 0. */
public sealed interface MetadataEvent {
    /** The metadata got its identity; the first event of all. */
    record ClusterFormed(UUID cluster) implements MetadataEvent {}

    /** A node began a life; it now leads its partitions with a higher leader epoch each. */
    record BrokerStarted(int node, UUID directory) implements MetadataEvent {}

    /** {@code replicas} has the nodes of each partition, by index. */
    record TopicCreated(UUID id, String name, TopicConfig config, List<List<Integer>> replicas)
            implements MetadataEvent {
        public TopicCreated {
            replicas = copy(replicas);
        }
    }

    /** {@code config} replaces everything that was set for the topic. */
    record ConfigChanged(UUID topic, TopicConfig config) implements MetadataEvent {}

    /** {@code replicas} has the nodes of the new partitions, which follow those that are there. */
    record PartitionsAdded(UUID topic, List<List<Integer>> replicas) implements MetadataEvent {
        public PartitionsAdded {
            replicas = copy(replicas);
        }
    }

    record TopicDeleted(UUID topic) implements MetadataEvent {}

    /** The producer ids {@code first} to {@code first + count - 1} are given away. */
    record ProducerIdsAllocated(long first, int count) implements MetadataEvent {}

    private static List<List<Integer>> copy(List<List<Integer>> replicas) {
        return replicas.stream().map(List::copyOf).toList();
    }
}
