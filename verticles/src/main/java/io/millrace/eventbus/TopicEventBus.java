package io.millrace.eventbus;

import static io.millrace.model.Refusal.ALREADY_EXISTS;
import static io.millrace.model.Refusal.CLOSED;
import static io.millrace.model.Refusal.LIMIT_EXCEEDED;

import io.millrace.Broker;
import io.millrace.Codec;
import io.millrace.Consumer;
import io.millrace.ConsumerOptions;
import io.millrace.DurableEventBus;
import io.millrace.DurableEventBusOptions;
import io.millrace.OutgoingRecord;
import io.millrace.Position;
import io.millrace.Producer;
import io.millrace.ProducerOptions;
import io.millrace.Receipt;
import io.millrace.TopicOptions;
import io.millrace.broker.client.Owner;
import io.millrace.model.MillraceException;
import io.vertx.core.Closeable;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageCodec;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Addresses as topics, services as groups. Its producers live on the context that made it, consumers on their own. */
public final class TopicEventBus implements DurableEventBus {
    private final Vertx vertx;
    private final Broker broker;
    private final Owner owner;
    private final DurableEventBusOptions options;
    private final String service;
    private final AddressNames names;
    private final WireForm form;
    private final Replies replies;
    private final Closeable closeHook;
    private final Set<TopicMessageConsumer<?>> consumers = ConcurrentHashMap.newKeySet();
    private final Map<String, Future<Producer<String, Buffer>>> producers = new HashMap<>();
    private @Nullable Future<Void> closing;
    private volatile boolean isClosed;

    public TopicEventBus(Vertx vertx, Broker broker, DurableEventBusOptions options) {
        var name = options.getService();
        if (name == null) throw new IllegalArgumentException("DurableEventBusOptions: service is missing");
        this.vertx = vertx;
        this.broker = broker;
        this.owner = Owner.current(vertx);
        this.options = new DurableEventBusOptions(options);
        this.service = name;
        this.names = new AddressNames(options.getPrefix());
        this.form = new WireForm(options.getKeyHeader());
        this.replies = new Replies(vertx, options.getMaxRequests());
        this.closeHook = completion -> close().onComplete(completion);
        owner.onClose(closeHook);
    }

    @Override
    public Future<Receipt> publish(String address, @Nullable Object body, DeliveryOptions delivery) {
        var topic = names.published(address);
        var record = form.write(body, delivery);
        return onOwner(() -> store(topic, record));
    }

    @Override
    public Future<Receipt> send(String address, @Nullable Object body, DeliveryOptions delivery) {
        var topic = names.sent(address);
        var record = form.write(body, delivery);
        return onOwner(() -> store(topic, record));
    }

    @Override
    @SuppressWarnings("unchecked") // the type is what the caller says it is, as with the event bus
    public <T> Future<Message<T>> request(String address, @Nullable Object body, DeliveryOptions delivery) {
        var topic = names.sent(address);
        var record = form.write(body, delivery);
        return onOwner(() -> {
            var reply = replies.expect(record, address, delivery.getSendTimeout());
            if (reply.failed()) return (Future<Message<T>>) (Future<?>) reply;
            return store(topic, record).compose(stored -> (Future<Message<T>>) (Future<?>) reply);
        });
    }

    private <T> Future<T> onOwner(Supplier<Future<T>> action) {
        if (isClosed) return closed();
        var answer = owner.<T>promise();
        owner.run(() -> action.get().onComplete(answer));
        return answer.future();
    }

    private static <T> Future<T> closed() {
        return Future.failedFuture(CLOSED.because("the bus is closed"));
    }

    private Future<Receipt> store(String topic, OutgoingRecord<String, Buffer> record) {
        return producer(topic).compose(producer -> producer.send(record));
    }

    private Future<Producer<String, Buffer>> producer(String topic) {
        if (isClosed) return closed();
        var known = producers.get(topic);
        if (known != null) return known;
        if (producers.size() >= options.getMaxAddresses()) {
            return Future.failedFuture(LIMIT_EXCEEDED.because("topic " + topic + " would be one more than "
                    + options.getMaxAddresses() + ", which is maxAddresses"));
        }
        var made = ready(topic)
                .compose(ready -> owner.call(
                        () -> broker.producer(new ProducerOptions().setTopic(topic), Codec.string(), Codec.buffer())));
        producers.put(topic, made);
        // What did not succeed may the next time.
        made.onFailure(failed -> producers.remove(topic, made));
        return made;
    }

