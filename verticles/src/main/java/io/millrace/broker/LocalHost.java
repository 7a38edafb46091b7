package io.millrace.broker;

import io.millrace.BrokerOptions;
import io.millrace.StorageType;
import io.millrace.broker.client.LocalMembers;
import io.millrace.broker.groups.GroupRouter;
import io.millrace.broker.groups.GroupVerticle;
import io.millrace.broker.partitions.Home;
import io.millrace.broker.partitions.LoopTimers;
import io.millrace.broker.partitions.PartitionRouter;
import io.millrace.broker.partitions.PartitionVerticle;
import io.millrace.cluster.ConfigKey;
import io.millrace.cluster.EffectiveConfig;
import io.millrace.cluster.LocalMetadataLog;
import io.millrace.cluster.MetadataCommand;
import io.millrace.cluster.MetadataEvent;
import io.millrace.cluster.MetadataImage;
import io.millrace.cluster.MetadataRules;
import io.millrace.cluster.StartBroker;
import io.millrace.cluster.TopicConfig;
import io.millrace.cluster.TopicMetadata;
import io.millrace.gateway.NodeMetrics;
import io.millrace.group.GroupOptions;
import io.millrace.group.Groups;
import io.millrace.log.DerivedState;
import io.millrace.log.LogStorage;
import io.millrace.log.StorageByPartition;
import io.millrace.log.memory.MemoryStorage;
import io.millrace.model.PartitionId;
import io.millrace.model.Refusal;
import io.millrace.partition.PartitionOptions;
import io.millrace.partition.Partitions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A single node: the metadata on its own log, the partitions on the home loops, and the one who makes the second follow
 * the first. Lives on its first home; may be called from anywhere.
 */
final class LocalHost implements BrokerHost {
    private static final Logger LOG = LoggerFactory.getLogger(LocalHost.class);
    private static final int SELF = 0;

    private final Vertx vertx;
    private final BrokerOptions options;
    private final MetadataRules rules;
    private final Home home;
    private final LoopTimers timers;
    private final NodeDisk disk;

    private final List<PartitionVerticle> verticles = new ArrayList<>();
    private final Map<PartitionVerticle, GroupVerticle> groupVerticles = new LinkedHashMap<>();
    private final List<String> deployments = new ArrayList<>();
    /** What follows the metadata at the moment; a change is answered when it is done. */
    private Future<Void> following = Future.succeededFuture();

    /** Who wants to know of changes. */
    private final Map<Object, Runnable> watchers = new ConcurrentHashMap<>();

    private @Nullable LogStorage metadataStorage;
    private @Nullable LocalMetadataLog metadata;
    private volatile @Nullable PartitionRouter router;
    private volatile @Nullable GroupRouter groups;
    private volatile MetadataImage published = new MetadataImage();
    private volatile String nodeId = "";
    private volatile @Nullable Throwable failure;
    private volatile boolean serving;
    private @Nullable Future<Void> closing;

    LocalHost(Vertx vertx, BrokerOptions options) {
        this.vertx = vertx;
        this.options = options;
        this.home = Home.ofCaller(vertx);
        this.timers = new LoopTimers(home);
        this.disk = new NodeDisk(options, home, this::storageFailed);
        this.rules = rules(options, disk.exists());
    }

    private static MetadataRules rules(BrokerOptions options, boolean hasDisk) {
        var storage = options.getStorage() != null
                ? options.getStorage()
                : hasDisk ? StorageType.SEGMENTS : StorageType.MEMORY;
        if (storage == StorageType.SEGMENTS && !hasDisk) {
            throw new IllegalArgumentException("storage SEGMENTS needs a dataDir");
        }
        var defaults = new HashMap<String, String>(options.getTopicDefaults());
        defaults.put(ConfigKey.STORAGE.key(), storage.name().toLowerCase(Locale.ROOT));
        switch (options.getFlush()) {
            case COMMIT, INTERVAL, OS ->
                defaults.put(ConfigKey.FLUSH.key(), options.getFlush().name().toLowerCase(Locale.ROOT));
            case MEMORY -> throw new IllegalArgumentException("flush MEMORY: choose storage MEMORY instead");
        }
        var limits = MetadataRules.DEFAULT;
        return new MetadataRules(
                limits.maxTopics(),
                limits.maxPartitionsPerTopic(),
                limits.maxPartitions(),
                limits.defaultPartitions(),
                limits.defaultReplicas(),
                TopicConfig.parse(defaults));
    }

