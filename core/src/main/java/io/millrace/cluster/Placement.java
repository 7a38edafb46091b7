package io.millrace.cluster;

import io.millrace.model.Refusal;
import java.util.ArrayList;
import java.util.List;

/** Which nodes get the replicas of new partitions: the known nodes in turn, so that everyone leads as many. Ring 0. */
final class Placement {
    private Placement() {}

    /** The nodes of {@code count} new partitions, the first of which has index {@code firstIndex}. */
    static List<List<Integer>> of(MetadataImage image, int firstIndex, int count, int replicas) {
        var nodes = List.copyOf(image.brokers().keySet());
        if (replicas < 1 || replicas > nodes.size()) {
            throw Refusal.INVALID_ARGUMENT.because(
                    replicas + " replicas of a partition; 1 to " + nodes.size() + " are possible, as there "
                            + (nodes.size() == 1 ? "is 1 node" : "are " + nodes.size() + " nodes"));
        }
        int first = image.topics().size() + firstIndex;
        var placed = new ArrayList<List<Integer>>(count);
        for (int i = 0; i < count; i++) {
            var replicasOfOne = new ArrayList<Integer>(replicas);
            for (int r = 0; r < replicas; r++) replicasOfOne.add(nodes.get((first + i + r) % nodes.size()));
            placed.add(replicasOfOne);
        }
        return placed;
    }

    static void checkCount(String topic, int partitions, MetadataRules rules) {
        if (partitions >= 1 && partitions <= rules.maxPartitionsPerTopic()) return;
        throw Refusal.INVALID_ARGUMENT.because(partitions + " partitions for topic " + topic + "; 1 to "
                + rules.maxPartitionsPerTopic() + " are allowed");
    }

    static void checkTotal(MetadataImage image, int more, MetadataRules rules) {
        if (image.partitionCount() + more <= rules.maxPartitions()) return;
        throw Refusal.LIMIT_EXCEEDED.because("there are " + image.partitionCount() + " partitions; " + more
                + " more would exceed the limit of " + rules.maxPartitions());
    }
}
