package io.millrace.group;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** See {@link Assignors#RANGE}. Ring 0. */
final class RangeAssignor implements Assignor {
    @Override
    public String name() {
        return "range";
    }

    @Override
    public boolean isCooperative() {
        return false;
    }

    @Override
    public Map<String, List<TopicPartition>> assign(Map<String, Integer> partitions, Map<String, Subscriber> members) {
        var shares = Shares.empty(members.keySet());
        var ordered = Shares.inOrder(members);
        for (var topic : new TreeSet<>(partitions.keySet())) {
            var followers = new ArrayList<String>();
            for (var member : ordered) {
                if (Shares.follows(members, member, topic)) followers.add(member);
            }
            int count = Shares.of(partitions, topic);
            if (followers.isEmpty()) continue;
            int each = count / followers.size();
            int extra = count % followers.size();
            int next = 0;
            for (int at = 0; at < followers.size(); at++) {
                int end = next + each + (at < extra ? 1 : 0);
                var share = Shares.of(shares, followers.get(at));
                for (; next < end; next++) share.add(new TopicPartition(topic, next));
            }
        }
        return shares;
    }
}
