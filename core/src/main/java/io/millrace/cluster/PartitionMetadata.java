package io.millrace.cluster;

import java.util.List;

/**
 * Who keeps one partition. Ring 0.
 *
 * @param leader the node that leads it, or {@link #NO_LEADER}
 * @param leaderEpoch raised whenever somebody begins to lead, also when the same node begins its next life
 * @param version raised at every change of this value
 * @param replicas the nodes that have a copy, the preferred leader first
 * @param inSync those of them that have everything that was acknowledged
 */
public record PartitionMetadata(
        int leader, int leaderEpoch, int version, List<Integer> replicas, List<Integer> inSync) {
    public static final int NO_LEADER = -1;

    public PartitionMetadata {
        replicas = List.copyOf(replicas);
        inSync = List.copyOf(inSync);
        if (replicas.isEmpty()) throw new IllegalArgumentException("a partition without replicas");
        if (inSync.isEmpty() || !replicas.containsAll(inSync)) {
            throw new IllegalArgumentException("in-sync replicas " + inSync + " of " + replicas);
        }
        if (leader != NO_LEADER && !inSync.contains(leader)) {
            throw new IllegalArgumentException("leader " + leader + " is not among the in-sync replicas " + inSync);
        }
        if (leaderEpoch < 0 || version < 0) throw new IllegalArgumentException("negative epoch or version");
    }

    /** A partition that nobody has written to: everyone is in sync, the first replica leads. */
    static PartitionMetadata fresh(List<Integer> replicas) {
        return new PartitionMetadata(replicas.get(0), 0, 0, replicas, replicas);
    }

    /** The same leader in its next life. */
    PartitionMetadata ledAnew() {
        return new PartitionMetadata(
                leader, Math.incrementExact(leaderEpoch), Math.incrementExact(version), replicas, inSync);
    }
}
