package io.millrace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.model.MillraceException;
import io.millrace.model.Refusal;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The public API over real event loops and partitions in memory. */
class BrokerTest {
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

    static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    private static Refusal refusalOf(Future<?> future) {
        try {
            await(future);
        } catch (Exception failure) {
            assertThat(failure.getCause()).isInstanceOf(MillraceException.class);
            return ((MillraceException) failure.getCause()).refusal();
        }
        throw new AssertionError("not refused: " + future);
    }

    @Test
    void whatIsSentIsReceived() throws Exception {
        await(broker.createTopic("orders", new TopicOptions().setPartitions(4)));
        var received = new CopyOnWriteArrayList<Record<String, JsonObject>>();
        broker.consumer("orders", Codec.json()).handler(received::add);

        var receipt =
                await(broker.producer("orders", Codec.json()).send("customer-7", new JsonObject().put("amount", 42)));

        Awaitility.await().until(() -> received.size() == 1);
        var record = received.get(0);
        assertThat(record.key()).isEqualTo("customer-7");
        assertThat(record.value()).isEqualTo(new JsonObject().put("amount", 42));
        assertThat(record.value()).isSameAs(record.value());
        assertThat(record.topic()).isEqualTo("orders");
        assertThat(record.partition()).isEqualTo(receipt.partition());
        assertThat(record.offset()).isEqualTo(receipt.offset()).isZero();
        assertThat(record.timestamp()).isEqualTo(receipt.timestamp());
        assertThat(record.id()).isEqualTo(receipt.id()).isEqualTo("orders/" + receipt.partition() + "/0");
        assertThat(receipt.durable()).isEqualTo("memory");
        assertThat(receipt.duplicate()).isFalse();
    }

    @Test
    void headersTimestampIdAndPartitionTravelAlong() throws Exception {
        await(broker.createTopic("orders", new TopicOptions().setPartitions(4)));
        var received = new CopyOnWriteArrayList<Record<String, String>>();
        broker.consumer("orders", Codec.string()).handler(received::add);
        var record = OutgoingRecord.<String, String>of("key", null)
                .toPartition(3)
                .at(1234)
                .withId("mine")
                .header("kind", "a")
                .header("kind", "b")
                .rawHeader("empty", null);

        var receipt = await(broker.producer("orders", Codec.string()).send(record));

        Awaitility.await().until(() -> received.size() == 1);
        var seen = received.get(0);
        assertThat(receipt.partition()).isEqualTo(seen.partition()).isEqualTo(3);
        assertThat(receipt.id()).isEqualTo(seen.id()).isEqualTo("mine");
        assertThat(seen.timestamp()).isEqualTo(1234);
        assertThat(seen.value()).isNull();
        assertThat(seen.headers().getAll("kind")).containsExactly("a", "b");
        assertThat(seen.headers().get("kind")).isEqualTo("b");
        assertThat(seen.headers().contains("empty")).isTrue();
        assertThat(seen.headers().get("empty")).isNull();
        assertThat(seen.headers().names()).containsExactly(Record.ID_HEADER, "kind", "empty");
    }

    @Test
    void aTopicIsCreatedDescribedAlteredEnlargedAndDeleted() throws Exception {
        var made = await(
                broker.createTopic("orders", new TopicOptions().setPartitions(2).putConfig("retention.ms", "1000")));
        assertThat(made.partitions()).hasSize(2);
        assertThat(made.config()).containsEntry("retention.ms", "1000").containsEntry("segment.bytes", "1073741824");
        assertThat(made.ownConfig()).containsEntry("retention.ms", "1000").doesNotContainKey("segment.bytes");
        assertThat(await(broker.topics())).containsExactly("orders");

        var altered = await(broker.alterTopic("orders", Map.of("segment.bytes", "2048"), List.of("retention.ms")));
        assertThat(altered.config()).containsEntry("retention.ms", "604800000").containsEntry("segment.bytes", "2048");
        assertThat(await(broker.addPartitions("orders", 3)).partitions()).hasSize(3);
        await(broker.producer("orders", Codec.string())
                .send(OutgoingRecord.<String, String>of("x").toPartition(2)));
        assertThat(await(broker.describeTopic("orders")).partitions().get(2).highWatermark())
                .isEqualTo(1);

        await(broker.deleteTopic("orders"));
        assertThat(refusalOf(broker.describeTopic("orders"))).isEqualTo(Refusal.TOPIC_NOT_FOUND);
    }