    @Override
    public Future<Void> start() {
        return home.run(() -> disk.open()
                .compose(directory -> {
                    nodeId = directory.nodeId();
                    return openMetadata()
                            .compose(opened -> {
                                disk.lastEpoch(directory, epoch());
                                return deploy();
                            })
                            .compose(deployed -> lead(directory.id()));
                })
                .onSuccess(started -> serving = true));
    }

    /** Of the life that the metadata knows as the latest; -1 before the first. */
    private long epoch() {
        var self = published.brokers().get(SELF);
        return self == null ? -1 : self.epoch();
    }

    private Future<Void> openMetadata() {
        Future<? extends LogStorage> storage =
                disk.exists() ? disk.metadataStorage(timers) : Future.succeededFuture(new MemoryStorage(timers));
        return storage.compose(opened -> {
                    metadataStorage = opened;
                    return opened.open(LocalMetadataLog.PARTITION, LocalMetadataLog.LOG_OPTIONS, DerivedState.NONE);
                })
                .compose(log -> LocalMetadataLog.open(
                        log, disk.disk(), disk.work(), timers, LocalMetadataLog.Options.of("metadata.snapshot", rules)))
                .map(opened -> {
                    metadata = opened;
                    published = opened.image().copy();
                    opened.onChange(this::follow);
                    return null;
                });
    }

    /** One verticle for each home loop. */
    private Future<Void> deploy() {
        var each = new ArrayList<Future<?>>();
        for (int n = 0; n < options.getEventLoops(); n++) {
            int number = n;
            var loop = n == 0 ? home : Home.next(vertx);
            var verticle = new PartitionVerticle(loop, () -> openStorage(loop, number));
            verticles.add(verticle);
            each.add(vertx.deployVerticle(verticle).onSuccess(deployments::add));
            var beside = new GroupVerticle(verticle, groupOptions(options));
            groupVerticles.put(verticle, beside);
            each.add(vertx.deployVerticle(beside).onSuccess(deployments::add));
        }
        var partitions = new PartitionRouter(verticles);
        router = partitions;
        groups = new GroupRouter(partitions, groupVerticles, new GroupMetadata(), options.getGroupPartitions());
        return Future.all(each).mapEmpty();
    }

    private Future<LogStorage> openStorage(Home loop, int number) {
        var loopTimers = new LoopTimers(loop);
        var memory = new MemoryStorage(loopTimers);
        if (!disk.exists()) return Future.succeededFuture(memory);
        return disk.storage(loop, loopTimers, number)
                .map(segments -> new StorageByPartition(
                        List.of(segments, memory), id -> configOf(id).isInMemory() ? memory : segments));
    }

    private EffectiveConfig configOf(PartitionId partition) {
        var topic = published
                .topic(partition.topic())
                .orElseThrow(() -> Refusal.PARTITION_NOT_FOUND.because("no topic has partition " + partition));
        return rules.effective(topic.config());
    }

    /** Begins a life of this node, which raises the leader epochs, and opens all its partitions. */
    private Future<Void> lead(UUID directory) {
        return submit(new StartBroker(SELF, directory, UUID.randomUUID()))
                .compose(started -> {
                    var each = new ArrayList<Future<?>>();
                    for (var topic : published.topics().values()) each.add(openAll(topic, 0));
                    return each.isEmpty()
                            ? Future.succeededFuture()
                            : Future.all(each).<Void>mapEmpty();
                })
                .compose(opened -> openGroups())
                .compose(opened -> reportOrphans());
    }

