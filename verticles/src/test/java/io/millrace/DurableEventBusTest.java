package io.millrace;

import static io.millrace.BrokerTest.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.consume.OnFailure;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageCodec;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The event bus over topics. */
@Timeout(120)
class DurableEventBusTest {
    @TempDir
    Path directory;

    private final Vertx vertx = Vertx.vertx();
    private Broker broker;

    @BeforeEach
    void startBroker() throws Exception {
        broker = await(Broker.create(vertx).start());
    }

    @AfterEach
    void closeAll() throws Exception {
        await(broker.close());
        await(vertx.close());
    }

    private DurableEventBus bus(String service) {
        return bus(new DurableEventBusOptions().setService(service));
    }

    private DurableEventBus bus(DurableEventBusOptions options) {
        return DurableEventBus.create(vertx, broker, options);
    }

    @Test
    void whatIsPublishedReachesEveryServiceOnceAndWhatIsSentOneConsumer() throws Exception {
        var billing = bus("billing");
        var shipping = bus(new DurableEventBusOptions().setService("shipping").setPartitions(1));
        var seen = new CopyOnWriteArrayList<String>();
        var published = new CopyOnWriteArrayList<Boolean>();
        await(billing.<String>consumer("orders", m -> seen.add("billing 1 " + m.body()))
                .completion());
        await(billing.<String>consumer("orders", m -> seen.add("billing 2 " + m.body()))
                .completion());
        await(shipping.<String>consumer("orders", m -> {
                    seen.add("shipping " + m.body());
                    published.add(!m.isSend());
                })
                .completion());

        for (int n = 0; n < 20; n++) await(billing.publish("orders", "p" + n));
        Awaitility.await().until(() -> seen.size() == 40);
        assertThat(seen.stream().filter(it -> it.startsWith("billing"))).hasSize(20);
        assertThat(published).hasSize(20).containsOnly(true);

        seen.clear();
        for (int n = 0; n < 20; n++) await(shipping.send("orders", "s" + n));
        Awaitility.await().until(() -> seen.size() == 20);
        Awaitility.await().during(Duration.ofMillis(100)).until(() -> seen.size() == 20);
        assertThat(seen.stream().map(it -> it.substring(it.lastIndexOf(' ') + 1)))
                .containsExactlyElementsOf(java.util.stream.IntStream.range(0, 20)
                        .mapToObj(n -> "s" + n)
                        .toList());
    }

    @Test
    void aConsumerThatIsAwayGetsItsMessagesLaterAlsoAfterARestart() throws Exception {
        var options = new BrokerOptions().setDataDir(directory.toString());
        var got = new CopyOnWriteArrayList<Integer>();
        var durable = await(Broker.create(vertx, options).start());
        var bus = DurableEventBus.create(vertx, durable, new DurableEventBusOptions().setService("billing"));
        var consumer = bus.<Integer>consumer("orders", message -> got.add(message.body()));
        await(consumer.completion());
        for (int n = 0; n < 100; n++) await(bus.publish("orders", n));
        Awaitility.await().until(() -> got.size() == 100);
        await(consumer.unregister());
        for (int n = 100; n < 150; n++) await(bus.publish("orders", n));
        for (int n = 150; n < 200; n++) await(bus.send("orders", n));
        await(durable.close());

        durable = await(Broker.create(vertx, options).start());
        bus = DurableEventBus.create(vertx, durable, new DurableEventBusOptions().setService("billing"));
        bus.<Integer>consumer("orders", message -> got.add(message.body()));
        Awaitility.await().until(() -> got.size() >= 200);
        Awaitility.await().during(Duration.ofMillis(100)).until(() -> got.size() == 200);
        assertThat(got).doesNotHaveDuplicates();

        // And from the beginning again, for whoever asks.
        var all = new CopyOnWriteArrayList<Integer>();
        bus.<Integer>replay("orders", Position.earliest(), message -> all.add(message.body()));
        Awaitility.await().until(() -> all.size() == 150);
        await(durable.close());
    }

    @Test
    void aReplayBeginsAtATimeAndGoesOn() throws Exception {
        var bus = bus("billing");
        await(bus.publish("orders", "old"));
        long later = await(bus.publish("orders", "older")).timestamp() + 1;
        Awaitility.await().until(() -> System.currentTimeMillis() > later);
        await(bus.publish("orders", "new"));
        var seen = new CopyOnWriteArrayList<String>();
        bus.<String>replay("orders", Position.time(later), message -> seen.add(message.body()));
        Awaitility.await().until(() -> seen.size() == 1);
        await(bus.publish("orders", "newer"));
        Awaitility.await().until(() -> seen.size() == 2);
        assertThat(seen).containsExactly("new", "newer");
    }

    @Test
    void aMessageIsAcknowledgedByTheFutureOfItsHandler() throws Exception {
        var bus = bus(new DurableEventBusOptions().setService("billing").setOnLastFailure(OnFailure.SKIP));
        var attempts = new CopyOnWriteArrayList<String>();
        var slow = Promise.<Void>promise();
        bus.<String>process("orders", message -> {
            attempts.add(message.body());
            return switch (message.body()) {
                case "bad" -> Future.failedFuture("no");
                case "slow" -> slow.future();
                default -> Future.succeededFuture();
            };
        });
        for (var body : List.of("good", "bad", "slow", "last")) await(bus.publish("orders", body));
        Awaitility.await().until(() -> attempts.contains("slow"));
        Awaitility.await().during(Duration.ofMillis(100)).until(() -> !attempts.contains("last"));
        slow.complete();
        Awaitility.await().until(() -> attempts.contains("last"));
        assertThat(attempts).containsExactly("good", "bad", "bad", "bad", "slow", "last");
    }

