package io.millrace.broker.groups;

import io.millrace.broker.partitions.PartitionRouter;
import io.millrace.broker.partitions.PartitionVerticle;
import io.millrace.cluster.CreateTopic;
import io.millrace.cluster.MetadataCommand;
import io.millrace.cluster.MetadataImage;
import io.millrace.cluster.Origin;
import io.millrace.cluster.TopicConfig;
import io.millrace.cluster.TopicMetadata;
import io.millrace.group.Claim;
import io.millrace.group.Committed;
import io.millrace.group.GroupRecords;
import io.millrace.group.GroupShard;
import io.millrace.group.GroupView;
import io.millrace.group.Groups;
import io.millrace.group.JoinRequest;
import io.millrace.group.Joined;
import io.millrace.group.OffsetToCommit;
import io.millrace.group.SyncRequest;
import io.millrace.group.Synced;
import io.millrace.group.TopicPartition;
import io.millrace.model.MillraceException;
import io.millrace.model.PartitionId;
import io.millrace.model.Refusal;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Finds the shard of a group, takes the call to its loop, and brings the answer back. The internal topic is created by
 * the first who needs it. Any thread.
 */
public final class GroupRouter implements Groups {
    /** How the router creates the internal topic. */
    public interface Metadata {
        MetadataImage image();

        <R> Future<R> change(MetadataCommand<R> command);
    }

    /** What the topic says of itself; the flush level holds whatever the broker's default is (durability contract, S9). */
    private static final Map<String, String> CONFIG = Map.of(
            "flush", "commit",
            "cleanup.policy", "compact",
            "retention.ms", "-1",
            "retention.bytes", "-1",
            "segment.bytes", "104857600",
            "max.message.bytes", "16777216",
            "compression.type", "producer");

    private final PartitionRouter partitions;
    private final Map<PartitionVerticle, GroupVerticle> verticles;
    private final Metadata metadata;
    private final int shards;

    /** @param shards how many partitions the internal topic gets when it is created */
    public GroupRouter(
            PartitionRouter partitions,
            Map<PartitionVerticle, GroupVerticle> verticles,
            Metadata metadata,
            int shards) {
        this.partitions = partitions;
        this.verticles = Map.copyOf(verticles);
        this.metadata = metadata;
        this.shards = shards;
    }

    /** Opens the shards of the internal topic, if there is one, and forgets offsets of topics that are gone. */
    public Future<Void> start() {
        return everywhere(shard -> {
            var image = metadata.image();
            return shard.forgetTopics(topic -> !image.topics().containsKey(topic));
        });
    }

    @Override
    public Future<Joined> join(JoinRequest request) {
        return creating(request.group(), shard -> shard.join(request));
    }

    @Override
    public Future<Synced> sync(SyncRequest request) {
        return creating(request.group(), shard -> shard.sync(request));
    }

    @Override
    public Future<Void> heartbeat(String group, Claim claim) {
        return creating(group, shard -> shard.heartbeat(group, claim));
    }

    @Override
    public Future<Void> awaitRebalance(String group, Claim claim) {
        return creating(group, shard -> shard.awaitRebalance(group, claim));
    }

    @Override
    public Future<List<Left>> leave(String group, List<Leaving> members) {
        return creating(group, shard -> shard.leave(group, members));
    }

    @Override
    public Future<Void> commit(String group, Claim claim, Map<TopicPartition, OffsetToCommit> offsets) {
        return creating(group, shard -> shard.commit(group, claim, offsets));
    }

    @Override
    public Future<Map<TopicPartition, Committed>> committed(String group, @Nullable Collection<TopicPartition> of) {
        return existing(group, shard -> shard.committed(group, of), () -> Future.succeededFuture(Map.of()));
    }

    @Override
    public Future<GroupView> describe(String group) {
        return existing(group, shard -> shard.describe(group), () -> notFound(group));
    }

    @Override
    public Future<Void> delete(String group) {
        return existing(group, shard -> shard.delete(group), () -> notFound(group));
    }

    @Override
    public Future<Set<TopicPartition>> deleteOffsets(String group, Collection<TopicPartition> of) {
        return existing(group, shard -> shard.deleteOffsets(group, of), () -> notFound(group));
    }

    private static <T> Future<T> notFound(String group) {
        return Future.failedFuture(
                Refusal.GROUP_NOT_FOUND.because("there is no group '" + group + "'; nobody has used groups here yet"));
    }

    @Override
    public Future<List<GroupSummary>> list() {
        var all = new ArrayList<Future<List<GroupSummary>>>();
        var topic = topic();
        if (topic == null) return Future.succeededFuture(List.of());
        for (int n = 0; n < topic.partitions().size(); n++) all.add(at(topic.partitionId(n), GroupShard::list));
        return Future.all(all).map(done -> {
            var union = new ArrayList<GroupSummary>();
            for (var each : all) union.addAll(each.result());
            return union;
        });
    }

    @Override
    public Future<Void> topicChanged(String topic) {
        return everywhere(shard -> shard.topicChanged(topic));
    }

    @Override
    public Future<Void> topicDeleted(String topic) {
        return everywhere(shard -> shard.topicDeleted(topic));
    }

    private Future<Void> everywhere(Function<GroupShard, Future<Void>> work) {
        var topic = topic();
        if (topic == null) return Future.succeededFuture();
        var all = new ArrayList<Future<Void>>();
        for (int n = 0; n < topic.partitions().size(); n++) all.add(at(topic.partitionId(n), work));
        return Future.all(all).mapEmpty();
    }

    private @Nullable TopicMetadata topic() {
        return metadata.image().topics().get(GroupRecords.TOPIC);
    }

    private <T> Future<T> creating(String group, Function<GroupShard, Future<T>> work) {
        var topic = topic();
        if (topic != null) return at(partitionOf(group, topic), work);
        var command = new CreateTopic(
                UUID.randomUUID(),
                GroupRecords.TOPIC,
                shards,
                CreateTopic.DEFAULT,
                TopicConfig.parse(CONFIG),
                Origin.BROKER);
        return metadata.change(command).compose(created -> at(partitionOf(group, created.topic()), work));
    }

    private <T> Future<T> existing(String group, Function<GroupShard, Future<T>> work, Supplier<Future<T>> otherwise) {
        var topic = topic();
        return topic == null ? otherwise.get() : at(partitionOf(group, topic), work);
    }

    private static PartitionId partitionOf(String group, TopicMetadata topic) {
        return topic.partitionId(
                GroupRecords.partitionOf(group, topic.partitions().size()));
    }

    private <T> Future<T> at(PartitionId id, Function<GroupShard, Future<T>> work) {
        var verticle = verticles.get(partitions.verticle(id));
        if (verticle == null) throw new IllegalStateException("no groups beside partition " + id);
        return verticle.home()
                .run(() -> verticle.shard(id).recover(GroupRouter::notYet).compose(work));
    }

    /** The metadata knows the internal topic a little earlier than its partitions are there. */
    private static Future<GroupShard> notYet(Throwable cause) {
        boolean early = cause instanceof MillraceException refused && refused.refusal() == Refusal.PARTITION_NOT_FOUND;
        return Future.failedFuture(
                early ? Refusal.COORDINATOR_NOT_AVAILABLE.because("the groups are just being made; try again") : cause);
    }
}
