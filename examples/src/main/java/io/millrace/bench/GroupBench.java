package io.millrace.bench;

import io.millrace.BrokerOptions;
import io.millrace.TopicOptions;
import io.millrace.broker.EmbeddedBroker;
import io.millrace.group.Assignor.Subscriber;
import io.millrace.group.Assignors;
import io.millrace.group.Claim;
import io.millrace.group.ConsumerProtocol;
import io.millrace.group.ConsumerProtocol.Assignment;
import io.millrace.group.ConsumerProtocol.Subscription;
import io.millrace.group.Groups;
import io.millrace.group.JoinRequest;
import io.millrace.group.Joined;
import io.millrace.group.Protocol;
import io.millrace.group.SyncRequest;
import io.millrace.group.TopicPartition;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/**
 * What consumer groups cost: the heartbeats of many groups, and the time of a rebalance in this process.
 *
 * <p>Arguments: groups (1000), members of each (10), seconds of heartbeats (15), data directory (none: in memory).
 */
public final class GroupBench {
    private static final String TOPIC = "bench";
    private static final int PARTITIONS = 100;
    private static final int MEMBERS = 10;
    private static final int HEARTBEAT_MILLIS = 3_000;
    private static final int ROUNDS = 20;

    private GroupBench() {}

    public static void main(String[] args) throws Exception {
        int groups = args.length > 0 ? Integer.parseInt(args[0]) : 1_000;
        int members = args.length > 1 ? Integer.parseInt(args[1]) : 10;
        int seconds = args.length > 2 ? Integer.parseInt(args[2]) : 15;
        var options = new BrokerOptions()
                .setTopics(List.of(new TopicOptions().setName(TOPIC).setPartitions(PARTITIONS)));
        if (args.length > 3) options.setDataDir(Path.of(args[3]).toString()).setMinFreeBytes(0);
        var vertx = Vertx.vertx();
        var broker = EmbeddedBroker.create(vertx, options);
        await(broker.start());
        rebalances(broker.node().groups());
        heartbeats(vertx, broker.node().groups(), groups, members, seconds);
        await(broker.close());
        await(vertx.close());
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(120, TimeUnit.SECONDS);
    }

    // Heartbeats.

    private static void heartbeats(Vertx vertx, Groups groups, int count, int size, int seconds) throws Exception {
        var beats = new ArrayList<Member>();
        for (int n = 0; n < count * size; n++) beats.add(new Member(groups, "group-" + n / size));
        vertx.runOnContext(now -> beats.forEach(Member::join));
        while (!beats.stream().allMatch(Member::settled)) Thread.sleep(100);
        var refused = new long[1];
        var sent = new long[1];
        // On a loop, in equal portions each millisecond, as many members would send them.
        int portion = Math.max(1, beats.size() * 10 / HEARTBEAT_MILLIS);
        var next = new int[1];
        long timer = vertx.setPeriodic(10, tick -> {
            for (int n = 0; n < portion; n++) {
                var beat = beats.get(next[0]++ % beats.size());
                sent[0]++;
                groups.heartbeat(beat.group, beat.claim()).onFailure(cause -> refused[0]++);
            }
        });
        Thread.sleep(3_000);
        long sentBefore = sent[0];
        long cpuBefore = cpuNanos();
        long before = System.nanoTime();
        Thread.sleep(seconds * 1_000L);
        double elapsed = System.nanoTime() - before;
        double cpu = cpuNanos() - cpuBefore;
        vertx.cancelTimer(timer);
        System.out.printf(
                Locale.ROOT,
                "%d groups of %d members: %.0f heartbeats/s, %.1f %% of a core for the whole process, %d refused%n",
                count,
                size,
                (sent[0] - sentBefore) / (elapsed / 1e9),
                100 * cpu / elapsed,
                refused[0]);
    }

