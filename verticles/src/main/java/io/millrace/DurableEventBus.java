package io.millrace;

import io.millrace.eventbus.TopicEventBus;
import io.vertx.codegen.annotations.GenIgnore;
import io.vertx.codegen.annotations.Nullable;
import io.vertx.codegen.annotations.VertxGen;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageCodec;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.function.Function;

/**
 * The event bus of Vert.x over topics: what was published or sent is kept, and reaches its consumers at least once, also
 * those that are away at the moment. Two topics stand for an address; they are created when it is first used.
 *
 * <p>What is published reaches every service once: the consumers of one {@link DurableEventBusOptions#getService service}
 * are a group and share it. What is sent reaches one consumer of the address, of whatever service. Consumers of a service
 * go on where the service stopped; one that is new begins at {@link DurableEventBusOptions#getFrom}.
 *
 * <p>May be used from any thread. Futures complete on the context of the caller, handlers run on the context that made
 * the consumer. Closing the verticle that made the bus, or a consumer, closes it. The bus does not close its broker.
 */
@VertxGen
public interface DurableEventBus {
    /** A bus over the topics of a broker, which has been started. */
    static DurableEventBus create(Vertx vertx, Broker broker, DurableEventBusOptions options) {
        return new TopicEventBus(vertx, broker, options);
    }

    /** Sends to every service that consumes the address; succeeds when the message is stored. */
    default Future<Receipt> publish(String address, @Nullable Object body) {
        return publish(address, body, new DeliveryOptions());
    }

    /** Sends to every service that consumes the address, with headers or a codec. */
    Future<Receipt> publish(String address, @Nullable Object body, DeliveryOptions options);

    /** Sends to one consumer of the address; succeeds when the message is stored. */
    default Future<Receipt> send(String address, @Nullable Object body) {
        return send(address, body, new DeliveryOptions());
    }

    /** Sends to one consumer of the address, with headers or a codec. */
    Future<Receipt> send(String address, @Nullable Object body, DeliveryOptions options);

    /** Sends to one consumer of the address and waits for its reply. */
    default <T> Future<Message<T>> request(String address, @Nullable Object body) {
        return request(address, body, new DeliveryOptions());
    }

    /**
     * Sends to one consumer of the address and waits for its reply, {@link DeliveryOptions#getSendTimeout} at most. The
     * request is stored like everything that is sent, and will be handled also when nobody waits for the reply any more.
     * The reply travels over the event bus of Vert.x and is not stored.
     */
    <T> Future<Message<T>> request(String address, @Nullable Object body, DeliveryOptions options);

    /** A consumer of an address that begins when it gets a handler. */
    <T> MessageConsumer<T> consumer(String address);

    /**
     * A consumer of an address. A message is acknowledged when the handler returns; when it throws, the options say what
     * becomes of the message.
     */
    <T> MessageConsumer<T> consumer(String address, Handler<Message<T>> handler);

    /**
     * A consumer of an address that acknowledges a message when the future of the function succeeds. A failure is judged
     * by its type ({@link io.millrace.consume.RecordFailure}) or by the options.
     */
    <T> MessageConsumer<T> process(String address, Function<Message<T>, Future<Void>> function);

    /**
     * Everything that was published to an address, from a position on, and then what comes. It belongs to no service:
     * every such consumer gets everything, and nothing is acknowledged.
     */
    <T> MessageConsumer<T> replay(String address, Position from, Handler<Message<T>> handler);

    /** Makes a codec known by its name, for {@link DeliveryOptions#setCodecName}. */
    @GenIgnore(GenIgnore.PERMITTED_TYPE)
    DurableEventBus registerCodec(MessageCodec<?, ?> codec);

    /** Makes a codec the one for bodies of a type. */
    @GenIgnore(GenIgnore.PERMITTED_TYPE)
    <T> DurableEventBus registerDefaultCodec(Class<T> type, MessageCodec<T, ?> codec);

    /** Sends what is under way and closes the consumers that this bus has made. */
    Future<Void> close();
}
