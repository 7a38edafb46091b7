package io.millrace.broker;

import io.millrace.Broker;
import io.millrace.BrokerOptions;
import io.millrace.Codec;
import io.millrace.Consumer;
import io.millrace.ConsumerOptions;
import io.millrace.GroupDescription;
import io.millrace.GroupMove;
import io.millrace.GroupSeek;
import io.millrace.GroupSummary;
import io.millrace.PartitionDescription;
import io.millrace.Producer;
import io.millrace.ProducerOptions;
import io.millrace.TopicDescription;
import io.millrace.TopicOptions;
import io.millrace.broker.client.LogConsumer;
import io.millrace.broker.client.LogProducer;
import io.millrace.broker.client.Owner;
import io.millrace.broker.client.Surroundings;
import io.millrace.broker.client.TopicRoute;
import io.millrace.broker.groups.GroupReports;
import io.millrace.cluster.AddPartitions;
import io.millrace.cluster.AlterConfig;
import io.millrace.cluster.ConfigKey;
import io.millrace.cluster.CreateTopic;
import io.millrace.cluster.DeleteTopic;
import io.millrace.cluster.Origin;
import io.millrace.cluster.PartitionMetadata;
import io.millrace.cluster.TopicConfig;
import io.millrace.cluster.TopicMetadata;
import io.millrace.cluster.TopicName;
import io.millrace.gateway.Node;
import io.millrace.group.Groups;
import io.millrace.model.Refusal;
import io.millrace.partition.Offsets;
import io.millrace.partition.Partitions;
import io.millrace.record.Compression;
import io.millrace.time.Timers;
import io.vertx.core.Closeable;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The public API over a {@link BrokerHost}. Decides nothing about records; it translates, and closes what it has made. */
public final class EmbeddedBroker implements Broker, Surroundings {
    private enum Life {
        NEW,
        STARTING,
        SERVING,
        /** Producers may still send what they hold; nothing new is begun. */
        CLOSING,
        CLOSED
    }

    private final Vertx vertx;
    private final BrokerOptions options;
    private final BrokerHost host;
    private final ProducerIds producerIds;
    private final AtomicReference<@Nullable GroupReports> reports = new AtomicReference<>();
    private final AtomicReference<Life> life = new AtomicReference<>(Life.NEW);
    private final AtomicReference<@Nullable Future<Void>> closing = new AtomicReference<>();
    private final Set<Supplier<Future<Void>>> producers = ConcurrentHashMap.newKeySet();
    private final Set<Supplier<Future<Void>>> consumers = ConcurrentHashMap.newKeySet();
    private final Owner owner;
    private final Closeable closeHook;

    /** A broker on a node of its own in this process, not started. */
    public static EmbeddedBroker create(Vertx vertx, BrokerOptions options) {
        return new EmbeddedBroker(vertx, options, new LocalHost(vertx, new BrokerOptions(options)));
    }

    EmbeddedBroker(Vertx vertx, BrokerOptions options, BrokerHost host) {
        this.vertx = vertx;
        this.options = new BrokerOptions(options);
        this.host = host;
        this.producerIds = new ProducerIds(host);
        this.owner = Owner.current(vertx);
        this.closeHook = completion -> close().onComplete(completion);
    }

    @Override
    public Future<Broker> start() {
        if (!life.compareAndSet(Life.NEW, Life.STARTING)) {
            return Future.failedFuture(Refusal.INVALID_ARGUMENT.because("a broker is started once"));
        }
        owner.onClose(closeHook);
        return host.start()
                .compose(started -> createTopics())
                .compose(created -> {
                    if (life.compareAndSet(Life.STARTING, Life.SERVING)) return Future.succeededFuture((Broker) this);
                    return Future.failedFuture(closed());
                })
                .recover(failure -> close().transform(closed -> Future.failedFuture(failure)));
    }

    private Future<Void> createTopics() {
        var each = new ArrayList<Future<TopicDescription>>();
        for (var topic : options.getTopics()) {
            var name = topic.getName();
            if (name == null) {
                return Future.failedFuture(Refusal.INVALID_ARGUMENT.because("a topic in BrokerOptions has no name"));
            }
            if (!host.metadata().topics().containsKey(name)) each.add(create(name, topic));
        }
        return each.isEmpty() ? Future.succeededFuture() : Future.all(each).mapEmpty();
    }