    private static long cpuNanos() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }

    // Rebalances.

    private static JoinRequest request(String group, String id, Collection<TopicPartition> owned, int generation) {
        var subscription = ConsumerProtocol.encode(Subscription.of(List.of(TOPIC), owned, generation));
        var protocol = new Protocol("cooperative-sticky", subscription);
        return new JoinRequest(
                group, id, null, "bench", "here", ConsumerProtocol.TYPE, List.of(protocol), 30_000, 60_000, false);
    }

    /** A member that does what the group says, and counts the partitions that it had to give back. */
    private static final class Member {
        private final Groups groups;
        private final String group;
        private final TreeSet<TopicPartition> owned = new TreeSet<>();
        private volatile String id = "";
        private volatile int generation = -1;
        private volatile boolean settled;
        private volatile boolean left;

        Member(Groups groups, String group) {
            this.groups = groups;
            this.group = group;
        }

        boolean settled() {
            return settled;
        }

        Claim claim() {
            return new Claim(generation, id, null);
        }

        synchronized int size() {
            return owned.size();
        }

        void join() {
            settled = false;
            groups.join(request(group, id, List.copyOf(owned), generation)).onSuccess(joined -> {
                id = joined.memberId();
                generation = joined.generation();
                var claim = joined.claim(null);
                groups.sync(new SyncRequest(group, claim, null, null, divide(joined)))
                        .onSuccess(synced -> take(claim, ConsumerProtocol.decodeAssignment(synced.assignment())))
                        .onFailure(again -> join());
            });
        }

        private void take(Claim claim, Assignment share) {
            if (left) return;
            boolean gaveBack;
            synchronized (this) {
                gaveBack = owned.retainAll(share.partitions());
                owned.addAll(share.partitions());
            }
            settled = !gaveBack;
            if (gaveBack) join();
            else
                groups.awaitRebalance(group, claim).onSuccess(told -> {
                    if (!left) join();
                });
        }

        Future<?> leave() {
            left = true;
            synchronized (this) {
                owned.clear();
            }
            return groups.leave(group, List.of(new Groups.Leaving(id, null)));
        }

        private static Map<String, ByteBuffer> divide(Joined joined) {
            var shares = new HashMap<String, ByteBuffer>();
            if (!joined.isLeader()) return shares;
            var members = new TreeMap<String, Subscriber>();
            for (var member : joined.members()) {
                members.put(
                        member.memberId(),
                        new Subscriber(ConsumerProtocol.decodeSubscription(member.metadata()), null));
            }
            Assignors.COOPERATIVE_STICKY
                    .assign(Map.of(TOPIC, PARTITIONS), members)
                    .forEach((member, share) -> shares.put(member, ConsumerProtocol.encode(Assignment.of(share))));
            return shares;
        }
    }

    private static void rebalances(Groups groups) throws Exception {
        var members = new ArrayList<Member>();
        for (int n = 0; n < MEMBERS - 1; n++) members.add(new Member(groups, "rebalanced"));
        members.forEach(Member::join);
        settle(members);
        var joins = new ArrayList<Long>();
        var leaves = new ArrayList<Long>();
        for (int round = 0; round < ROUNDS; round++) {
            var more = new Member(groups, "rebalanced");
            members.add(more);
            long before = System.nanoTime();
            more.join();
            joins.add(settle(members) - before);
            members.remove(more);
            before = System.nanoTime();
            await(more.leave());
            leaves.add(settle(members) - before);
        }
        tell("a tenth member joins", joins);
        tell("a tenth member leaves", leaves);
        for (var member : members) await(member.leave());
    }

    /** Waits until everything is owned, as evenly as can be. */
    private static long settle(List<Member> members) throws InterruptedException {
        int least = PARTITIONS / members.size();
        while (true) {
            int sum = 0;
            boolean even = true;
            for (var member : members) {
                int size = member.size();
                sum += size;
                even &= size == least || size == least + 1;
            }
            if (even && sum == PARTITIONS) return System.nanoTime();
            Thread.sleep(0, 200_000);
        }
    }

    private static void tell(String what, List<Long> nanos) {
        var sorted = nanos.stream().sorted().toList();
        System.out.printf(
                Locale.ROOT,
                "%d partitions, %s: median %.1f ms, worst %.1f ms until all are owned again%n",
                PARTITIONS,
                what,
                sorted.get(sorted.size() / 2) / 1e6,
                sorted.get(sorted.size() - 1) / 1e6);
    }
}
