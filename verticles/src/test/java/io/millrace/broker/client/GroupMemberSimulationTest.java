package io.millrace.broker.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ConsumerOptions;
import io.millrace.group.Claim;
import io.millrace.group.Committed;
import io.millrace.group.GroupLog;
import io.millrace.group.GroupOptions;
import io.millrace.group.GroupShard;
import io.millrace.group.GroupState;
import io.millrace.group.GroupView;
import io.millrace.group.Groups;
import io.millrace.group.JoinRequest;
import io.millrace.group.Joined;
import io.millrace.group.OffsetToCommit;
import io.millrace.group.SyncRequest;
import io.millrace.group.Synced;
import io.millrace.group.TopicPartition;
import io.millrace.model.Refusal;
import io.millrace.sim.Seeds;
import io.millrace.sim.SimulatedTime;
import io.millrace.time.Timers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Members as consumers have them and the real groups, with simulated time: they come, go, stall, are slow and die. */
class GroupMemberSimulationTest {
    private static final String TOPIC = "orders";
    private static final int SESSION = 10_000;
    private static final int PROCESSING = 30_000;

    /** Keeps nothing: the groups are not restarted here. */
    private record ForgetfulLog(SimulatedTime time, Random random) implements GroupLog {
        @Override
        public Future<Void> append(ByteBuffer batch) {
            var done = Promise.<Void>promise();
            time.after(1 + random.nextInt(10), done::complete);
            return done.future();
        }

        @Override
        public Future<Page> read(long from, int maxBytes) {
            return Future.succeededFuture(new Page(ByteBuffer.allocate(0), 0));
        }

        @Override
        public Future<Long> start() {
            return Future.succeededFuture(0L);
        }
    }

    private static final class World {
        final SimulatedTime time = new SimulatedTime();
        final Random random;
        final List<String> assignors;
        final boolean isPeaceful;
        final GroupShard shard;
        final List<Life> lives = new ArrayList<>();
        final Map<Integer, Long> committed = new TreeMap<>();
        int partitions = 6;
        String violation = "";
        private long ids;

        World(Random random, List<String> assignors, boolean isPeaceful) {
            this.random = random;
            this.assignors = assignors;
            this.isPeaceful = isPeaceful;
            this.shard = GroupShard.open(
                            "sim", new ForgetfulLog(time, random), time, () -> new UUID(0, ++ids), GroupOptions.DEFAULT)
                    .result();
        }

        void broken(String what) {
            if (violation.isEmpty()) violation = "at " + time.millis() + " ms: " + what;
        }

        void check() {
            if (!violation.isEmpty()) throw new AssertionError(violation);
        }

        List<Life> living() {
            return lives.stream()
                    .filter(life -> !life.isDead && !life.isLeaving)
                    .toList();
        }

        void change() {
            var living = living();
            int what = random.nextInt(isPeaceful ? 5 : 9);
            if (living.isEmpty() || (what < 3 && living.size() < 5)) {
                lives.add(new Life(this, lives.size()));
                return;
            }
            var one = living.get(random.nextInt(living.size()));
            switch (what) {
                case 3 -> one.leave();
                case 4 -> {
                    if (partitions < 12) partitions++;
                    shard.topicChanged(TOPIC);
                }
                case 5 -> one.die();
                case 6, 7 -> one.stall(random.nextInt(40_000));
                case 8 -> one.stepOut();
                default -> {}
            }
        }

        void pass(long millis) {
            time.advance(Duration.ofMillis(millis));
            check();
        }

        /** After the last change everything is owned, once, by those who live. */
        void calm() {
            if (living().isEmpty()) lives.add(new Life(this, lives.size()));
            for (var life : living()) life.stall(0);
            pass(PROCESSING + SESSION);
            var owners = new HashMap<Integer, Life>();
            for (var life : living()) {
                for (int partition : life.working.keySet()) {
                    var other = owners.put(partition, life);
                    if (other != null)
                        throw new AssertionError(partition + " has two owners: " + other + " and " + life);
                }
                assertThat(life.working.keySet()).as("%s", life).isEqualTo(life.member.owned());
            }
            assertThat(owners)
                    .as("owned at the end of %s", shard.describe("g").result())
                    .hasSize(partitions);
            var view = shard.describe("g");
            pass(100);
            assertThat(view.result().state()).isEqualTo(GroupState.STABLE);
            var before = Map.copyOf(committed);
            pass(5_000);
            for (int n = 0; n < partitions; n++) {
                assertThat(committed.getOrDefault(n, 0L))
                        .as("work on %s goes on", n)
                        .isGreaterThan(before.getOrDefault(n, 0L));
            }
        }
    }