    /** A shard that cannot be read is tried again by the first who needs it; the topics are served all the same. */
    private Future<Void> openGroups() {
        return groupRouter()
                .start()
                .compose(opened -> LocalMembers.dismiss(groupRouter()))
                .recover(cause -> {
                    LOG.error("Some consumer groups cannot be read", cause);
                    return Future.succeededFuture();
                });
    }

    private static GroupOptions groupOptions(BrokerOptions options) {
        return GroupOptions.DEFAULT.withRetention(
                options.getOffsetRetentionMillis(), GroupOptions.DEFAULT.expiryMillis());
    }

    /** The metadata, as far as the groups need it. */
    private final class GroupMetadata implements GroupRouter.Metadata {
        @Override
        public MetadataImage image() {
            return published;
        }

        @Override
        public <R> Future<R> change(MetadataCommand<R> command) {
            return LocalHost.this.change(command);
        }
    }

    /** Data without metadata is never deleted (durability contract, C6): somebody may have lost the metadata. */
    private Future<Void> reportOrphans() {
        return disk.partitionsFound().map(found -> {
            var orphans = new TreeSet<>(found);
            orphans.removeIf(id -> published.topic(id.topic()).isPresent());
            if (!orphans.isEmpty()) {
                LOG.warn("{} logs belong to no topic and are left alone: {}", orphans.size(), orphans);
            }
            return null;
        });
    }

    private Future<Void> openAll(TopicMetadata topic, int from) {
        var each = new ArrayList<Future<?>>();
        for (int n = from; n < topic.partitions().size(); n++) {
            var id = topic.partitionId(n);
            int epoch = topic.partition(n).leaderEpoch();
            var verticle = router().verticle(id);
            each.add(verticle.home().run(() -> verticle.partitions().open(id, optionsOf(topic), epoch)));
        }
        return each.isEmpty() ? Future.succeededFuture() : Future.all(each).mapEmpty();
    }

    private PartitionOptions optionsOf(TopicMetadata topic) {
        var config = rules.effective(topic.config());
        return PartitionOptions.of(config.logOptions(options.isAllowDamaged()))
                .withMaxBatchBytes(config.maxMessageBytes())
                .withMinInSync(config.minInSyncReplicas())
                .withLogAppendTime(config.isLogAppendTime())
                .withIdempotency(
                        (int) config.number(ConfigKey.IDEMPOTENCY_KEYS_MAX),
                        config.number(ConfigKey.IDEMPOTENCY_WINDOW_MS));
    }

    /** The metadata has changed: do what it says. */
    private void follow(MetadataEvent event, MetadataImage image) {
        var before = published;
        published = image.copy();
        if (event instanceof MetadataEvent.TopicCreated created) {
            alsoFollow(openAll(topic(created.id()), 0));
        } else if (event instanceof MetadataEvent.PartitionsAdded added) {
            int known = before.topic(added.topic()).orElseThrow().partitions().size();
            var more = topic(added.topic());
            alsoFollow(openAll(more, known)
                    .onSuccess(opened -> tellGroups(groupRouter().topicChanged(more.name()))));
        } else if (event instanceof MetadataEvent.ConfigChanged changed) {
            alsoFollow(each(topic(changed.topic()), (verticle, id) -> {
                var partition = verticle.partitions().get(id);
                if (partition != null) partition.configure(optionsOf(topic(changed.topic())));
                return Future.succeededFuture();
            }));
        } else if (event instanceof MetadataEvent.TopicDeleted deleted) {
            var gone = before.topic(deleted.topic()).orElseThrow();
            // Another topic of the same name must not find offsets of this one.
            alsoFollow(groupRouter()
                    .topicDeleted(gone.name())
                    .transform(told ->
                            each(gone, (verticle, id) -> verticle.partitions().delete(id))));
        }
    }

