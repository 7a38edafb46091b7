package io.millrace.group;

import io.millrace.group.Assignor.Subscriber;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What all assignors need: nobody has anything yet, and the order in which members come. Ring 0. */
final class Shares {
    private Shares() {}

    static Map<String, List<TopicPartition>> empty(Collection<String> members) {
        var shares = new TreeMap<String, List<TopicPartition>>();
        for (var member : members) shares.put(member, new ArrayList<>());
        return shares;
    }

    /** Static members by instance, so that a restart changes nothing; then the others by id. As Kafka orders them. */
    static List<String> inOrder(Map<String, Subscriber> members) {
        var order = new ArrayList<>(members.keySet());
        order.sort((left, right) -> {
            var leftInstance = of(members, left).instanceId();
            var rightInstance = of(members, right).instanceId();
            if (leftInstance != null && rightInstance != null) return leftInstance.compareTo(rightInstance);
            if (leftInstance != null) return -1;
            if (rightInstance != null) return 1;
            return left.compareTo(right);
        });
        return order;
    }

    /** What must be there. */
    static <K, V> V of(Map<K, V> map, K key) {
        var value = map.get(key);
        if (value == null) throw new IllegalStateException("nothing of " + key);
        return value;
    }

    static boolean follows(Map<String, Subscriber> members, String member, String topic) {
        return of(members, member).subscription().topics().contains(topic);
    }
}