    /** One process: its member, its clock that may stand still, its way to the groups, and its work. */
    private static final class Life implements Timers, Groups, GroupMember.Listener {
        final World world;
        final int number;
        final GroupMember member;
        /** How far the work has come on what is assigned. */
        final Map<Integer, Long> working = new TreeMap<>();

        final Set<Integer> draining = new TreeSet<>();
        boolean isDead;
        boolean isLeaving;
        private long stalledUntil;
        private int epoch;
        /** When the last request arrived: they stay in order. */
        private long arrival;

        Life(World world, int number) {
            this.world = world;
            this.number = number;
            var options = new ConsumerOptions()
                    .setTopic(TOPIC)
                    .setGroup("g")
                    .setAssignors(world.assignors)
                    .setSessionTimeoutMillis(SESSION)
                    .setProcessingTimeoutMillis(PROCESSING);
            var heart = new Heart(this, "g", this, options.getHeartbeatMillis(), PROCESSING, Runnable::run);
            member = new GroupMember(
                    this, this, options, topic -> Future.succeededFuture(world.partitions), heart, this);
            member.join();
            work();
        }

        void leave() {
            isLeaving = true;
            var all = new TreeSet<>(working.keySet());
            draining.addAll(all);
            commit(all).onComplete(done -> {
                working.clear();
                member.leave();
                // Whatever was to be sent is.
                world.time.after(1_000, () -> isDead = true);
            });
        }

        void die() {
            isDead = true;
            working.clear();
        }

        void stall(long millis) {
            stalledUntil = world.time.millis() + millis;
        }

        void stepOut() {
            member.stepOut(Refusal.ACK_TIMEOUT.because("too slow"));
            after(world.random.nextInt(5_000), member::join);
        }

        /** Every partition that is worked on comes on, and is committed. */
        private void work() {
            working.replaceAll((partition, position) ->
                    draining.contains(partition) ? position : position + world.random.nextInt(10));
            commit(working.keySet());
            after(500, this::work);
        }

        private Future<Void> commit(Collection<Integer> partitions) {
            var positions = new HashMap<>(working);
            positions.keySet().retainAll(partitions);
            return member.commit(positions);
        }

        @Override
        public void assigned(Set<Integer> partitions) {
            int mine = epoch;
            for (int partition : partitions) {
                if (working.containsKey(partition)) world.broken(partition + " was assigned twice to " + this);
            }
            member.committed(partitions).onSuccess(found -> {
                if (mine != epoch) return;
                for (int partition : partitions) {
                    if (!member.owned().contains(partition) || draining.contains(partition)) continue;
                    if (world.isPeaceful) {
                        for (var other : world.lives) {
                            if (other != this && other.working.containsKey(partition)) {
                                world.broken(this + " got " + partition + " while " + other + " works on it");
                            }
                        }
                    }
                    working.put(partition, found.getOrDefault(partition, 0L));
                }
            });
        }

        @Override
        public Future<Void> revoke(Set<Integer> partitions) {
            int mine = epoch;
            draining.addAll(partitions);
            var done = Promise.<Void>promise();
            after(world.random.nextInt(800), () -> {
                if (mine != epoch) return;
                commit(partitions).onComplete(committed -> {
                    if (mine != epoch) return;
                    working.keySet().removeAll(partitions);
                    draining.removeAll(partitions);
                    done.complete();
                });
            });
            return done.future();
        }

        @Override
        public void lost(Set<Integer> partitions) {
            epoch++;
            if (world.isPeaceful) world.broken(this + " lost " + partitions);
            working.clear();
            draining.clear();
        }

        @Override
        public void failed(Throwable cause) {
            world.broken(this + " failed: " + cause);
        }

