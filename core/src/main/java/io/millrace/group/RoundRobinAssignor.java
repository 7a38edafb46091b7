package io.millrace.group;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** See {@link Assignors#ROUND_ROBIN}. Ring 0. */
final class RoundRobinAssignor implements Assignor {
    @Override
    public String name() {
        return "roundrobin";
    }

    @Override
    public boolean isCooperative() {
        return false;
    }

    @Override
    public Map<String, List<TopicPartition>> assign(Map<String, Integer> partitions, Map<String, Subscriber> members) {
        var shares = Shares.empty(members.keySet());
        var ordered = Shares.inOrder(members);
        int turn = 0;
        for (var topic : new TreeMap<>(partitions).entrySet()) {
            boolean followed = false;
            for (var member : ordered) followed |= Shares.follows(members, member, topic.getKey());
            if (!followed) continue;
            for (int index = 0; index < topic.getValue(); index++) {
                while (!Shares.follows(members, ordered.get(turn), topic.getKey())) turn = (turn + 1) % ordered.size();
                Shares.of(shares, ordered.get(turn)).add(new TopicPartition(topic.getKey(), index));
                turn = (turn + 1) % ordered.size();
            }
        }
        return shares;
    }
}
