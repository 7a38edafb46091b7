package io.millrace.group;

import io.millrace.group.GroupEvent.GroupRemoved;
import io.millrace.group.GroupEvent.GroupStored;
import io.millrace.group.GroupEvent.OffsetCommitted;
import io.millrace.group.GroupEvent.OffsetRemoved;
import io.millrace.group.GroupEvent.Stored;
import io.millrace.group.GroupImage.MemberImage;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Stored events as records of Kafka's topic {@code __consumer_offsets}: OffsetCommitKey version 1 with OffsetCommitValue
 * version 3, GroupMetadataKey version 2 with GroupMetadataValue version 3; without a value for what is gone. Kafka's
 * tools can print them. Ring 0.
 */
public final class GroupRecords {
    /** The name of the internal topic. */
    public static final String TOPIC = "__consumer_offsets";

    private static final int OFFSET_KEY = 1;
    private static final int GROUP_KEY = 2;
    private static final int VALUE = 3;
    private static final int OLDEST_VALUE_WITH_EPOCH = 3;
    private static final int VALUE_WITH_EXPIRY = 1;

    private GroupRecords() {}

    /** Which of {@code partitions} internal partitions a group lives in; the same as with Kafka. */
    public static int partitionOf(String group, int partitions) {
        int hash = group.hashCode();
        return (hash == Integer.MIN_VALUE ? 0 : Math.abs(hash)) % partitions;
    }

    /** The key by which the record replaces earlier ones. */
    public static byte[] key(Stored event) {
        if (event instanceof OffsetCommitted committed) return offsetKey(committed.group(), committed.partition());
        if (event instanceof OffsetRemoved removed) return offsetKey(removed.group(), removed.partition());
        return new WireOutput().int16(GROUP_KEY).string(event.group()).toArray();
    }

    private static byte[] offsetKey(String group, TopicPartition partition) {
        return new WireOutput()
                .int16(OFFSET_KEY)
                .string(group)
                .string(partition.topic())
                .int32(partition.partition())
                .toArray();
    }

    /** The value; null for what is gone. */
    public static byte @Nullable [] value(Stored event) {
        if (event instanceof OffsetCommitted offset) {
            var committed = offset.committed();
            return new WireOutput()
                    .int16(VALUE)
                    .int64(committed.offset())
                    .int32(committed.leaderEpoch())
                    .string(committed.metadata())
                    .int64(committed.commitTimestamp())
                    .toArray();
        }
        return event instanceof GroupStored stored ? value(stored.image()) : null;
    }

    private static byte[] value(GroupImage image) {
        var out = new WireOutput()
                .int16(VALUE)
                .string(image.protocolType())
                .int32(image.generation())
                .nullableString(image.protocol())
                .nullableString(image.leader())
                .int64(image.stateTimestamp())
                .int32(image.members().size());
        for (var member : image.members()) {
            out.string(member.memberId())
                    .nullableString(member.instanceId())
                    .string(member.clientId())
                    .string(member.clientHost())
                    .int32(member.rebalanceMillis())
                    .int32(member.sessionMillis())
                    .bytes(member.subscription())
                    .bytes(member.assignment());
        }
        return out.toArray();
    }

    /**
     * The event of a record; null for a kind that this version does not know, which is skipped as Kafka does. Refuses
     * with INVALID_RECORD what is damaged.
     */
    public static @Nullable Stored decode(ByteBuffer key, @Nullable ByteBuffer value) {
        var in = new WireInput("the key of a group record", key);
        int kind = in.int16();
        if (kind < 0 || kind > GROUP_KEY) return null;
        var group = in.string();
        if (kind == GROUP_KEY) {
            return value == null ? new GroupRemoved(group) : new GroupStored(group, decodeGroup(value));
        }
        var topic = in.string();
        int index = in.int32();
        if (index < 0) throw in.wrong("partition " + index + " is negative");
        var partition = new TopicPartition(topic, index);
        return value == null
                ? new OffsetRemoved(group, partition)
                : new OffsetCommitted(group, partition, decodeOffset(value));
    }

    private static Committed decodeOffset(ByteBuffer value) {
        var in = new WireInput("a committed offset", value);
        int version = in.int16();
        if (version < 0 || version > VALUE) throw in.wrong("version " + version + " is not known");
        long offset = in.int64();
        int epoch = version >= OLDEST_VALUE_WITH_EPOCH ? in.int32() : -1;
        var metadata = in.string();
        long timestamp = in.int64();
        if (version == VALUE_WITH_EXPIRY) in.int64();
        if (offset < 0) throw in.wrong("offset " + offset + " is negative");
        return new Committed(offset, Math.max(-1, epoch), metadata, timestamp);
    }

    private static GroupImage decodeGroup(ByteBuffer value) {
        var in = new WireInput("a stored group", value);
        int version = in.int16();
        if (version < 0 || version > VALUE) throw in.wrong("version " + version + " is not known");
        var protocolType = in.string();
        int generation = in.int32();
        var protocol = in.nullableString();
        var leader = in.nullableString();
        long timestamp = version >= 2 ? in.int64() : -1;
        var members = new ArrayList<MemberImage>();
        for (int left = in.count(1); left > 0; left--) {
            var memberId = in.string();
            var instanceId = version >= 3 ? in.nullableString() : null;
            var clientId = in.string();
            var clientHost = in.string();
            int rebalance = version >= 1 ? in.int32() : -1;
            int session = in.int32();
            members.add(new MemberImage(
                    memberId,
                    instanceId,
                    clientId,
                    clientHost,
                    rebalance < 0 ? session : rebalance,
                    session,
                    in.bytes(),
                    in.bytes()));
        }
        return new GroupImage(protocolType, generation, protocol, leader, timestamp, members);
    }
}
