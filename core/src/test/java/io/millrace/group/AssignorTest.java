package io.millrace.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.group.Assignor.Subscriber;
import io.millrace.group.ConsumerProtocol.Subscription;
import io.millrace.sim.Seeds;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.RangeAssignor;
import org.apache.kafka.clients.consumer.RoundRobinAssignor;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class AssignorTest {
    /** Kept, so that its level is; Kafka's assignors tell every division. */
    private static final Logger KAFKA = Logger.getLogger("org.apache.kafka");

    @BeforeAll
    static void kafkaIsQuiet() {
        KAFKA.setLevel(Level.WARNING);
    }

    /** Topics, members and what they follow, by chance. */
    private static final class Case {
        final Map<String, Integer> partitions = new TreeMap<>();
        final Map<String, Subscriber> members = new TreeMap<>();

        Case(Random random, boolean isSame) {
            int topics = 1 + random.nextInt(5);
            for (int n = 0; n < topics; n++) partitions.put("t" + n, 1 + random.nextInt(12));
            int count = 1 + random.nextInt(8);
            for (int n = 0; n < count; n++)
                join(random, "m" + n, isSame, random.nextInt(4) == 0 ? "i" + (9 - n) : null);
        }

        void join(Random random, String member, boolean isSame, String instance) {
            var follows = new ArrayList<String>();
            for (var topic : partitions.keySet()) if (isSame || random.nextInt(3) > 0) follows.add(topic);
            // Kafka's sticky assignors give partitions even to a member that follows nothing.
            if (follows.isEmpty()) follows.add("t0");
            members.put(member, new Subscriber(Subscription.of(follows, List.of(), -1), instance));
        }

        /** What the members say the next time. */
        void remember(Map<String, List<TopicPartition>> shares, int generation) {
            members.replaceAll((member, before) -> new Subscriber(
                    Subscription.of(before.subscription().topics(), shares.getOrDefault(member, List.of()), generation),
                    before.instanceId()));
        }
    }

    private static Map<String, List<TopicPartition>> kafka(ConsumerPartitionAssignor assignor, Case given) {
        var node = new Node(0, "localhost", 1);
        var infos = new ArrayList<PartitionInfo>();
        given.partitions.forEach((topic, count) -> {
            for (int n = 0; n < count; n++) infos.add(new PartitionInfo(topic, n, node, new Node[0], new Node[0]));
        });
        var cluster = new Cluster("c", List.of(node), infos, Set.of(), Set.of());
        var subscriptions = new HashMap<String, ConsumerPartitionAssignor.Subscription>();
        given.members.forEach((member, subscriber) -> {
            var ours = subscriber.subscription();
            var theirs = new ConsumerPartitionAssignor.Subscription(
                    ours.topics(),
                    ours.userData(),
                    ours.owned().stream()
                            .map(each -> new org.apache.kafka.common.TopicPartition(each.topic(), each.partition()))
                            .toList(),
                    ours.generation(),
                    Optional.empty());
            theirs.setGroupInstanceId(Optional.ofNullable(subscriber.instanceId()));
            subscriptions.put(member, theirs);
        });
        var assigned = assignor.assign(cluster, new ConsumerPartitionAssignor.GroupSubscription(subscriptions))
                .groupAssignment();
        var shares = new TreeMap<String, List<TopicPartition>>();
        assigned.forEach((member, assignment) -> shares.put(
                member,
                assignment.partitions().stream()
                        .map(each -> new TopicPartition(each.topic(), each.partition()))
                        .sorted()
                        .toList()));
        return shares;
    }

    @Test
    void rangeDividesAsKafkaDoes() {
        Seeds.forEach(500, random -> {
            var given = new Case(random, random.nextBoolean());
            assertThat(Assignors.RANGE.assign(given.partitions, given.members))
                    .isEqualTo(kafka(new RangeAssignor(), given));
        });
    }

    @Test
    void roundRobinDividesAsKafkaDoes() {
        Seeds.forEach(500, random -> {
            var given = new Case(random, random.nextBoolean());
            assertThat(Assignors.ROUND_ROBIN.assign(given.partitions, given.members))
                    .isEqualTo(kafka(new RoundRobinAssignor(), given));
        });
    }

    /** Every partition that somebody follows has one owner, who follows it. */
    private static void checkWhole(Case given, Map<String, List<TopicPartition>> shares) {
        assertThat(shares.keySet()).isEqualTo(given.members.keySet());
        var owned = new HashSet<TopicPartition>();
        shares.forEach((member, share) -> {
            for (var partition : share) {
                assertThat(owned.add(partition)).as(partition + " twice").isTrue();
                assertThat(given.members.get(member).subscription().topics()).contains(partition.topic());
            }
        });
        given.partitions.forEach((topic, count) -> {
            boolean followed = given.members.values().stream()
                    .anyMatch(each -> each.subscription().topics().contains(topic));
            for (int n = 0; n < count; n++) {
                assertThat(owned.contains(new TopicPartition(topic, n))).isEqualTo(followed);
            }
        });
    }

    private static long squares(Map<String, List<TopicPartition>> shares) {
        return shares.values().stream()
                .mapToLong(share -> (long) share.size() * share.size())
                .sum();
    }

    private static int kept(Case given, Map<String, List<TopicPartition>> shares) {
        int kept = 0;
        for (var member : given.members.entrySet()) {
            var share = shares.get(member.getKey());
            for (var partition : member.getValue().subscription().owned()) if (share.contains(partition)) kept++;
        }
        return kept;
    }

    @Test
    void stickyIsAsEvenAsKafkaOrMoreEvenAndMovesNoMore() {
        Seeds.forEach(400, random -> {
            boolean isSame = random.nextInt(3) > 0;
            var given = new Case(random, isSame);
            given.remember(Assignors.STICKY.assign(given.partitions, given.members), 1);
            change(random, given, isSame);
            var ours = Assignors.STICKY.assign(given.partitions, given.members);
            checkWhole(given, ours);
            var theirs = kafka(new StickyAsCooperative(), given);
            assertThat(squares(ours)).isLessThanOrEqualTo(squares(theirs));
            if (isSame) assertThat(kept(given, ours)).isGreaterThanOrEqualTo(kept(given, theirs));
        });
    }

    /** Kafka's sticky division before the cooperative one withholds what moves. */
    private static final class StickyAsCooperative
            extends org.apache.kafka.clients.consumer.internals.AbstractStickyAssignor {
        @Override
        protected MemberData memberData(ConsumerPartitionAssignor.Subscription subscription) {
            return new MemberData(subscription.ownedPartitions(), subscription.generationId());
        }

        @Override
        public String name() {
            return "sticky";
        }
    }

    private static void change(Random random, Case given, boolean isSame) {
        switch (random.nextInt(4)) {
            case 0 -> given.join(random, "n" + random.nextInt(100), isSame, null);
            case 1 -> {
                if (given.members.size() > 1)
                    given.members.remove(given.members.keySet().iterator().next());
            }
            case 2 -> given.partitions.computeIfPresent("t0", (topic, count) -> count + 3);
            default -> {
                given.join(random, "o" + random.nextInt(100), isSame, null);
                given.join(random, "p" + random.nextInt(100), isSame, null);
            }
        }
    }

    @Test
    void stickyChangesNothingWhenNothingHasChanged() {
        Seeds.forEach(200, random -> {
            var given = new Case(random, random.nextBoolean());
            var first = Assignors.STICKY.assign(given.partitions, given.members);
            given.remember(first, 1);
            assertThat(Assignors.STICKY.assign(given.partitions, given.members)).isEqualTo(first);
        });
    }

    @Test
    void whatMovesCooperativelyHasNoOwnerForOneGenerationAndThenItsNewOne() {
        Seeds.forEach(400, random -> {
            boolean isSame = random.nextBoolean();
            var given = new Case(random, isSame);
            given.remember(Assignors.COOPERATIVE_STICKY.assign(given.partitions, given.members), 1);
            change(random, given, isSame);
            var had = new HashMap<TopicPartition, String>();
            given.members.forEach((member, subscriber) ->
                    subscriber.subscription().owned().forEach(partition -> had.put(partition, member)));
            var between = Assignors.COOPERATIVE_STICKY.assign(given.partitions, given.members);
            between.forEach((member, share) -> share.forEach(
                    partition -> assertThat(had.getOrDefault(partition, member)).isEqualTo(member)));
            given.remember(between, 2);
            var after = Assignors.COOPERATIVE_STICKY.assign(given.partitions, given.members);
            checkWhole(given, after);
            between.forEach((member, share) -> assertThat(after.get(member)).containsAll(share));
            given.remember(after, 3);
            assertThat(Assignors.COOPERATIVE_STICKY.assign(given.partitions, given.members))
                    .isEqualTo(after);
        });
    }

    @Test
    void cooperativeIsAsEvenAsKafkaAfterAChange() {
        Seeds.forEach(200, random -> {
            var given = new Case(random, true);
            given.remember(Assignors.COOPERATIVE_STICKY.assign(given.partitions, given.members), 1);
            change(random, given, true);
            var ours = Assignors.COOPERATIVE_STICKY.assign(given.partitions, given.members);
            var theirs = kafka(new CooperativeStickyAssignor(), given);
            assertThat(kept(given, ours)).isGreaterThanOrEqualTo(kept(given, theirs));
        });
    }

    @Test
    void aClaimOfAnOlderGenerationLosesAndTwoOfTheSameLoseBoth() {
        var partitions = Map.of("t", 2);
        var p0 = new TopicPartition("t", 0);
        var p1 = new TopicPartition("t", 1);
        var old = new Subscriber(Subscription.of(List.of("t"), List.of(p0), 3), null);
        var young = new Subscriber(Subscription.of(List.of("t"), List.of(p0, p1), 4), null);
        assertThat(Assignors.STICKY
                        .assign(partitions, Map.of("a", old, "b", young))
                        .get("b"))
                .contains(p0);
        var shares = Assignors.COOPERATIVE_STICKY.assign(partitions, Map.of("a", young, "b", young));
        assertThat(shares.values()).allMatch(List::isEmpty);
    }

    @Test
    void theOwnersOfAnEagerGroupAreKnownByTheirUserData() {
        var before = List.of(new TopicPartition("t", 0), new TopicPartition("t", 2));
        var userData = Assignors.STICKY.userData(before, 7);
        var returning = new Subscriber(new Subscription(List.of("t"), userData, List.of(), 7, null), null);
        var fresh = new Subscriber(Subscription.of(List.of("t"), List.of(), -1), null);
        assertThat(Assignors.STICKY
                        .assign(Map.of("t", 4), Map.of("a", fresh, "b", returning))
                        .get("b"))
                .isEqualTo(before);
    }
}