        /** Runs here, when this process runs again. */
        private void later(long millis, Runnable action) {
            world.time.after(millis, () -> {
                if (isDead) return;
                long left = stalledUntil - world.time.millis();
                if (left > 0) later(left, action);
                else action.run();
            });
        }

        private <T> Future<T> ask(Supplier<Future<T>> question) {
            var answer = Promise.<T>promise();
            arrival = Math.max(arrival, world.time.millis() + 1 + world.random.nextInt(20));
            world.time.after(arrival - world.time.millis(), () -> question.get()
                    .onComplete(result -> later(1 + world.random.nextInt(20), () -> {
                        if (result.succeeded()) answer.complete(result.result());
                        else answer.fail(result.cause());
                    })));
            return answer.future();
        }

        @Override
        public long wallMillis() {
            return world.time.wallMillis();
        }

        @Override
        public long nanos() {
            return world.time.nanos();
        }

        @Override
        public Timer after(long millis, Runnable action) {
            boolean[] cancelled = {false};
            later(millis, () -> {
                if (!cancelled[0]) action.run();
            });
            return () -> cancelled[0] = true;
        }

        @Override
        public Future<Joined> join(JoinRequest request) {
            return ask(() -> world.shard.join(request));
        }

        @Override
        public Future<Synced> sync(SyncRequest request) {
            return ask(() -> world.shard.sync(request));
        }

        @Override
        public Future<Void> heartbeat(String group, Claim claim) {
            return ask(() -> world.shard.heartbeat(group, claim));
        }

        @Override
        public Future<Void> awaitRebalance(String group, Claim claim) {
            return ask(() -> world.shard.awaitRebalance(group, claim));
        }

        @Override
        public Future<List<Left>> leave(String group, List<Leaving> members) {
            return ask(() -> world.shard.leave(group, members));
        }

        @Override
        public Future<Void> commit(String group, Claim claim, Map<TopicPartition, OffsetToCommit> offsets) {
            return ask(() ->
                    world.shard.commit(group, claim, offsets).onSuccess(done -> offsets.forEach(this::committed)));
        }

        private void committed(TopicPartition partition, OffsetToCommit commit) {
            var before = world.committed.put(partition.partition(), commit.offset());
            if (before != null && before > commit.offset()) {
                world.broken(this + " took " + partition + " back from " + before + " to " + commit.offset());
            }
        }

        @Override
        public Future<Map<TopicPartition, Committed>> committed(String group, Collection<TopicPartition> partitions) {
            return ask(() -> world.shard.committed(group, partitions));
        }

        @Override
        public Future<List<GroupSummary>> list() {
            return world.shard.list();
        }

        @Override
        public Future<GroupView> describe(String group) {
            return world.shard.describe(group);
        }

        @Override
        public Future<Void> delete(String group) {
            return world.shard.delete(group);
        }

        @Override
        public Future<Set<TopicPartition>> deleteOffsets(String group, Collection<TopicPartition> partitions) {
            return world.shard.deleteOffsets(group, partitions);
        }

        @Override
        public Future<Void> topicChanged(String topic) {
            return world.shard.topicChanged(topic);
        }

        @Override
        public Future<Void> topicDeleted(String topic) {
            return world.shard.topicDeleted(topic);
        }

        @Override
        public String toString() {
            return "life " + number;
        }
    }

    private static final List<List<String>> ASSIGNORS = List.of(
            List.of("cooperative-sticky"),
            List.of("range"),
            List.of("sticky"),
            List.of("roundrobin"),
            List.of("cooperative-sticky", "range"));

    private static void live(Random random, boolean isPeaceful) {
        var world = new World(random, ASSIGNORS.get(random.nextInt(ASSIGNORS.size())), isPeaceful);
        for (int n = 0; n < 20; n++) {
            world.change();
            world.pass(random.nextInt(random.nextInt(4) == 0 ? 20_000 : 500));
        }
        world.calm();
    }

    @Test
    void membersThatComeAndGoInPeaceNeverOwnAPartitionAtTheSameTimeAndLoseNone() {
        Seeds.forEach(100, random -> live(random, true));
    }

    @Test
    void whateverHappensToMembersCommitsGoForwardAndEverythingIsOwnedInTheEnd() {
        Seeds.forEach(300, random -> live(random, false));
    }
}
