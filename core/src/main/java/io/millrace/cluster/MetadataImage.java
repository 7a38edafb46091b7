package io.millrace.cluster;

import io.millrace.model.PartitionId;
import io.millrace.model.Refusal;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * All metadata, as of one version. {@link #apply} is the only thing that changes it, and decides nothing; what it holds
 * is immutable. For one thread; others get a {@link #copy}. Ring 0.
 *
 * <p>Invariant: the same events in the same order give equal images. Everything in an image is durable.
 */
public final class MetadataImage {
    private final NavigableMap<String, TopicMetadata> byName = new TreeMap<>();
    private final Map<UUID, TopicMetadata> byId = new HashMap<>();
    private final NavigableMap<Integer, BrokerMetadata> brokers = new TreeMap<>();
    private @Nullable UUID clusterId;
    private long nextProducerId;
    private long version;
    private int partitionCount;

    public MetadataImage() {}

    /** An image out of its parts; throws {@link IllegalArgumentException} if they contradict each other. */
    MetadataImage(
            long version,
            @Nullable UUID clusterId,
            long nextProducerId,
            Collection<BrokerMetadata> brokers,
            Collection<TopicMetadata> topics) {
        if (version < 0 || nextProducerId < 0) throw new IllegalArgumentException("negative version or producer id");
        this.version = version;
        this.clusterId = clusterId;
        this.nextProducerId = nextProducerId;
        for (var broker : brokers) {
            if (this.brokers.put(broker.node(), broker) != null) {
                throw new IllegalArgumentException("node " + broker.node() + " twice");
            }
        }
        for (var topic : topics) add(topic);
    }

    /** How many events were applied: in the local log, the offset of the next one. */
    public long version() {
        return version;
    }

    /** Empty until the first broker has started. */
    public Optional<UUID> clusterId() {
        return Optional.ofNullable(clusterId);
    }

    /** The first producer id that was never given away. */
    public long nextProducerId() {
        return nextProducerId;
    }

    /** By number. */
    public NavigableMap<Integer, BrokerMetadata> brokers() {
        return Collections.unmodifiableNavigableMap(brokers);
    }

    /** By name, sorted; a live view. */
    public NavigableMap<String, TopicMetadata> topics() {
        return Collections.unmodifiableNavigableMap(byName);
    }

    /** Partitions of all topics together. */
    public int partitionCount() {
        return partitionCount;
    }

    public Optional<TopicMetadata> topic(UUID id) {
        return Optional.ofNullable(byId.get(id));
    }

    /** The topic of that name; TOPIC_NOT_FOUND, with near names, if there is none. */
    public TopicMetadata topic(String name) {
        var topic = byName.get(name);
        if (topic != null) return topic;
        var visible = byName.keySet().stream()
                .filter(known -> !TopicName.isInternal(known))
                .toList();
        throw TopicName.notFound(name, visible);
    }

    /** The partition of that id; TOPIC_NOT_FOUND or PARTITION_NOT_FOUND if there is none. */
    public PartitionMetadata partition(PartitionId id) {
        return topic(id.topic())
                .orElseThrow(() -> Refusal.TOPIC_NOT_FOUND.because("there is no topic with id " + id.topic()))
                .partition(id.index());
    }

    /** The same metadata, which does not follow later events. */
    public MetadataImage copy() {
        return new MetadataImage(version, clusterId, nextProducerId, brokers.values(), byName.values());
    }

    /** Takes over what happened. Throws {@link IllegalStateException} for an event that cannot have happened here. */
    public void apply(MetadataEvent event) {
        version++;
        if (event instanceof MetadataEvent.ClusterFormed formed) {
            require(clusterId == null, event);
            clusterId = formed.cluster();
        } else if (event instanceof MetadataEvent.BrokerStarted started) {
            brokers.put(started.node(), new BrokerMetadata(started.node(), started.directory(), version));
            byName.replaceAll((name, topic) -> topic.ledAnewBy(started.node()));
            byName.values().forEach(topic -> byId.put(topic.id(), topic));
        } else if (event instanceof MetadataEvent.TopicCreated created) {
            require(!byName.containsKey(created.name()) && !byId.containsKey(created.id()), event);
            add(TopicMetadata.created(created, version));
        } else if (event instanceof MetadataEvent.ConfigChanged changed) {
            add(remove(changed.topic(), event).withConfig(changed.config(), version));
        } else if (event instanceof MetadataEvent.PartitionsAdded added) {
            add(remove(added.topic(), event).withMore(added.replicas()));
        } else if (event instanceof MetadataEvent.TopicDeleted deleted) {
            remove(deleted.topic(), event);
        } else if (event instanceof MetadataEvent.ProducerIdsAllocated allocated) {
            require(allocated.first() == nextProducerId && allocated.count() > 0, event);
            nextProducerId = Math.addExact(nextProducerId, allocated.count());
        } else {
            throw new AssertionError("no rule for " + event);
        }
    }

    private void add(TopicMetadata topic) {
        if (byName.putIfAbsent(topic.name(), topic) != null || byId.putIfAbsent(topic.id(), topic) != null) {
            throw new IllegalArgumentException("topic " + topic.name() + " or its id " + topic.id() + " twice");
        }
        partitionCount += topic.partitions().size();
    }

    private TopicMetadata remove(UUID id, MetadataEvent event) {
        var topic = byId.remove(id);
        if (topic == null) throw impossible(event);
        byName.remove(topic.name());
        partitionCount -= topic.partitions().size();
        return topic;
    }

    private void require(boolean possible, MetadataEvent event) {
        if (!possible) throw impossible(event);
    }

    private IllegalStateException impossible(MetadataEvent event) {
        return new IllegalStateException("event " + (version - 1) + " cannot have happened: " + event);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof MetadataImage that
                && version == that.version
                && nextProducerId == that.nextProducerId
                && partitionCount == that.partitionCount
                && Optional.ofNullable(clusterId).equals(that.clusterId())
                && brokers.equals(that.brokers)
                && byName.equals(that.byName)
                && byId.equals(that.byId);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(version);
    }

    @Override
    public String toString() {
        return "metadata version " + version + ", " + byName.size() + " topics, " + brokers.size() + " brokers";
    }
}
