package io.millrace.cluster;

import static io.millrace.cluster.Refused.refused;
import static io.millrace.model.Refusal.ALREADY_EXISTS;
import static io.millrace.model.Refusal.INVALID_ARGUMENT;
import static io.millrace.model.Refusal.LIMIT_EXCEEDED;
import static io.millrace.model.Refusal.PARTITION_NOT_FOUND;
import static io.millrace.model.Refusal.TOPIC_NOT_FOUND;
import static io.millrace.model.Refusal.VERSION_CONFLICT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.model.PartitionId;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class MetadataCommandsTest {
    private static final UUID CLUSTER = new UUID(9, 9);
    private static final UUID DIRECTORY = new UUID(8, 8);

    private final MetadataImage image = new MetadataImage();
    private MetadataRules rules = new MetadataRules(3, 10, 15, 2, 1, TopicConfig.EMPTY);
    private int ids;

    MetadataCommandsTest() {
        run(new StartBroker(0, DIRECTORY, CLUSTER));
    }

    @Test
    void theFirstStartFormsTheClusterAndLaterOnesKeepIt() {
        assertThat(image.clusterId()).contains(CLUSTER);
        var again = run(new StartBroker(0, DIRECTORY, new UUID(1, 1)));
        assertThat(again.cluster()).isEqualTo(CLUSTER);
        assertThat(image.clusterId()).contains(CLUSTER);
    }

    @Test
    void everyStartOfABrokerHasALargerEpochThanTheLast() {
        long first = image.brokers().get(0).epoch();
        var started = run(new StartBroker(0, DIRECTORY, CLUSTER));
        assertThat(started.broker().epoch()).isGreaterThan(first);
        assertThat(image.brokers().get(0)).isEqualTo(started.broker());
    }

    @Test
    void everyStartRaisesTheLeaderEpochOfThePartitionsThatTheNodeLeads() {
        run(new StartBroker(1, new UUID(7, 7), CLUSTER));
        create("spread", 4);
        run(new StartBroker(0, DIRECTORY, CLUSTER));
        for (var partition : image.topic("spread").partitions()) {
            assertThat(partition.leaderEpoch()).isEqualTo(partition.leader() == 0 ? 1 : 0);
        }
        assertThat(image.topic("spread").partitions())
                .extracting(PartitionMetadata::leader)
                .containsOnly(0, 1);
        assertThat(image.topic(image.topic("spread").id())).contains(image.topic("spread"));
    }

    @Test
    void aNodeWithAnotherDataDirectoryIsNotTheSameNode() {
        refused(INVALID_ARGUMENT, () -> run(new StartBroker(0, new UUID(5, 5), CLUSTER)), "data directory");
        refused(INVALID_ARGUMENT, () -> run(new StartBroker(-1, DIRECTORY, CLUSTER)), "-1");
    }

    @Test
    void aTopicIsCreatedWithItsPartitionsOnTheOnlyNode() {
        var created = create("orders", 3);
        assertThat(created.existed()).isFalse();
        assertThat(created.topic()).isEqualTo(image.topic("orders"));
        assertThat(image.topic("orders").partitions())
                .containsOnly(new PartitionMetadata(0, 0, 0, List.of(0), List.of(0)))
                .hasSize(3);
        assertThat(image.partitionCount()).isEqualTo(3);
    }

    @Test
    void numbersLeftOpenAreTheBrokersDefaults() {
        assertThat(create("orders", CreateTopic.DEFAULT).topic().partitions()).hasSize(2);
        rules = new MetadataRules(3, 10, 15, 2, 3, TopicConfig.EMPTY);
        refused(
                INVALID_ARGUMENT,
                () -> create("three", CreateTopic.DEFAULT, Map.of(), CreateTopic.DEFAULT),
                "3 replicas");
    }

    @Test
    void creatingWhatIsThereAlreadyChangesNothing() {
        create("orders", 3, Map.of("retention.ms", "1d"));
        long version = image.version();
        assertThat(create("orders", 3, Map.of("retention.ms", "24h")).existed()).isTrue();
        assertThat(create("orders", CreateTopic.DEFAULT).existed()).isTrue();
        assertThat(create("orders", 3, Map.of("flush", "commit")).existed()).isTrue();
        assertThat(image.version()).isEqualTo(version);
    }

    @Test
    void creatingSomethingElseUnderTheNameTellsTheDifference() {
        create("orders", 3, Map.of("retention.ms", "1d"));
        refused(ALREADY_EXISTS, () -> create("orders", 4), "orders exists with partitions 3, not 4");
        refused(ALREADY_EXISTS, () -> create("orders", 3, Map.of(), 2), "replicas 1, not 2");
        refused(
                ALREADY_EXISTS,
                () -> create("orders", 2, Map.of("retention.ms", "2d", "flush", "os")),
                "partitions 3, not 2; flush commit, not os; retention.ms 86400000, not 172800000");
    }

    @Test
    void theStorageOfATopicDoesNotFollowADefaultThatChanges() {
        rules = new MetadataRules(3, 10, 15, 2, 1, TopicConfig.parse(Map.of("storage", "memory")));
        create("cache", 1);
        rules = MetadataRules.DEFAULT;
        assertThat(rules.effective(image.topic("cache").config()).isInMemory()).isTrue();
    }

    @Test
    void wrongCreationsAreRefused() {
        for (int partitions : new int[] {0, -2, 11, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            refused(INVALID_ARGUMENT, () -> create("t", partitions), partitions + " partitions", "1 to 10");
        }
        for (int replicas : new int[] {0, -2, 2, Integer.MAX_VALUE}) {
            refused(INVALID_ARGUMENT, () -> create("t", 1, Map.of(), replicas), replicas + " replicas");
        }
        refused(INVALID_ARGUMENT, () -> create("__t", 1), "'__'");
        refused(INVALID_ARGUMENT, () -> create("a/b", 1), "wrong character");
        refused(INVALID_ARGUMENT, () -> create("t", 1, Map.of("min.insync.replicas", 2)), "min.insync.replicas 2");
        refused(
                INVALID_ARGUMENT,
                () -> create("t", 1, Map.of("min.compaction.lag.ms", 20, "max.compaction.lag.ms", 10)),
                "max.compaction.lag.ms 10 is below min.compaction.lag.ms 20");
        var id = create("orders", 1).topic().id();
        refused(
                INVALID_ARGUMENT,
                () -> run(new CreateTopic(id, "t", 1, 1, TopicConfig.EMPTY, Origin.USER)),
                "is taken");
        assertThat(image.topics().keySet()).containsExactly("orders");
    }

    @Test
    void topicsAndPartitionsHaveLimits() {
        create("a", 10);
        refused(LIMIT_EXCEEDED, () -> create("b", 6), "10 partitions", "15");
        create("b", 4);
        create("c", 1);
        refused(LIMIT_EXCEEDED, () -> create("d", 1), "3 topics");
        refused(LIMIT_EXCEEDED, () -> run(new AddPartitions("b", 5, Origin.USER)), "15");
        run(new DeleteTopic("a", Origin.USER));
        run(new AddPartitions("b", 10, Origin.USER));
        assertThat(image.partitionCount()).isEqualTo(11);
    }

    @Test
    void configurationIsSetAndRemoved() {
        create("orders", 1);
        var set = alter(Map.of("retention.ms", "1d", "flush", "os"), Set.of(), null);
        assertThat(set).isEqualTo(image.topic("orders"));
        var removed = alter(Map.of("flush", "interval"), Set.of(ConfigKey.RETENTION_MS), set.configVersion());
        assertThat(removed.config().get(ConfigKey.RETENTION_MS)).isEmpty();
        assertThat(removed.config().get(ConfigKey.FLUSH)).contains("interval");
        assertThat(removed.configVersion()).isGreaterThan(set.configVersion());
    }

    @Test
    void aConfigurationThatSomebodyElseChangedIsNotOverwritten() {
        var seen = create("orders", 1).topic().configVersion();
        alter(Map.of("flush", "os"), Set.of(), seen);
        refused(VERSION_CONFLICT, () -> alter(Map.of("flush", "commit"), Set.of(), seen), "not " + seen);
    }

    @Test
    void whatDoesNotTouchTheConfigurationKeepsItsVersion() {
        long seen = create("orders", 1).topic().configVersion();
        run(new AddPartitions("orders", 2, Origin.USER));
        run(new StartBroker(0, DIRECTORY, CLUSTER));
        alter(Map.of(), Set.of(ConfigKey.FLUSH), seen);
        assertThat(image.topic("orders").configVersion()).isEqualTo(seen);
    }

    @Test
    void wrongAlterationsAreRefused() {
        create("orders", 1);
        refused(INVALID_ARGUMENT, () -> alter(Map.of("storage", "memory"), Set.of(), null), "storage is fixed");
        refused(INVALID_ARGUMENT, () -> alter(Map.of(), Set.of(ConfigKey.STORAGE), null), "storage is fixed");
        refused(INVALID_ARGUMENT, () -> alter(Map.of("min.insync.replicas", 2), Set.of(), null), "its 1 replicas");
        refused(
                INVALID_ARGUMENT,
                () -> alter(Map.of("flush", "os"), Set.of(ConfigKey.FLUSH), null),
                "flush is both set and removed");
    }

    @Test
    void partitionsAreOnlyAdded() {
        create("orders", 3);
        var grown = run(new AddPartitions("orders", 5, Origin.USER));
        assertThat(grown).isEqualTo(image.topic("orders"));
        assertThat(grown.partitions()).hasSize(5);
        assertThat(run(new AddPartitions("orders", 5, Origin.USER))).isEqualTo(grown);
        for (int total : new int[] {4, 1}) {
            refused(INVALID_ARGUMENT, () -> run(new AddPartitions("orders", total, Origin.USER)), "only added");
        }
        for (int total : new int[] {0, -1, 11, Integer.MAX_VALUE}) {
            refused(INVALID_ARGUMENT, () -> run(new AddPartitions("orders", total, Origin.USER)), "1 to 10");
        }
    }

    @Test
    void aDeletedTopicIsGoneAndItsNameMayBeUsedAgain() {
        var old = create("orders", 3).topic();
        assertThat(run(new DeleteTopic("orders", Origin.USER))).isEqualTo(old);
        assertThat(image.topics()).isEmpty();
        assertThat(image.topic(old.id())).isEmpty();
        assertThat(image.partitionCount()).isZero();
        assertThat(create("orders", 1).topic().id()).isNotEqualTo(old.id());
    }

    @Test
    void commandsOnUnknownTopicsNameTheNearest() {
        create("orders", 1);
        refused(TOPIC_NOT_FOUND, () -> run(new DeleteTopic("order", Origin.USER)), "near names: orders");
        refused(TOPIC_NOT_FOUND, () -> run(new AddPartitions("order", 2, Origin.USER)), "near names: orders");
        refused(
                TOPIC_NOT_FOUND,
                () -> run(new AlterConfig("order", TopicConfig.EMPTY, Set.of(), null, Origin.USER)),
                "near names: orders");
    }

    @Test
    void usersDoNotReachTopicsOfTheBroker() {
        run(new CreateTopic(id(), "__offsets", 1, 1, TopicConfig.EMPTY, Origin.BROKER));
        refused(INVALID_ARGUMENT, () -> create("__offsets", 1));
        refused(INVALID_ARGUMENT, () -> run(new DeleteTopic("__offsets", Origin.USER)));
        refused(INVALID_ARGUMENT, () -> run(new AddPartitions("__offsets", 2, Origin.USER)));
        refused(
                INVALID_ARGUMENT,
                () -> run(new AlterConfig("__offsets", TopicConfig.EMPTY, Set.of(), null, Origin.USER)));
        assertThatThrownBy(() -> image.topic("__offset")).hasMessage("there is no topic '__offset'");
        run(new AddPartitions("__offsets", 2, Origin.BROKER));
        run(new DeleteTopic("__offsets", Origin.BROKER));
    }

    @Test
    void producerIdsAreNeverGivenTwice() {
        var first = run(new AllocateProducerIds(1000));
        var second = run(new AllocateProducerIds(1));
        assertThat(first).isEqualTo(new AllocateProducerIds.Block(0, 1000));
        assertThat(second).isEqualTo(new AllocateProducerIds.Block(1000, 1));
        for (int count : new int[] {0, -1, 100_001, Integer.MIN_VALUE}) {
            refused(INVALID_ARGUMENT, () -> run(new AllocateProducerIds(count)), "" + count);
        }
    }

    @Test
    void producerIdsEnd() {
        var full = new MetadataImage(0, null, Long.MAX_VALUE - 5, List.of(), List.of());
        refused(LIMIT_EXCEEDED, () -> new AllocateProducerIds(6).decide(full, rules), "used up");
        new AllocateProducerIds(5).decide(full, rules).events().forEach(full::apply);
        assertThat(full.nextProducerId()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void partitionsAreFoundByIdAndByIndex() {
        var topic = create("orders", 2).topic();
        assertThat(image.partition(topic.partitionId(1))).isEqualTo(topic.partition(1));
        refused(
                PARTITION_NOT_FOUND,
                () -> image.partition(topic.partitionId(2)),
                "orders has no partition 2",
                "0 to 1");
        refused(PARTITION_NOT_FOUND, () -> topic.partition(-1), "-1");
        refused(TOPIC_NOT_FOUND, () -> image.partition(new PartitionId(id(), 0)));
    }

    @Test
    void decidingChangesNothing() {
        create("orders", 2);
        var before = image.copy();
        new CreateTopic(id(), "t", 1, 1, TopicConfig.EMPTY, Origin.USER).decide(image, rules);
        new DeleteTopic("orders", Origin.USER).decide(image, rules);
        new AddPartitions("orders", 3, Origin.USER).decide(image, rules);
        new StartBroker(0, DIRECTORY, CLUSTER).decide(image, rules);
        assertThat(image).isEqualTo(before);
    }

    @Test
    void anEventThatCannotHaveHappenedIsNoticed() {
        var topic = create("orders", 1).topic();
        for (var event : List.of(
                new MetadataEvent.ClusterFormed(id()),
                new MetadataEvent.TopicDeleted(id()),
                new MetadataEvent.ConfigChanged(id(), TopicConfig.EMPTY),
                new MetadataEvent.PartitionsAdded(id(), List.of(List.of(0))),
                new MetadataEvent.TopicCreated(id(), "orders", TopicConfig.EMPTY, List.of(List.of(0))),
                new MetadataEvent.TopicCreated(topic.id(), "t", TopicConfig.EMPTY, List.of(List.of(0))),
                new MetadataEvent.ProducerIdsAllocated(5, 5))) {
            var copy = image.copy();
            assertThatThrownBy(() -> copy.apply(event))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("cannot have happened");
        }
    }

    private CreateTopic.Created create(String name, int partitions) {
        return create(name, partitions, Map.of());
    }

    private CreateTopic.Created create(String name, int partitions, Map<String, ?> config) {
        return create(name, partitions, config, CreateTopic.DEFAULT);
    }

    private CreateTopic.Created create(String name, int partitions, Map<String, ?> config, int replicas) {
        return run(new CreateTopic(id(), name, partitions, replicas, TopicConfig.parse(config), Origin.USER));
    }

    private TopicMetadata alter(Map<String, ?> set, Set<ConfigKey> removed, Long expected) {
        return run(new AlterConfig("orders", TopicConfig.parse(set), removed, expected, Origin.USER));
    }

    private UUID id() {
        return new UUID(1, ++ids);
    }

    private <R> R run(MetadataCommand<R> command) {
        var decision = command.decide(image, rules);
        decision.events().forEach(image::apply);
        return decision.reply();
    }
}
