package io.millrace.partition;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * How far the log of each replica is durable, and which of them count.
 *
 * <p>Invariant: the in-sync set is never empty.
 */
final class ReplicaProgress {
    private final Map<Integer, Long> durableEnds = new HashMap<>();
    private Set<Integer> inSync;

    ReplicaProgress(Set<Integer> inSync) {
        this.inSync = checked(inSync);
    }

    /** The in-sync set was changed by the metadata log. */
    void inSync(Set<Integer> replicas) {
        inSync = checked(replicas);
        durableEnds.keySet().retainAll(inSync);
    }

    int inSyncCount() {
        return inSync.size();
    }

    /** A replica says how far it is; it never goes back. A replica that is not in sync does not count. */
    void durable(int replica, long end) {
        if (inSync.contains(replica)) durableEnds.merge(replica, end, Math::max);
    }

    /** What every in-sync replica has; 0 while one of them has said nothing. */
    long committed() {
        long least = Long.MAX_VALUE;
        for (int replica : inSync) least = Math.min(least, durableEnds.getOrDefault(replica, 0L));
        return least;
    }

    private static Set<Integer> checked(Set<Integer> replicas) {
        if (replicas.isEmpty()) throw new IllegalArgumentException("the in-sync set is empty");
        return Set.copyOf(replicas);
    }
}
