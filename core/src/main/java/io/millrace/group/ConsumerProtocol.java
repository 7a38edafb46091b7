package io.millrace.group;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What consumers tell each other through the group, which takes it for bytes: Kafka's ConsumerProtocolSubscription and
 * ConsumerProtocolAssignment, versions 0 to 3. A newer version is read as far as it is known. Ring 0.
 */
public final class ConsumerProtocol {
    /** The protocol type of consumers. */
    public static final String TYPE = "consumer";

    static final short NEWEST = 3;
    private static final int WITH_OWNED = 1;
    private static final int WITH_GENERATION = 2;
    private static final int WITH_RACK = 3;
    /** An empty topic: the length of its name and of what follows. */
    private static final int LEAST_TOPIC_BYTES = 2;

    private ConsumerProtocol() {}

    /**
     * What a member wants and has.
     *
     * @param topics what it follows
     * @param userData whatever its assignor adds; may be null
     * @param owned what it owns from the generation before and has not given back
     * @param generation in which it got that; -1 if none
     * @param rack where it stands; null if unknown
     */
    public record Subscription(
            List<String> topics,
            @Nullable ByteBuffer userData,
            List<TopicPartition> owned,
            int generation,
            @Nullable String rack) {
        public Subscription {
            topics = List.copyOf(topics);
            owned = List.copyOf(owned);
            userData = userData == null ? null : Bytes.keep(userData);
        }

        public static Subscription of(Collection<String> topics, Collection<TopicPartition> owned, int generation) {
            return new Subscription(List.copyOf(topics), null, List.copyOf(owned), generation, null);
        }
    }

    /** What a member was given. */
    public record Assignment(List<TopicPartition> partitions, @Nullable ByteBuffer userData) {
        public Assignment {
            partitions = List.copyOf(partitions);
            userData = userData == null ? null : Bytes.keep(userData);
        }

        public static Assignment of(Collection<TopicPartition> partitions) {
            return new Assignment(List.copyOf(partitions), null);
        }
    }

    public static ByteBuffer encode(Subscription subscription) {
        return encode(subscription, NEWEST);
    }

    static ByteBuffer encode(Subscription subscription, short version) {
        var out = new WireOutput().int16(version).int32(subscription.topics().size());
        subscription.topics().forEach(out::string);
        out.nullableBytes(subscription.userData());
        if (version >= WITH_OWNED) partitions(out, subscription.owned());
        if (version >= WITH_GENERATION) out.int32(subscription.generation());
        if (version >= WITH_RACK) out.nullableString(subscription.rack());
        return ByteBuffer.wrap(out.toArray());
    }

    public static ByteBuffer encode(Assignment assignment) {
        return encode(assignment, NEWEST);
    }

    static ByteBuffer encode(Assignment assignment, short version) {
        var out = new WireOutput().int16(version);
        partitions(out, assignment.partitions());
        out.nullableBytes(assignment.userData());
        return ByteBuffer.wrap(out.toArray());
    }

    /** Refuses bytes that are no subscription with INVALID_RECORD. */
    public static Subscription decodeSubscription(ByteBuffer bytes) {
        var in = new WireInput("a subscription", bytes);
        int version = version(in);
        var topics = new ArrayList<String>();
        for (int left = in.count(LEAST_TOPIC_BYTES); left > 0; left--) topics.add(in.string());
        var userData = in.nullableBytes();
        var owned = version >= WITH_OWNED ? partitions(in) : List.<TopicPartition>of();
        int generation = version >= WITH_GENERATION ? in.int32() : -1;
        var rack = version >= WITH_RACK ? in.nullableString() : null;
        return new Subscription(topics, userData, owned, generation, rack);
    }

    /** Refuses bytes that are no assignment with INVALID_RECORD; no bytes at all are an empty one. */
    public static Assignment decodeAssignment(ByteBuffer bytes) {
        if (!bytes.hasRemaining()) return new Assignment(List.of(), null);
        var in = new WireInput("an assignment", bytes);
        version(in);
        var partitions = partitions(in);
        return new Assignment(partitions, in.nullableBytes());
    }

    private static int version(WireInput in) {
        int version = in.int16();
        if (version < 0) throw in.wrong("version " + version + " is negative");
        return version;
    }

    private static void partitions(WireOutput out, List<TopicPartition> partitions) {
        var byTopic = new LinkedHashMap<String, List<Integer>>();
        for (var partition : partitions) {
            byTopic.computeIfAbsent(partition.topic(), topic -> new ArrayList<>())
                    .add(partition.partition());
        }
        out.int32(byTopic.size());
        byTopic.forEach((topic, indexes) -> {
            out.string(topic).int32(indexes.size());
            indexes.forEach(out::int32);
        });
    }

    private static List<TopicPartition> partitions(WireInput in) {
        var partitions = new ArrayList<TopicPartition>();
        for (int topics = in.count(LEAST_TOPIC_BYTES); topics > 0; topics--) {
            var topic = in.string();
            for (int left = in.count(Integer.BYTES); left > 0; left--) {
                int index = in.int32();
                if (index < 0) throw in.wrong("partition " + index + " is negative");
                partitions.add(new TopicPartition(topic, index));
            }
        }
        return partitions;
    }
}