    private static void tellGroups(Future<Void> told) {
        told.onFailure(cause -> LOG.warn("Groups do not know of new partitions yet: {}", cause.getMessage()));
    }

    private interface PartitionWork {
        Future<Void> at(PartitionVerticle verticle, PartitionId id);
    }

    private Future<Void> each(TopicMetadata topic, PartitionWork work) {
        var each = new ArrayList<Future<?>>();
        for (int n = 0; n < topic.partitions().size(); n++) {
            var id = topic.partitionId(n);
            var verticle = router().verticle(id);
            each.add(verticle.home().run(() -> work.at(verticle, id)));
        }
        return Future.all(each).mapEmpty();
    }

    private void alsoFollow(Future<Void> work) {
        var before = following;
        following = before.isComplete() && before.succeeded() ? work : before.transform(done -> work);
        following.onComplete(done -> watchers.values().forEach(Runnable::run));
    }

    @Override
    public Runnable watch(Runnable changed) {
        var watcher = new Object();
        watchers.put(watcher, changed);
        return () -> watchers.remove(watcher);
    }

    private TopicMetadata topic(UUID id) {
        return published.topic(id).orElseThrow();
    }

    @Override
    public <R> Future<R> change(MetadataCommand<R> command) {
        return home.run(() -> submit(command).compose(reply -> following.map(reply)));
    }

    private <R> Future<R> submit(MetadataCommand<R> command) {
        return Objects.requireNonNull(metadata, "not started").submit(command);
    }

    @Override
    public Future<Void> close() {
        return home.run(() -> {
            if (closing != null) return closing;
            boolean served = serving;
            serving = false;
            // Whatever fails on the way, the rest is closed; and only a stop without a failure is a clean one.
            closing = closeEach(List.copyOf(groupVerticles.values()), GroupVerticle::close)
                    .transform(groupsClosed -> closeEach(verticles, PartitionVerticle::close))
                    .transform(closed -> closeMetadata().transform(metadataClosed -> {
                        boolean clean = served && closed.succeeded() && metadataClosed.succeeded() && failure == null;
                        return disk.close(clean, epoch());
                    }))
                    .transform(closed -> closeEach(deployments, vertx::undeploy)
                            .transform(gone -> closed.succeeded()
                                    ? Future.succeededFuture()
                                    : Future.failedFuture(closed.cause())));
            return closing;
        });
    }

    private static <T> Future<Void> closeEach(List<T> those, Function<T, Future<Void>> close) {
        var each = new ArrayList<Future<Void>>();
        for (var one : those) each.add(close.apply(one));
        return each.isEmpty() ? Future.succeededFuture() : Future.join(each).mapEmpty();
    }

    private Future<Void> closeMetadata() {
        if (metadata == null) return metadataStorage == null ? Future.succeededFuture() : metadataStorage.close();
        return metadata.close()
                .transform(closed -> Objects.requireNonNull(metadataStorage).close());
    }

    private void storageFailed(Throwable cause) {
        if (failure != null) return;
        failure = cause;
        Consumer<Throwable> handler = options.getStorageFailureHandler();
        if (handler != null) handler.accept(cause);
    }

    @Override
    public Partitions partitions() {
        return router();
    }

    @Override
    public Groups groups() {
        return groupRouter();
    }

    private GroupRouter groupRouter() {
        return Objects.requireNonNull(groups, "not started");
    }

    private PartitionRouter router() {
        return Objects.requireNonNull(router, "not started");
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
    public String nodeId() {
        return nodeId;
    }

    @Override
    public byte[] secret() {
        return disk.secret();
    }

    @Override
    public String notReadyBecause() {
        if (failure != null) return "the disk failed: " + failure.getMessage();
        if (!serving) return "the broker is not started, or is stopping";
        return disk.isFull() ? "the disk is full" : "";
    }

    @Override
    public NodeMetrics metrics() {
        return new LocalMetrics(verticles, disk, () -> published);
    }
}
