package io.millrace.gateway.http;

import io.millrace.cluster.EffectiveConfig;
import io.millrace.cluster.TopicMetadata;
import io.millrace.model.KeyHash;
import io.millrace.model.PartitionId;
import io.millrace.model.Refusal;
import io.millrace.partition.Acks;
import io.millrace.record.Compression;
import org.jspecify.annotations.Nullable;

/** A topic as publishing sees it, with everything worked out that is the same for all its records. For one event loop. */
final class Destination {
    private final TopicMetadata topic;
    private final EffectiveConfig config;
    private final Cursors cursors;
    private final int maxBatchBytes;
    private final Compression compression;
    private final PartitionId[] ids;
    private final byte[][] receiptMiddles;
    private final PublishTurn.@Nullable Lane[] lanes;
    private int sticky;

    Destination(TopicMetadata topic, EffectiveConfig config, Cursors cursors, int first) {
        this.topic = topic;
        this.cursors = cursors;
        this.config = config;
        this.maxBatchBytes = config.maxMessageBytes();
        this.compression = config.compression(Compression.NONE);
        int count = topic.partitions().size();
        ids = new PartitionId[count];
        receiptMiddles = new byte[count][];
        for (int n = 0; n < count; n++) {
            ids[n] = topic.partitionId(n);
            receiptMiddles[n] =
                    JsonWriter.ascii(",\"topic\":\"" + topic.name() + "\",\"partition\":" + n + ",\"offset\":\"");
        }
        lanes = new PublishTurn.Lane[count * Acks.values().length];
        sticky = first & Integer.MAX_VALUE;
    }

    TopicMetadata topic() {
        return topic;
    }

    String name() {
        return topic.name();
    }

    EffectiveConfig config() {
        return config;
    }

    /** Positions in this topic, for clients to keep. */
    Cursors cursors() {
        return cursors;
    }

    /** How batches that are made here are compressed. */
    Compression compression() {
        return compression;
    }

    int maxBatchBytes() {
        return maxBatchBytes;
    }

    int partitions() {
        return ids.length;
    }

    PartitionId id(int partition) {
        return ids[partition];
    }

    byte[] receiptMiddle(int partition) {
        return receiptMiddles[partition];
    }

    /** What an acknowledgement is worth. */
    String durable(Acks acks) {
        return acks == Acks.NONE ? "none" : config.flush().durable();
    }

    /** Where records without a key go at the moment. */
    int sticky() {
        return sticky % ids.length;
    }

    /** A batch of records without keys is complete; the next goes elsewhere. */
    void turn() {
        sticky = (sticky + 1) & Integer.MAX_VALUE;
    }

    /** The partition of a record; {@code given} is -1 where the client leaves it to the key. */
    int partitionOf(int given, byte @Nullable [] key, int from, int length) {
        if (given >= 0) {
            if (given >= ids.length) throw noPartition(given);
            return given;
        }
        return key == null ? sticky() : KeyHash.partition(key, from, length, ids.length);
    }

    RuntimeException noPartition(int given) {
        return Refusal.PARTITION_NOT_FOUND.because(
                "topic " + topic.name() + " has no partition " + given + "; it has 0 to " + (ids.length - 1));
    }

    PublishTurn.Lane lane(int partition, Acks acks) {
        int row =
                switch (acks) {
                    case NONE -> 0;
                    case LEADER -> 1;
                    case ALL -> 2;
                };
        int at = row * ids.length + partition;
        var lane = lanes[at];
        if (lane == null) lane = lanes[at] = new PublishTurn.Lane(this, partition, acks);
        return lane;
    }
}
