package io.millrace.cluster;

import io.millrace.model.MillraceException;
import io.millrace.model.Refusal;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.List;
import java.util.function.Function;

/**
 * Events and images as bytes. Each begins with a version; a version, a kind or a configuration key that this broker does
 * not know is refused with CORRUPT_MESSAGE rather than guessed at. Ring 0.
 */
public final class MetadataCodec {
    static final int VERSION = 1;

    private static final int CLUSTER_FORMED = 1;
    private static final int BROKER_STARTED = 2;
    private static final int TOPIC_CREATED = 3;
    private static final int CONFIG_CHANGED = 4;
    private static final int PARTITIONS_ADDED = 5;
    private static final int TOPIC_DELETED = 6;
    private static final int PRODUCER_IDS_ALLOCATED = 7;

    private static final int ABSENT = 0;
    private static final int PRESENT = 1;
    private static final int UUID_BYTES = 16;

    private MetadataCodec() {}

    public static ByteBuffer encode(MetadataEvent event) {
        var out = new CodecOutput().int8(VERSION);
        if (event instanceof MetadataEvent.ClusterFormed formed) {
            out.int8(CLUSTER_FORMED).uuid(formed.cluster());
        } else if (event instanceof MetadataEvent.BrokerStarted started) {
            out.int8(BROKER_STARTED).int32(started.node()).uuid(started.directory());
        } else if (event instanceof MetadataEvent.TopicCreated created) {
            out.int8(TOPIC_CREATED).uuid(created.id()).text(created.name());
            config(out, created.config());
            replicas(out, created.replicas());
        } else if (event instanceof MetadataEvent.ConfigChanged changed) {
            config(out.int8(CONFIG_CHANGED).uuid(changed.topic()), changed.config());
        } else if (event instanceof MetadataEvent.PartitionsAdded added) {
            replicas(out.int8(PARTITIONS_ADDED).uuid(added.topic()), added.replicas());
        } else if (event instanceof MetadataEvent.TopicDeleted deleted) {
            out.int8(TOPIC_DELETED).uuid(deleted.topic());
        } else if (event instanceof MetadataEvent.ProducerIdsAllocated allocated) {
            out.int8(PRODUCER_IDS_ALLOCATED).int64(allocated.first()).int32(allocated.count());
        } else {
            throw new AssertionError("no code for " + event);
        }
        return out.toBuffer();
    }

    /** The event in the remaining bytes, all of them; CORRUPT_MESSAGE if they are not exactly one. */
    public static MetadataEvent decodeEvent(ByteBuffer bytes) {
        return decode("metadata event", bytes, MetadataCodec::event);
    }

    public static ByteBuffer encode(MetadataImage image) {
        var out = new CodecOutput().int8(VERSION).int64(image.version());
        image.clusterId().ifPresentOrElse(id -> out.int8(PRESENT).uuid(id), () -> out.int8(ABSENT));
        out.int64(image.nextProducerId());
        out.list(
                image.brokers().values(),
                broker -> out.int32(broker.node()).uuid(broker.directory()).int64(broker.epoch()));
        out.list(image.topics().values(), topic -> {
            out.uuid(topic.id()).text(topic.name());
            config(out, topic.config());
            out.int64(topic.configVersion()).list(topic.partitions(), partition -> {
                out.int32(partition.leader()).int32(partition.leaderEpoch()).int32(partition.version());
                out.list(partition.replicas(), out::int32).list(partition.inSync(), out::int32);
            });
        });
        return out.toBuffer();
    }

    /** The image in the remaining bytes, all of them; CORRUPT_MESSAGE if they are not exactly one. */
    public static MetadataImage decodeImage(ByteBuffer bytes) {
        return decode("metadata snapshot", bytes, MetadataCodec::image);
    }

