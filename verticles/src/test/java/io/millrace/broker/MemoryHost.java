package io.millrace.broker;

import io.millrace.broker.partitions.Home;
import io.millrace.broker.partitions.LoopTimers;
import io.millrace.cluster.MetadataCommand;
import io.millrace.cluster.MetadataImage;
import io.millrace.cluster.MetadataRules;
import io.millrace.cluster.StartBroker;
import io.millrace.cluster.TopicConfig;
import io.millrace.cluster.TopicMetadata;
import io.millrace.log.memory.MemoryStorage;
import io.millrace.model.PartitionId;
import io.millrace.partition.Acks;
import io.millrace.partition.Appended;
import io.millrace.partition.Fetched;
import io.millrace.partition.LocalPartitions;
import io.millrace.partition.Offsets;
import io.millrace.partition.PartitionOptions;
import io.millrace.partition.Partitions;
import io.millrace.partition.ReadRequest;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** A node in memory on one event loop, as plain as it goes: real partitions, metadata that is not kept. */
public final class MemoryHost implements BrokerHost {
    private final MetadataRules rules =
            new MetadataRules(1000, 1000, 10_000, 1, 1, TopicConfig.parse(Map.of("storage", "memory")));
    private final Home home;
    private final LocalPartitions local;
    private final Partitions hopping = new Hopping();
    private final MetadataImage image = new MetadataImage();
    private volatile MetadataImage published = new MetadataImage();

    public MemoryHost(Vertx vertx) {
        this.home = Home.next(vertx);
        var timers = new LoopTimers(home);
        this.local = new LocalPartitions(new MemoryStorage(timers), timers);
    }

    @Override
    public Future<Void> start() {
        return change(new StartBroker(1, UUID.randomUUID(), UUID.randomUUID())).mapEmpty();
    }

    @Override
    public Future<Void> close() {
        return home.run(local::close);
    }

    @Override
    public Partitions partitions() {
        return hopping;
    }

    @Override
    public MetadataRules rules() {
        return rules;
    }

    @Override
    public MetadataImage metadata() {
        return published;
    }

    @Override
    public <R> Future<R> change(MetadataCommand<R> command) {
        return home.run(() -> {
            var before = List.copyOf(image.topics().values());
            var decision = command.decide(image, rules);
            decision.events().forEach(image::apply);
            published = image.copy();
            return follow(before).map(followed -> decision.reply());
        });
    }

    private Future<Void> follow(List<TopicMetadata> before) {
        var each = new ArrayList<Future<?>>();
        for (var topic : before) {
            if (image.topic(topic.id()).isPresent()) continue;
            for (int n = 0; n < topic.partitions().size(); n++) each.add(local.delete(topic.partitionId(n)));
        }
        for (var topic : image.topics().values()) {
            var config = rules.effective(topic.config());
            var options = PartitionOptions.of(config.logOptions(false))
                    .withMaxBatchBytes(config.maxMessageBytes())
                    .withMinInSync(config.minInSyncReplicas())
                    .withLogAppendTime(config.isLogAppendTime());
            for (int n = 0; n < topic.partitions().size(); n++) {
                each.add(local.open(
                        topic.partitionId(n), options, topic.partition(n).leaderEpoch()));
            }
        }
        return each.isEmpty() ? Future.succeededFuture() : Future.all(each).mapEmpty();
    }

    /** Every call travels to the home loop and back. */
    private final class Hopping implements Partitions {
        @Override
        public Future<Appended> append(PartitionId partition, ByteBuffer batch, Acks acks) {
            return home.run(() -> local.append(partition, batch, acks));
        }

        @Override
        public Future<Appended> appendOnce(
                PartitionId partition, ByteBuffer batch, Acks acks, String key, long fingerprint) {
            return home.run(() -> local.appendOnce(partition, batch, acks, key, fingerprint));
        }

        @Override
        public Future<Fetched> read(PartitionId partition, ReadRequest request) {
            return home.run(() -> local.read(partition, request));
        }

        @Override
        public Future<Long> offsetAt(PartitionId partition, long timestamp) {
            return home.run(() -> local.offsetAt(partition, timestamp));
        }

        @Override
        public Future<Offsets> offsets(PartitionId partition) {
            return home.run(() -> local.offsets(partition));
        }

        @Override
        public Future<Long> deleteBefore(PartitionId partition, long offset) {
            return home.run(() -> local.deleteBefore(partition, offset));
        }
    }
}