    @Override
    public Future<Void> close() {
        var promise = owner.<Void>promise();
        var first = closing.compareAndExchange(null, promise.future());
        if (first == null) {
            life.set(Life.CLOSING);
            owner.forgetOnClose(closeHook);
            closeAll(producers)
                    .transform(done -> closeAll(consumers))
                    .transform(done -> {
                        life.set(Life.CLOSED);
                        return host.close();
                    })
                    .onComplete(promise);
        } else {
            first.onComplete(promise);
        }
        return promise.future();
    }

    private static Future<Void> closeAll(Set<Supplier<Future<Void>>> those) {
        var each = new ArrayList<Future<Void>>();
        for (var close : those) each.add(close.get());
        return each.isEmpty() ? Future.succeededFuture() : Future.join(each).mapEmpty();
    }

    private static RuntimeException closed() {
        return Refusal.CLOSED.because("the broker is closed");
    }

    /** Does something that needs a serving broker; refusals that are thrown become failures. */
    private <T> Future<T> serving(Supplier<Future<T>> action) {
        var now = life.get();
        if (now == Life.CLOSING || now == Life.CLOSED) return Future.failedFuture(closed());
        if (now != Life.SERVING) {
            return Future.failedFuture(Refusal.DRAINING.because("the broker is not started yet"));
        }
        return answer(action);
    }

    private static <T> Future<T> answer(Supplier<Future<T>> action) {
        try {
            return action.get();
        } catch (RuntimeException refusal) {
            return Future.failedFuture(refusal);
        }
    }

    @Override
    public Future<TopicDescription> createTopic(String topic) {
        return createTopic(topic, new TopicOptions());
    }

    @Override
    public Future<TopicDescription> createTopic(String topic, TopicOptions settings) {
        return serving(() -> create(topic, settings));
    }

    private Future<TopicDescription> create(String topic, TopicOptions settings) {
        var config = TopicConfig.parse(settings.getConfig());
        var command = new CreateTopic(
                UUID.randomUUID(), topic, settings.getPartitions(), settings.getReplicas(), config, Origin.USER);
        return host.change(command).compose(created -> describe(created.topic()));
    }

    @Override
    public Future<List<String>> topics() {
        return serving(() -> Future.succeededFuture(host.metadata().topics().keySet().stream()
                .filter(name -> !TopicName.isInternal(name))
                .toList()));
    }

    @Override
    public Future<TopicDescription> describeTopic(String topic) {
        return serving(() -> describe(host.metadata().topic(topic)));
    }

    @Override
    public Future<TopicDescription> alterTopic(String topic, Map<String, String> set, List<String> remove) {
        return serving(() -> {
            var removed = new HashSet<ConfigKey>();
            for (var key : remove) removed.add(ConfigKey.of(key));
            var command = new AlterConfig(topic, TopicConfig.parse(set), removed, null, Origin.USER);
            return host.change(command).compose(this::describe);
        });
    }

    @Override
    public Future<TopicDescription> addPartitions(String topic, int partitions) {
        return serving(() ->
                host.change(new AddPartitions(topic, partitions, Origin.USER)).compose(this::describe));
    }

    @Override
    public Future<Void> deleteTopic(String topic) {
        return serving(() -> host.change(new DeleteTopic(topic, Origin.USER)).mapEmpty());
    }

    @Override
    public Future<List<GroupSummary>> listGroups() {
        return serving(() -> host.groups().list().map(all -> all.stream()
                .map(one -> new GroupSummary(one.group(), one.state().text(), one.protocolType(), one.members()))
                .sorted(Comparator.comparing(GroupSummary::group))
                .toList()));
    }

    @Override
    public Future<GroupDescription> describeGroup(String group) {
        return serving(() -> reports().describe(group));
    }

    @Override
    public Future<List<GroupMove>> seekGroup(String group, GroupSeek seek) {
        var copy = new GroupSeek(seek);
        return serving(() -> reports().seek(group, copy));
    }

    @Override
    public Future<Void> deleteGroup(String group) {
        return serving(() -> host.groups().delete(group));
    }

    private GroupReports reports() {
        var known = reports.get();
        if (known != null) return known;
        var clock = host.timers(vertx.getOrCreateContext());
        var fresh = new GroupReports(host.groups(), host.partitions(), host::metadata, clock);
        return reports.compareAndSet(null, fresh) ? fresh : reports();
    }

