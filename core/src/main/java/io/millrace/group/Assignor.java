package io.millrace.group;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Divides the partitions of topics among the members of a group. A pure function: the same input gives the same
 * division. {@link Assignors} has those that there are. Ring 0.
 */
public interface Assignor {
    /** The name by which members agree on it. */
    String name();

    /** Whether members keep their partitions while they join again. */
    boolean isCooperative();

    /**
     * The division.
     *
     * @param partitions how many partitions each topic has; topics that do not exist are missing
     * @return for each member what it is given, sorted; every member is a key
     */
    Map<String, List<TopicPartition>> assign(Map<String, Integer> partitions, Map<String, Subscriber> members);

    /**
     * What a member adds to its subscription for this assignor; null for nothing.
     *
     * @param before what the member had in its last generation
     */
    default @Nullable ByteBuffer userData(Collection<TopicPartition> before, int generation) {
        return null;
    }

    /** A member that follows topics. */
    record Subscriber(ConsumerProtocol.Subscription subscription, @Nullable String instanceId) {}
}
