package io.millrace.cluster;

import io.millrace.model.Refusal;
import java.util.ArrayList;
import java.util.UUID;

/**
 * A node begins a life. Raises the leader epoch of every partition that it leads, so that batches of two lives differ.
 * Nothing is written to any partition before this is durable.
 *
 * @param directory the id of the node's data directory
 * @param newCluster the identity of the cluster, if it has none yet
 */
public record StartBroker(int node, UUID directory, UUID newCluster) implements MetadataCommand<StartBroker.Started> {
    /** Who the node is from now on. */
    public record Started(UUID cluster, BrokerMetadata broker) {}

    @Override
    public Decision<Started> decide(MetadataImage image, MetadataRules rules) {
        if (node < 0) throw Refusal.INVALID_ARGUMENT.because("node " + node + " is negative");
        var known = image.brokers().get(node);
        if (known != null && !known.directory().equals(directory)) {
            throw Refusal.INVALID_ARGUMENT.because("node " + node + " is known with data directory " + known.directory()
                    + " and starts with " + directory + "; give it its old directory or another number");
        }
        var events = new ArrayList<MetadataEvent>();
        var cluster = image.clusterId().orElse(newCluster);
        if (image.clusterId().isEmpty()) events.add(new MetadataEvent.ClusterFormed(cluster));
        events.add(new MetadataEvent.BrokerStarted(node, directory));
        long epoch = image.version() + events.size();
        return new Decision<>(events, new Started(cluster, new BrokerMetadata(node, directory, epoch)));
    }
}
