package io.millrace.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.cluster.CreateTopic;
import io.millrace.cluster.Origin;
import io.millrace.cluster.TopicConfig;
import io.millrace.model.PartitionId;
import io.millrace.partition.Acks;
import io.millrace.partition.Offsets;
import io.millrace.partition.Partitions;
import io.millrace.partition.ReadRequest;
import io.millrace.sim.Defects;
import io.millrace.sim.Seeds;
import io.millrace.sim.SimulatedCrash;
import io.millrace.sim.SimulatedDisk;
import io.millrace.sim.SimulatedNode;
import io.millrace.sim.Simulation;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** The shard on a real log on a simulated disk: what was answered survives a kill and a power cut (S9). */
class GroupPowerCutTest {
    private static final UUID TOPIC = new UUID(9, 9);
    private static final PartitionId PARTITION = new PartitionId(TOPIC, 0);
    private static final TopicPartition ORDERS = new TopicPartition("orders", 3);

    private record OnPartition(Partitions partitions) implements GroupLog {
        @Override
        public Future<Void> append(ByteBuffer batch) {
            return partitions.append(PARTITION, batch, Acks.ALL).mapEmpty();
        }

        @Override
        public Future<Page> read(long from, int maxBytes) {
            return partitions
                    .read(PARTITION, new ReadRequest(from, maxBytes, 0))
                    .map(fetched -> new Page(fetched.batches(), fetched.highWatermark()));
        }

        @Override
        public Future<Long> start() {
            return partitions.offsets(PARTITION).map(Offsets::start);
        }
    }

    /** One node with one shard through several lives. */
    private static final class World {
        final Random random;
        final Simulation simulation;
        final Map<String, Long> answered = new HashMap<>();
        final Map<String, Long> tried = new HashMap<>();
        final Map<String, Integer> generations = new HashMap<>();
        SimulatedDisk disk;
        SimulatedNode node;
        GroupShard shard;
        long ids;

        World(Random random) {
            this.random = random;
            this.simulation = new Simulation(new Random(random.nextLong()));
            this.disk = new SimulatedDisk(new Random(random.nextLong()));
        }

        void start() {
            node = SimulatedNode.on(simulation, disk, Defects.NONE);
            var starting = node;
            var opened = new AtomicReference<Future<GroupShard>>();
            node.atHome(() -> opened.set(starting.start(any -> Future.succeededFuture())
                    .compose(started -> starting.submit(new CreateTopic(
                            TOPIC,
                            GroupRecords.TOPIC,
                            1,
                            1,
                            TopicConfig.parse(Map.of("segment.bytes", "2048", "retention.ms", "-1")),
                            Origin.BROKER)))
                    .compose(created -> starting.open(created.topic()))
                    .compose(ready -> GroupShard.open(
                            "sim/0",
                            new OnPartition(starting.partitions()),
                            starting.timers(),
                            () -> new UUID(0, ++ids),
                            GroupOptions.DEFAULT.withQuietMillis(0)))));
            simulation.runUntilIdle();
            assertThat(opened.get().succeeded()).as(opened.get().toString()).isTrue();
            shard = opened.get().result();
        }

        void check() {
            for (int n = 0; n < 3; n++) {
                var group = "g" + n;
                var found = new AtomicReference<Future<Map<TopicPartition, Committed>>>();
                node.atHome(() -> found.set(shard.committed(group, null)));
                simulation.runUntilIdle();
                var kept = found.get().result().get(ORDERS);
                long offset = kept == null ? -1 : kept.offset();
                assertThat(offset)
                        .as(group)
                        .isBetween(answered.getOrDefault(group, -1L), tried.getOrDefault(group, -1L));
            }
            List.copyOf(generations.keySet()).forEach(this::checkGeneration);
        }

        private void checkGeneration(String group) {
            var view = new AtomicReference<Future<GroupView>>();
            node.atHome(() -> view.set(shard.describe(group)));
            simulation.runUntilIdle();
            assertThat(view.get().result().generation())
                    .as("generation of " + group)
                    .isGreaterThanOrEqualTo(generations.get(group));
        }

        void step() {
            switch (random.nextInt(6)) {
                case 0, 1, 2 -> node.atHome(this::commit);
                case 3 -> node.atHome(this::join);
                case 4 -> simulation.advance(Duration.ofMillis(random.nextInt(5_000)));
                default -> {
                    for (int n = random.nextInt(20); n > 0; n--) simulation.step();
                }
            }
        }

        /** To a group without members, so that the order of requests is the order of offsets. */
        private void commit() {
            var group = "g" + random.nextInt(3);
            long offset = tried.merge(group, 1L + random.nextInt(5), Long::sum);
            shard.commit(group, Claim.NOBODY, Map.of(ORDERS, OffsetToCommit.of(offset)))
                    .onSuccess(done -> answered.merge(group, offset, Math::max));
        }

        private void join() {
            var group = "m" + random.nextInt(2);
            var request = new JoinRequest(
                    group,
                    "",
                    "instance",
                    "c",
                    "h",
                    "consumer",
                    List.of(new Protocol("range", ByteBuffer.wrap(new byte[200]))),
                    10_000,
                    60_000,
                    false);
            shard.join(request).compose(joined -> shard.sync(new SyncRequest(
                            group,
                            joined.claim("instance"),
                            "consumer",
                            "range",
                            Map.of(joined.memberId(), ByteBuffer.wrap(new byte[100]))))
                    .onSuccess(synced -> generations.merge(group, joined.generation(), Math::max)));
        }
    }

    @Test
    void whatWasAnsweredSurvivesKillsAndPowerCuts() {
        var lives = new int[1];
        Seeds.forEach(60, random -> {
            var world = new World(random);
            world.start();
            for (int life = 0; life < 4; life++) {
                if (random.nextInt(3) == 0) world.disk.crashAtCall(world.disk.calls() + 1 + random.nextInt(100));
                try {
                    for (int n = 10 + random.nextInt(60); n > 0; n--) world.step();
                } catch (SimulatedCrash crash) {
                    lives[0]++;
                }
                world.node.kill();
                world.disk = random.nextBoolean() ? world.disk.afterKill() : world.disk.afterPowerCut(random);
                world.start();
                world.check();
            }
            assertThat(world.answered).isNotEmpty();
        });
        if (Long.getLong("seed") == null)
            assertThat(lives[0]).as("crashes at a call of the disk").isPositive();
    }
}