    @Test
    void aRequestGetsItsReplyOrAFailureOrATimeout() throws Exception {
        var bus = bus("billing");
        bus.<JsonObject>consumer("price", message -> {
            var item = message.body().getString("item");
            if (item == null) message.fail(7, "no item");
            else if (item.equals("conversation")) {
                message.<String>replyAndRequest("and?").onSuccess(next -> next.reply(next.body() + "!"));
            } else if (!item.equals("silence")) {
                message.reply(new JsonObject().put("cents", item.length()), new DeliveryOptions().addHeader("a", "b"));
            }
        });
        Message<JsonObject> reply = await(bus.request("price", new JsonObject().put("item", "apple")));
        assertThat(reply.body().getInteger("cents")).isEqualTo(5);
        assertThat(reply.headers().get("a")).isEqualTo("b");
        assertThat(reply.headers().size()).isEqualTo(1);

        Message<String> first = await(bus.request("price", new JsonObject().put("item", "conversation")));
        assertThat(first.body()).isEqualTo("and?");
        Message<String> second = await(first.replyAndRequest("more"));
        assertThat(second.body()).isEqualTo("more!");

        assertThatThrownBy(() -> await(bus.request("price", new JsonObject())))
                .cause()
                .isInstanceOfSatisfying(ReplyException.class, failure -> {
                    assertThat(failure.failureCode()).isEqualTo(7);
                    assertThat(failure.failureType()).isEqualTo(ReplyFailure.RECIPIENT_FAILURE);
                });
        assertThatThrownBy(() -> await(bus.request(
                        "price", new JsonObject().put("item", "silence"), new DeliveryOptions().setSendTimeout(50))))
                .cause()
                .isInstanceOfSatisfying(ReplyException.class, late -> assertThat(late.failureType())
                        .isEqualTo(ReplyFailure.TIMEOUT));
    }

    private record Order(String customer, int cents) {}

    private static final class OrderCodec implements MessageCodec<Order, Order> {
        @Override
        public void encodeToWire(Buffer buffer, Order order) {
            buffer.appendInt(order.cents()).appendString(order.customer());
        }

        @Override
        public Order decodeFromWire(int at, Buffer buffer) {
            return new Order(buffer.getString(at + 4, buffer.length()), buffer.getInt(at));
        }

        @Override
        public Order transform(Order order) {
            return order;
        }

        @Override
        public String name() {
            return "order";
        }

        @Override
        public byte systemCodecID() {
            return -1;
        }
    }

    @Test
    void bodiesHeadersAndCodecsAreKept() throws Exception {
        var bus = bus("billing").registerDefaultCodec(Order.class, new OrderCodec());
        var got = new CopyOnWriteArrayList<Message<Object>>();
        bus.<Object>consumer("any address: ü/_?", got::add);
        var bodies = new ArrayList<Object>(Arrays.asList(
                "text",
                new JsonObject().put("a", 1),
                new JsonArray().add(1).add("b"),
                Buffer.buffer("bytes"),
                1,
                2L,
                (short) 3,
                (byte) 4,
                5.5f,
                6.25,
                true,
                'c',
                new Order("me", 42),
                null));
        for (var body : bodies) {
            await(bus.publish(
                    "any address: ü/_?",
                    body,
                    new DeliveryOptions().addHeader("kind", "x").addHeader("kind", "y")));
        }
        Awaitility.await().until(() -> got.size() == bodies.size());
        for (int n = 0; n < bodies.size(); n++) {
            assertThat(got.get(n).body()).isEqualTo(bodies.get(n));
            assertThat(got.get(n).headers().getAll("kind")).containsExactly("x", "y");
            assertThat(got.get(n).headers().names()).containsExactly("kind");
            assertThat(got.get(n).address()).isEqualTo("any address: ü/_?");
            assertThat(got.get(n).replyAddress()).isNull();
        }
        await(bus.publish("any address: ü/_?", "x".getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        Awaitility.await().until(() -> got.size() == bodies.size() + 1);
        assertThat((byte[]) Objects.requireNonNull(got.get(bodies.size()).body()))
                .containsExactly('x');
        assertThatThrownBy(() -> bus.publish("a", new Object()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("No message codec for type");
        assertThatThrownBy(() -> bus.publish("a", "b", new DeliveryOptions().setCodecName("none")))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void demandHoldsAndTheEndIsTold() throws Exception {
        var bus = bus("billing");
        for (int n = 0; n < 20; n++) await(n % 2 == 0 ? bus.publish("orders", n) : bus.send("orders", n));
        var got = new CopyOnWriteArrayList<Integer>();
        var ends = new AtomicInteger();
        var consumer = bus.<Integer>consumer("orders").pause();
        consumer.endHandler(end -> ends.incrementAndGet()).bodyStream().handler(got::add);
        await(consumer.completion());
        assertThat(consumer.isRegistered()).isTrue();
        consumer.fetch(7);
        Awaitility.await().until(() -> got.size() == 7);
        Awaitility.await().during(Duration.ofMillis(100)).until(() -> got.size() == 7);
        consumer.resume();
        Awaitility.await().until(() -> got.size() == 20);
        await(consumer.unregister());
        assertThat(consumer.isRegistered()).isFalse();
        assertThat(ends.get()).isEqualTo(1);
        await(bus.close());
        assertThatThrownBy(() -> await(bus.publish("orders", 1))).hasMessageContaining("closed");
    }
}
