package io.millrace.group;

import io.millrace.model.MillraceException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * See {@link Assignors#STICKY} and {@link Assignors#COOPERATIVE_STICKY}. Ring 0.
 *
 * <p>Everybody keeps what it has; what is free goes to whoever follows the topic and has least; then, as long as somebody
 * has two more than another to whom a partition can get, directly or by way of others, one partition moves each step of
 * that way. No division is more even then, also where members follow different topics.
 */
final class StickyAssignor implements Assignor {
    private final String name;
    private final boolean isCooperative;

    StickyAssignor(String name, boolean isCooperative) {
        this.name = name;
        this.isCooperative = isCooperative;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public boolean isCooperative() {
        return isCooperative;
    }

    @Override
    public Map<String, List<TopicPartition>> assign(Map<String, Integer> partitions, Map<String, Subscriber> members) {
        var division = new Division(partitions, members);
        var owners = owners(partitions, members);
        owners.forEach((partition, owner) -> division.give(partition, owner));
        for (var partition : division.free()) {
            var poorest = division.poorest(partition.topic());
            if (poorest != null) division.give(partition, poorest);
        }
        division.even();
        if (isCooperative) division.withhold(claims(members));
        return division.shares();
    }

    /** What each member says that it has; where several say so, the one with the youngest generation is right. */
    private static Map<TopicPartition, String> owners(
            Map<String, Integer> partitions, Map<String, Subscriber> members) {
        var owners = new TreeMap<TopicPartition, String>();
        var since = new HashMap<TopicPartition, Integer>();
        for (var member : new TreeMap<>(members).entrySet()) {
            var topics = new HashSet<>(member.getValue().subscription().topics());
            var before = before(member.getValue().subscription());
            for (var partition : before.owned()) {
                boolean exists = partition.partition() < partitions.getOrDefault(partition.topic(), 0);
                if (!exists || !topics.contains(partition.topic())) continue;
                int generation = since.getOrDefault(partition, Integer.MIN_VALUE);
                if (before.generation() > generation) {
                    owners.put(partition, member.getKey());
                    since.put(partition, before.generation());
                } else if (before.generation() == generation) {
                    // Nobody can be right: whoever gets it now gets it anew.
                    owners.remove(partition);
                }
            }
        }
        return owners;
    }

    private static Map<TopicPartition, Set<String>> claims(Map<String, Subscriber> members) {
        var claims = new HashMap<TopicPartition, Set<String>>();
        members.forEach((member, subscriber) -> {
            for (var partition : subscriber.subscription().owned()) {
                claims.computeIfAbsent(partition, none -> new HashSet<>()).add(member);
            }
        });
        return claims;
    }

    private record Before(Collection<TopicPartition> owned, int generation) {}

    /** Members that gave everything back before they joined tell in their user data what it was, as with Kafka. */
    private static Before before(ConsumerProtocol.Subscription subscription) {
        var userData = subscription.userData();
        if (!subscription.owned().isEmpty() || userData == null || userData.remaining() <= Integer.BYTES) {
            return new Before(subscription.owned(), subscription.generation());
        }
        try {
            return decode(userData);
        } catch (MillraceException foreign) {
            return new Before(List.of(), -1);
        }
    }

    private static Before decode(ByteBuffer userData) {
        var in = new WireInput("the user data of a sticky member", userData);
        var owned = new ArrayList<TopicPartition>();
        for (int topics = in.count(2); topics > 0; topics--) {
            var topic = in.string();
            for (int left = in.count(Integer.BYTES); left > 0; left--) {
                int index = in.int32();
                if (index >= 0) owned.add(new TopicPartition(topic, index));
            }
        }
        return new Before(owned, in.hasMore() ? in.int32() : -1);
    }

    @Override
    public ByteBuffer userData(Collection<TopicPartition> before, int generation) {
        if (isCooperative)
            return ByteBuffer.wrap(new WireOutput().int32(generation).toArray());
        var byTopic = new TreeMap<String, TreeSet<Integer>>();
        for (var partition : before) {
            byTopic.computeIfAbsent(partition.topic(), topic -> new TreeSet<>()).add(partition.partition());
        }
        var out = new WireOutput().int32(byTopic.size());
        byTopic.forEach((topic, indexes) -> {
            out.string(topic).int32(indexes.size());
            indexes.forEach(out::int32);
        });
        return ByteBuffer.wrap(out.int32(generation).toArray());
    }
}