    @Test
    void errorsAreRefusalsWithAReason() throws Exception {
        await(broker.createTopic("orders"));
        assertThat(refusalOf(broker.createTopic("orders", new TopicOptions().setPartitions(2))))
                .isEqualTo(Refusal.ALREADY_EXISTS);
        assertThat(refusalOf(broker.createTopic("a/b"))).isEqualTo(Refusal.INVALID_ARGUMENT);
        assertThat(refusalOf(broker.alterTopic("orders", Map.of("retention.m", "1"), List.of())))
                .isEqualTo(Refusal.INVALID_ARGUMENT);
        assertThat(refusalOf(broker.producer("nowhere", Codec.string()).send("x")))
                .isEqualTo(Refusal.TOPIC_NOT_FOUND);
        assertThat(refusalOf(broker.consumer("nowhere", Codec.string()).partitions()))
                .isEqualTo(Refusal.TOPIC_NOT_FOUND);
        var toNowhere = OutgoingRecord.<String, String>of("x").toPartition(1);
        assertThat(refusalOf(broker.producer("orders", Codec.string()).send(toNowhere)))
                .isEqualTo(Refusal.PARTITION_NOT_FOUND);
        var broken = broker.producer(
                "orders",
                Codec.<String>of(
                        text -> {
                            throw new IllegalStateException("no");
                        },
                        bytes -> ""));
        assertThat(refusalOf(broken.send("x"))).isEqualTo(Refusal.INVALID_RECORD);
        var producer = broker.producer("orders", Codec.string());
        await(producer.close());
        assertThat(refusalOf(producer.send("x"))).isEqualTo(Refusal.CLOSED);
        assertThat(refusalOf(broker.producer("orders", Codec.string()).send("x".repeat(2_000_000))))
                .isEqualTo(Refusal.RECORD_TOO_LARGE);
    }

    @Test
    void aBrokerServesOnlyBetweenStartAndClose() throws Exception {
        var early = Broker.create(vertx);
        assertThat(refusalOf(early.topics())).isEqualTo(Refusal.DRAINING);
        await(early.start());
        assertThat(await(early.topics())).isEmpty();
        assertThat(refusalOf(early.start())).isEqualTo(Refusal.INVALID_ARGUMENT);
        await(early.close());
        await(early.close());
        assertThat(refusalOf(early.topics())).isEqualTo(Refusal.CLOSED);
        await(Broker.create(vertx).close());
    }

    @Test
    void aBrokerIsDeployedByNameWithJson() throws Exception {
        var config = new JsonObject(
                "{\"eventLoops\":1,\"topics\":[{\"name\":\"orders\",\"partitions\":2,\"config\":{\"retention.ms\":1000}}]}");
        var id =
                await(vertx.deployVerticle("millrace:broker", new io.vertx.core.DeploymentOptions().setConfig(config)));
        await(vertx.undeploy(id));
        assertThatThrownBy(() -> await(vertx.deployVerticle("millrace:brocker")))
                .hasMessageContaining("no verticle millrace:brocker");
        var typo = new io.vertx.core.DeploymentOptions().setConfig(new JsonObject().put("eventLoop", 1));
        assertThatThrownBy(() -> await(vertx.deployVerticle("millrace:broker", typo)))
                .hasMessageContaining("\"eventLoop\"; did you mean \"eventLoops\"");
    }

    @Test
    void producersAndConsumersCloseWithTheirVerticle() throws Exception {
        await(broker.createTopic("orders"));
        var ends = new ArrayList<String>();
        var made = new CopyOnWriteArrayList<Producer<String, String>>();
        var id = await(vertx.deployVerticle(context -> {
            made.add(broker.producer("orders", Codec.string()));
            broker.consumer("orders", Codec.string())
                    .endHandler(end -> ends.add("end"))
                    .handler(record -> {});
            return Future.succeededFuture();
        }));
        await(made.get(0).send("x"));
        await(vertx.undeploy(id));
        assertThat(ends).containsExactly("end");
        assertThat(refusalOf(made.get(0).send("x"))).isEqualTo(Refusal.CLOSED);
        assertThat(await(broker.describeTopic("orders")).partitions().get(0).end())
                .isEqualTo(1);
    }

    @Test
    void closingABrokerSendsWhatItsProducersHold() throws Exception {
        await(broker.createTopic("orders"));
        var producer = broker.producer("orders", Codec.string());
        var sent = new ArrayList<Future<Receipt>>();
        for (int n = 0; n < 1000; n++) sent.add(producer.send("record " + n));
        await(broker.close());
        for (int n = 0; n < 1000; n++) assertThat(sent.get(n).result().offset()).isEqualTo(n);
    }
}