    private Future<TopicDescription> describe(TopicMetadata topic) {
        var each = new ArrayList<Future<Offsets>>();
        for (int n = 0; n < topic.partitions().size(); n++) {
            each.add(host.partitions().offsets(topic.partitionId(n)));
        }
        return Future.all(each).map(all -> {
            var partitions = new ArrayList<PartitionDescription>();
            for (int n = 0; n < each.size(); n++) {
                partitions.add(describe(n, topic.partition(n), each.get(n).result()));
            }
            var config = new TreeMap<String, String>();
            var own = new TreeMap<String, String>();
            var effective = host.rules().effective(topic.config());
            for (var value : effective.all()) config.put(value.key().key(), value.text());
            topic.config().values().forEach((key, text) -> own.put(key.key(), text));
            return new TopicDescription(
                    topic.name(),
                    topic.id().toString(),
                    topic.replicationFactor(),
                    effective.flush().durable(),
                    partitions,
                    config,
                    own);
        });
    }

    private static PartitionDescription describe(int index, PartitionMetadata kept, Offsets offsets) {
        return new PartitionDescription(
                index,
                kept.leader() == PartitionMetadata.NO_LEADER ? null : Integer.toString(kept.leader()),
                offsets.leaderEpoch(),
                kept.replicas().stream().map(node -> Integer.toString(node)).toList(),
                kept.inSync().stream().map(node -> Integer.toString(node)).toList(),
                offsets.start(),
                offsets.highWatermark(),
                offsets.end(),
                offsets.bytes(),
                offsets.damaged());
    }

    @Override
    public <V> Producer<String, V> producer(String topic, Codec<V> values) {
        return producer(new ProducerOptions().setTopic(topic), Codec.string(), values);
    }

    @Override
    public <K, V> Producer<K, V> producer(ProducerOptions settings, Codec<K> keys, Codec<V> values) {
        settings.getCompression().require();
        var topic = settings.getTopic();
        // The name is looked at, not the topic: it may not exist yet.
        if (topic != null && TopicName.isInternal(topic)) TopicName.check(topic, Origin.USER);
        var made = new Made(producers);
        var producer = new LogProducer<>(this, Owner.current(vertx), settings, keys, values, made::forget);
        made.keep(producer::close);
        return producer;
    }

    @Override
    public <V> Consumer<String, V> consumer(String topic, Codec<V> values) {
        return consumer(new ConsumerOptions().setTopic(topic), Codec.string(), values);
    }

    @Override
    public <K, V> Consumer<K, V> consumer(ConsumerOptions settings, Codec<K> keys, Codec<V> values) {
        var made = new Made(consumers);
        var consumer = new LogConsumer<>(this, Owner.current(vertx), settings, keys, values, made::forget);
        made.keep(consumer::close);
        return consumer;
    }

    /** One producer or consumer, kept as long as it is open, so that it closes with the broker. */
    private static final class Made {
        private final Set<Supplier<Future<Void>>> among;
        private @Nullable Supplier<Future<Void>> close;
        private boolean isForgotten;

        Made(Set<Supplier<Future<Void>>> among) {
            this.among = among;
        }

        synchronized void keep(Supplier<Future<Void>> close) {
            if (isForgotten) return;
            this.close = close;
            among.add(close);
        }

        synchronized void forget() {
            isForgotten = true;
            if (close != null) among.remove(close);
        }
    }

    @Override
    public Partitions partitions() {
        return host.partitions();
    }

    @Override
    public Timers timers(Context context) {
        return host.timers(context);
    }

    @Override
    public Future<TopicRoute> route(String name) {
        return life.get() == Life.CLOSING ? answer(() -> find(name)) : serving(() -> find(name));
    }

    private Future<TopicRoute> find(String name) {
        var topic = host.metadata().topic(name);
        var effective = host.rules().effective(topic.config());
        return Future.succeededFuture(new TopicRoute(
                topic.id(),
                topic.name(),
                topic.partitions().size(),
                effective.flush().durable(),
                effective.maxMessageBytes(),
                effective.isCompressedByProducer() ? null : effective.compression(Compression.NONE)));
    }

    @Override
    public Groups groups() {
        return host.groups();
    }

    @Override
    public Runnable watch(Runnable changed) {
        return host.watch(changed);
    }

    @Override
    public Future<Long> newProducerId() {
        return producerIds.next();
    }

    /** What gateways may see of this broker. */
    public Node node() {
        return new LocalNode(this, host, vertx);
    }
}