    /** Creates a topic if there is none, and takes one that is there as it is. */
    private Future<Void> ready(String topic) {
        var wanted = new TopicOptions().setPartitions(options.getPartitions());
        options.getTopicConfig().forEach(wanted::putConfig);
        return broker.createTopic(topic, wanted).<Void>mapEmpty().recover(cause -> {
            boolean isThere = cause instanceof MillraceException refusal && refusal.refusal() == ALREADY_EXISTS;
            return isThere ? Future.succeededFuture() : Future.failedFuture(cause);
        });
    }

    @Override
    public <T> MessageConsumer<T> consumer(String address) {
        return shared(address);
    }

    @Override
    public <T> MessageConsumer<T> consumer(String address, Handler<Message<T>> handler) {
        return this.<T>shared(address).handler(handler);
    }

    @Override
    public <T> MessageConsumer<T> process(String address, Function<Message<T>, Future<Void>> function) {
        var consumer = this.<T>shared(address);
        consumer.process(function);
        return consumer;
    }

    private <T> TopicMessageConsumer<T> shared(String address) {
        var published = options(names.published(address)).setGroup(service).setFrom(options.getFrom());
        var sent = options(names.sent(address)).setGroup(names.sendGroup()).setFrom(Position.earliest());
        return make(address, List.of(published, sent));
    }

    @Override
    public <T> MessageConsumer<T> replay(String address, Position from, Handler<Message<T>> handler) {
        return this.<T>make(address, List.of(options(names.published(address)).setFrom(from)))
                .handler(handler);
    }

    private ConsumerOptions options(String topic) {
        return new ConsumerOptions()
                .setTopic(topic)
                .setSkipLost(true)
                .setOrder(options.getOrder())
                .setConcurrency(options.getConcurrency())
                .setOnFailure(options.getOnFailure())
                .setMaxAttempts(options.getMaxAttempts())
                .setOnLastFailure(options.getOnLastFailure())
                .setSessionTimeoutMillis(options.getSessionTimeoutMillis())
                .setHeartbeatMillis(
                        Math.min(ConsumerOptions.DEFAULT_HEARTBEAT_MILLIS, options.getSessionTimeoutMillis() / 3))
                .setProcessingTimeoutMillis(options.getProcessingTimeoutMillis());
    }

    private <T> TopicMessageConsumer<T> make(String address, List<ConsumerOptions> topics) {
        if (isClosed) throw CLOSED.because("the bus is closed");
        var sources = new ArrayList<TopicMessageConsumer.Source>();
        for (var topic : topics) {
            boolean isSend = topic.getTopic() != null && topic.getTopic().equals(names.sent(address));
            sources.add(new TopicMessageConsumer.Source(topic, isSend));
        }
        var home = Owner.current(vertx);
        var consumer =
                new TopicMessageConsumer<T>(address, sources, topic -> open(topic, home), vertx.eventBus(), form, home);
        consumers.add(consumer);
        consumer.whenEnded(() -> consumers.remove(consumer));
        return consumer;
    }

    private Future<Consumer<String, Buffer>> open(ConsumerOptions topic, Owner home) {
        return ready(Objects.requireNonNull(topic.getTopic()))
                .compose(ready -> home.call(() -> broker.consumer(topic, Codec.string(), Codec.buffer())));
    }

    @Override
    public DurableEventBus registerCodec(MessageCodec<?, ?> codec) {
        form.register(codec);
        return this;
    }

    @Override
    public <T> DurableEventBus registerDefaultCodec(Class<T> type, MessageCodec<T, ?> codec) {
        form.register(type, codec);
        return this;
    }

    @Override
    public Future<Void> close() {
        var answer = owner.<Void>promise();
        isClosed = true;
        owner.run(() -> {
            if (closing == null) closing = closeAll();
            closing.onComplete(answer);
        });
        return answer.future();
    }

    private Future<Void> closeAll() {
        owner.forgetOnClose(closeHook);
        var each = new ArrayList<Future<Void>>();
        for (var consumer : consumers) each.add(consumer.unregister());
        for (var producer : producers.values())
            each.add(producer.compose(Producer::close).otherwiseEmpty());
        each.add(replies.close());
        return Future.join(each).mapEmpty();
    }
}