    private static <T> T decode(String what, ByteBuffer bytes, Function<CodecInput, T> body) {
        try {
            var in = new CodecInput(bytes);
            int version = in.int8();
            if (version != VERSION) {
                throw new IllegalArgumentException("it has version " + version + " and this broker reads version "
                        + VERSION + "; start the broker that wrote it");
            }
            var value = body.apply(in);
            in.end();
            return value;
        } catch (IllegalArgumentException | MillraceException e) {
            throw new MillraceException(Refusal.CORRUPT_MESSAGE, "a " + what + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static MetadataEvent event(CodecInput in) {
        int kind = in.int8();
        return switch (kind) {
            case CLUSTER_FORMED -> new MetadataEvent.ClusterFormed(in.uuid());
            case BROKER_STARTED -> new MetadataEvent.BrokerStarted(in.int32(), in.uuid());
            case TOPIC_CREATED -> new MetadataEvent.TopicCreated(in.uuid(), name(in), config(in), replicas(in));
            case CONFIG_CHANGED -> new MetadataEvent.ConfigChanged(in.uuid(), config(in));
            case PARTITIONS_ADDED -> new MetadataEvent.PartitionsAdded(in.uuid(), replicas(in));
            case TOPIC_DELETED -> new MetadataEvent.TopicDeleted(in.uuid());
            case PRODUCER_IDS_ALLOCATED -> new MetadataEvent.ProducerIdsAllocated(in.int64(), in.int32());
            default ->
                throw new IllegalArgumentException(
                        "it is of kind " + kind + ", which this broker does not know; start the broker that wrote it");
        };
    }

    private static MetadataImage image(CodecInput in) {
        long version = in.int64();
        int cluster = in.int8();
        if (cluster != ABSENT && cluster != PRESENT) throw new IllegalArgumentException("a flag of " + cluster);
        return new MetadataImage(
                version,
                cluster == PRESENT ? in.uuid() : null,
                in.int64(),
                in.list(
                        Integer.BYTES + UUID_BYTES + Long.BYTES,
                        () -> new BrokerMetadata(in.int32(), in.uuid(), in.int64())),
                in.list(UUID_BYTES + 4 * Integer.BYTES + Long.BYTES, () -> topic(in)));
    }

    private static TopicMetadata topic(CodecInput in) {
        return new TopicMetadata(
                in.uuid(), name(in), config(in), in.int64(), in.list(7 * Integer.BYTES, () -> partition(in)));
    }

    private static PartitionMetadata partition(CodecInput in) {
        return new PartitionMetadata(in.int32(), in.int32(), in.int32(), nodes(in), nodes(in));
    }

    private static String name(CodecInput in) {
        return TopicName.check(in.text(), Origin.BROKER);
    }

    private static void config(CodecOutput out, TopicConfig config) {
        out.list(config.values().entrySet(), entry -> out.text(entry.getKey().key())
                .text(entry.getValue()));
    }

    private static TopicConfig config(CodecInput in) {
        var values = new EnumMap<ConfigKey, String>(ConfigKey.class);
        in.list(2 * Integer.BYTES, () -> {
            var key = ConfigKey.of(in.text());
            var text = in.text();
            if (!key.parse(text).equals(text)) throw new IllegalArgumentException(key.key() + " is not canonical");
            if (values.put(key, text) != null) throw new IllegalArgumentException(key.key() + " is there twice");
            return key;
        });
        return new TopicConfig(values);
    }

    private static void replicas(CodecOutput out, List<List<Integer>> replicas) {
        out.list(replicas, nodes -> out.list(nodes, out::int32));
    }

    private static List<List<Integer>> replicas(CodecInput in) {
        List<List<Integer>> replicas = in.list(2 * Integer.BYTES, () -> nodes(in));
        if (replicas.isEmpty()) throw new IllegalArgumentException("it gives a topic no partitions");
        return replicas;
    }

    private static List<Integer> nodes(CodecInput in) {
        List<Integer> nodes = in.list(Integer.BYTES, in::int32);
        if (nodes.isEmpty() || nodes.stream().anyMatch(node -> node < 0)) {
            throw new IllegalArgumentException("replicas on nodes " + nodes);
        }
        return nodes;
    }
}
