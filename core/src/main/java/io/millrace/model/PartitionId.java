package io.millrace.model;

import java.util.UUID;

/**
 * One partition of one topic, by the id that the topic was given when it was created. Names of topics may be used again
 * after a deletion, ids never are; so files and logs are named by this id.
 *
 * @param topic the id of the topic
 * @param index the number of the partition, from 0
 */
public record PartitionId(UUID topic, int index) implements Comparable<PartitionId> {
    public PartitionId {
        if (index < 0) throw new IllegalArgumentException("negative partition " + index);
    }

    /** Reads what {@link #toString()} wrote. Throws {@link IllegalArgumentException} for anything else. */
    public static PartitionId parse(String text) {
        int dash = text.lastIndexOf('-');
        if (dash != 36) throw new IllegalArgumentException("not a partition id: " + text);
        var id = new PartitionId(UUID.fromString(text.substring(0, dash)), Integer.parseInt(text.substring(dash + 1)));
        if (!id.toString().equals(text)) throw new IllegalArgumentException("not a partition id: " + text);
        return id;
    }

    @Override
    public int compareTo(PartitionId other) {
        int byTopic = topic.compareTo(other.topic);
        return byTopic != 0 ? byTopic : Integer.compare(index, other.index);
    }

    @Override
    public String toString() {
        return topic + "-" + index;
    }
}
