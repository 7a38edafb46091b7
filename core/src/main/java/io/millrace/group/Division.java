package io.millrace.group;

import io.millrace.group.Assignor.Subscriber;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Who has which partition while an assignor thinks about it. Ring 0.
 *
 * <p>Invariant: each partition has at most one owner, who follows its topic.
 */
final class Division {
    /** A partition that reached its owner in this division moves on more easily than one that the owner had before. */
    private final Set<TopicPartition> fresh = new HashSet<>();

    private final NavigableMap<String, Integer> partitions;
    /** By topic, who follows it, by id. */
    private final Map<String, List<String>> followers = new HashMap<>();
    /** By member and topic, the numbers of its partitions. */
    private final NavigableMap<String, NavigableMap<String, NavigableSet<Integer>>> held = new TreeMap<>();

    private final Map<String, Integer> sizes = new HashMap<>();
    private final Map<TopicPartition, String> owners = new HashMap<>();

    Division(Map<String, Integer> partitions, Map<String, Subscriber> members) {
        this.partitions = new TreeMap<>(partitions);
        for (var member : new TreeMap<>(members).entrySet()) {
            held.put(member.getKey(), new TreeMap<>());
            sizes.put(member.getKey(), 0);
            for (var topic : new TreeSet<>(member.getValue().subscription().topics())) {
                followers.computeIfAbsent(topic, none -> new ArrayList<>()).add(member.getKey());
            }
        }
    }

    /** What nobody has, the topics with the fewest followers first; whatever is given from here on is fresh. */
    List<TopicPartition> free() {
        var topics = new ArrayList<>(partitions.keySet());
        topics.sort((left, right) -> {
            int byFollowers =
                    Integer.compare(followersOf(left).size(), followersOf(right).size());
            return byFollowers != 0 ? byFollowers : left.compareTo(right);
        });
        var free = new ArrayList<TopicPartition>();
        for (var topic : topics) {
            for (int index = 0; index < Shares.of(partitions, topic); index++) {
                var partition = new TopicPartition(topic, index);
                if (!owners.containsKey(partition)) free.add(partition);
            }
        }
        fresh.addAll(free);
        return free;
    }

    private List<String> followersOf(String topic) {
        return followers.getOrDefault(topic, List.of());
    }

    /** The follower of a topic with the fewest partitions; null if nobody follows it. */
    @Nullable
    String poorest(String topic) {
        String poorest = null;
        for (var member : followersOf(topic)) {
            if (poorest == null || size(member) < size(poorest)) poorest = member;
        }
        return poorest;
    }

    void give(TopicPartition partition, String member) {
        var before = owners.put(partition, member);
        if (before != null) {
            fresh.add(partition);
            take(partition, before);
        }
        shareOf(member)
                .computeIfAbsent(partition.topic(), none -> new TreeSet<>())
                .add(partition.partition());
        sizes.merge(member, 1, Integer::sum);
    }

    private void take(TopicPartition partition, String member) {
        var ofTopic = shareOf(member).get(partition.topic());
        if (ofTopic == null || !ofTopic.remove(partition.partition())) {
            throw new IllegalStateException(member + " does not have " + partition);
        }
        if (ofTopic.isEmpty()) shareOf(member).remove(partition.topic());
        sizes.merge(member, -1, Integer::sum);
    }

    private NavigableMap<String, NavigableSet<Integer>> shareOf(String member) {
        return Shares.of(held, member);
    }

    private int size(String member) {
        return sizes.getOrDefault(member, 0);
    }

    /** Moves partitions until nobody has two more than another to whom one can get. Ends: each move evens the sizes. */
    void even() {
        var richest = new ArrayList<>(held.keySet());
        boolean moved = true;
        while (moved) {
            richest.sort((left, right) -> {
                int bySize = Integer.compare(size(right), size(left));
                return bySize != 0 ? bySize : left.compareTo(right);
            });
            // Only the richest who can gives, and one only: so nobody gives what another should have given.
            moved = false;
            for (int n = 0; n < richest.size() && !moved; n++) moved = moveFrom(richest.get(n));
        }
    }

    /** How a partition gets from member to member: of which topic, and from whom. */
    private record Step(String from, String topic) {}

    private boolean moveFrom(String rich) {
        int enough = size(rich) - 2;
        if (enough < 0) return false;
        var reached = new HashMap<String, Step>();
        var seenTopics = new HashSet<String>();
        var next = new ArrayDeque<String>();
        next.add(rich);
        while (!next.isEmpty()) {
            var from = next.remove();
            for (var topic : shareOf(from).keySet()) {
                if (!seenTopics.add(topic)) continue;
                var poorest = reach(from, topic, rich, reached, next);
                if (poorest != null && size(poorest) <= enough) {
                    moveAlong(rich, poorest, reached);
                    return true;
                }
            }
        }
        return false;
    }

    /** Notes who can be given a partition of the topic by {@code from}; gives the poorest of them. */
    private @Nullable String reach(
            String from, String topic, String rich, Map<String, Step> reached, Queue<String> next) {
        String poorest = null;
        for (var member : followersOf(topic)) {
            if (member.equals(rich) || member.equals(from) || reached.containsKey(member)) continue;
            reached.put(member, new Step(from, topic));
            next.add(member);
            if (poorest == null || size(member) < size(poorest)) poorest = member;
        }
        return poorest;
    }

    private void moveAlong(String rich, String poor, Map<String, Step> reached) {
        var to = poor;
        while (!to.equals(rich)) {
            var step = reached.get(to);
            if (step == null) throw new IllegalStateException("no way from " + rich + " to " + poor);
            give(toPass(step), to);
            to = step.from();
        }
    }

    private TopicPartition toPass(Step step) {
        var ofTopic = shareOf(step.from()).get(step.topic());
        if (ofTopic == null) throw new IllegalStateException(step.from() + " has nothing of " + step.topic());
        for (var index : ofTopic.descendingSet()) {
            var partition = new TopicPartition(step.topic(), index);
            if (fresh.contains(partition)) return partition;
        }
        return new TopicPartition(step.topic(), ofTopic.last());
    }

    /** Takes back what somebody else says to have still. */
    void withhold(Map<TopicPartition, Set<String>> claims) {
        claims.forEach((partition, claimants) -> {
            var owner = owners.get(partition);
            if (owner == null || (claimants.size() == 1 && claimants.contains(owner))) return;
            owners.remove(partition);
            take(partition, owner);
        });
    }

    Map<String, List<TopicPartition>> shares() {
        var shares = Shares.empty(held.keySet());
        held.forEach((member, topics) -> topics.forEach((topic, indexes) -> {
            var share = Shares.of(shares, member);
            for (var index : indexes) share.add(new TopicPartition(topic, index));
        }));
        return shares;
    }
}
