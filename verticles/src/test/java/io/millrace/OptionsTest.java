package io.millrace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.config.JsonShape;
import io.millrace.consume.OnFailure;
import io.millrace.consume.ProcessingOrder;
import io.millrace.log.FlushLevel;
import io.millrace.partition.Acks;
import io.millrace.record.Compression;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class OptionsTest {
    /** Every options class with a value for each key, none of them the default. */
    private static Map<Class<?>, JsonObject> everything() {
        var all = new LinkedHashMap<Class<?>, JsonObject>();
        all.put(
                BrokerOptions.class,
                new BrokerOptions()
                        .setDataDir("data")
                        .setStorage(StorageType.SEGMENTS)
                        .setFlush(FlushLevel.OS)
                        .setEventLoops(3)
                        .setNodeId("7")
                        .setMinFreeBytes(8)
                        .setReserveBytes(9)
                        .setCompactionBytesPerSecond(2048)
                        .setCompactionMemoryBytes(1 << 20)
                        .setAllowDamaged(true)
                        .setGroupPartitions(2)
                        .setOffsetRetentionMillis(5)
                        .setTopics(List.of(new TopicOptions().setName("orders")))
                        .setTopicDefaults(Map.of("retention.ms", "60000"))
                        .setGroupPartitions(10)
                        .setOffsetRetentionMillis(11)
                        .toJson());
        all.put(
                GroupSeek.class,
                new GroupSeek()
                        .setTo(Position.offset(5))
                        .setShiftBy(-2)
                        .setTopic("orders")
                        .setPartitions(List.of(1))
                        .setDryRun(true)
                        .toJson());
        all.put(
                TopicOptions.class,
                new TopicOptions()
                        .setName("orders")
                        .setPartitions(4)
                        .setReplicas(3)
                        .putConfig("retention.ms", "5")
                        .toJson());
        all.put(
                ProducerOptions.class,
                new ProducerOptions()
                        .setTopic("orders")
                        .setAcks(Acks.LEADER)
                        .setBatchBytes(1)
                        .setMaxBatchBytes(2)
                        .setLingerMillis(3)
                        .setBufferBytes(4)
                        .setDeliveryTimeoutMillis(5)
                        .setRetryBackoffMillis(6)
                        .setMaxRetryBackoffMillis(7)
                        .setMaxInFlight(2)
                        .setCompression(Compression.LZ4)
                        .setIdempotent(false)
                        .setAssignIds(true)
                        .toJson());
        all.put(
                ConsumerOptions.class,
                new ConsumerOptions()
                        .setTopic("orders")
                        .setPartitions(List.of(1, 2))
                        .setFrom(Position.offset(7))
                        .setMaxReadBytes(8)
                        .setMaxWaitMillis(9)
                        .setMaxRecordsPerTurn(10)
                        .setStopAtEnd(true)
                        .setSkipLost(true)
                        .setGroup("billing")
                        .setGroupInstanceId("one")
                        .setAssignors(List.of("range", "sticky"))
                        .setHeartbeatMillis(11)
                        .setSessionTimeoutMillis(1200)
                        .setProcessingTimeoutMillis(1300)
                        .setAutoCommit(true)
                        .setCommitIntervalMillis(14)
                        .setMaxInFlight(15)
                        .setConcurrency(16)
                        .setOrder(ProcessingOrder.KEY)
                        .setOnFailure(OnFailure.SKIP)
                        .setMaxAttempts(17)
                        .setOnLastFailure(OnFailure.SKIP)
                        .setCloseTimeoutMillis(18)
                        .toJson());
        all.put(
                DurableEventBusOptions.class,
                new DurableEventBusOptions()
                        .setService("billing")
                        .setPrefix("other")
                        .setPartitions(2)
                        .setTopicConfig(Map.of("retention.ms", "60000"))
                        .setKeyHeader("key")
                        .setFrom(Position.latest())
                        .setMaxAddresses(3)
                        .setMaxRequests(4)
                        .setOrder(ProcessingOrder.NONE)
                        .setConcurrency(5)
                        .setOnFailure(OnFailure.STOP)
                        .setMaxAttempts(6)
                        .setOnLastFailure(OnFailure.SKIP)
                        .setSessionTimeoutMillis(1700)
                        .setProcessingTimeoutMillis(1800)
                        .toJson());
        return all;
    }

    private static final Map<Class<?>, Function<JsonObject, JsonObject>> READ = Map.of(
            BrokerOptions.class, json -> new BrokerOptions(new BrokerOptions(json)).toJson(),
            GroupSeek.class, json -> new GroupSeek(new GroupSeek(json)).toJson(),
            TopicOptions.class, json -> new TopicOptions(new TopicOptions(json)).toJson(),
            ProducerOptions.class, json -> new ProducerOptions(new ProducerOptions(json)).toJson(),
            ConsumerOptions.class, json -> new ConsumerOptions(new ConsumerOptions(json)).toJson(),
            DurableEventBusOptions.class,
                    json -> new DurableEventBusOptions(new DurableEventBusOptions(json)).toJson());

    private static final Map<Class<?>, JsonShape> SHAPES = Map.of(
            BrokerOptions.class, BrokerOptions.SHAPE,
            GroupSeek.class, GroupSeek.SHAPE,
            TopicOptions.class, TopicOptions.SHAPE,
            ProducerOptions.class, ProducerOptions.SHAPE,
            ConsumerOptions.class, ConsumerOptions.SHAPE,
            DurableEventBusOptions.class, DurableEventBusOptions.SHAPE);

    @Test
    void everyOptionSurvivesJsonAndCopying() {
        everything().forEach((type, json) -> {
            var keys = Arrays.stream(type.getMethods())
                    .filter(method -> method.getName().startsWith("set"))
                    // What is not a value has no place in JSON.
                    .filter(method -> method.getParameterTypes()[0] != Consumer.class)
                    .map(method -> method.getName())
                    .map(name -> Character.toLowerCase(name.charAt(3)) + name.substring(4))
                    .collect(Collectors.toSet());
            assertThat(json.fieldNames()).as(type.getSimpleName()).isEqualTo(keys);
            assertThat(SHAPES.get(type).keys()).as(type.getSimpleName()).isEqualTo(keys);
            assertThat(READ.get(type).apply(json)).as(type.getSimpleName()).isEqualTo(json);
            var defaults = READ.get(type).apply(new JsonObject());
            for (var key : keys) {
                assertThat(json.getValue(key))
                        .as(type.getSimpleName() + "." + key)
                        .isNotEqualTo(defaults.getValue(key));
            }
        });
    }

    @Test
    void everyKeyRefusesAValueOfTheWrongType() {
        everything().forEach((type, json) -> {
            for (var key : json.fieldNames()) {
                var wrong = json.copy()
                        .put(
                                key,
                                new JsonArray()
                                        .add(new JsonObject().put("no", new JsonArray()))
                                        .add(1.5));
                assertThatThrownBy(() -> READ.get(type).apply(wrong))
                        .as(type.getSimpleName() + "." + key)
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining(type.getSimpleName())
                        .hasMessageContaining("\"" + key + "\" must be");
            }
        });
    }

    @Test
    void anUnknownKeyIsRefusedWithTheNearestOne() {
        assertThatThrownBy(() -> new ProducerOptions(new JsonObject().put("lingerMs", 5)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("ProducerOptions: unknown key \"lingerMs\"; did you mean \"lingerMillis\"?");
        assertThatThrownBy(() -> new BrokerOptions(
                        new JsonObject().put("topics", new JsonArray().add(new JsonObject().put("partition", 2)))))
                .hasMessageContaining("TopicOptions: unknown key \"partition\"; did you mean \"partitions\"?");
    }

    @Test
    void constantsMayBeWrittenInLowerCaseAndConfigurationAsNumbers() {
        var options = new ProducerOptions(new JsonObject().put("acks", "all").put("compression", "zstd"));
        assertThat(options.getAcks()).isEqualTo(Acks.ALL);
        assertThat(options.getCompression()).isEqualTo(Compression.ZSTD);
        assertThatThrownBy(() -> new ProducerOptions(new JsonObject().put("acks", "most")))
                .hasMessage("ProducerOptions: \"acks\" must be one of none, leader, all, not most");
        var topic = new TopicOptions(new JsonObject().put("config", new JsonObject().put("retention.ms", 5)));
        assertThat(topic.getConfig()).isEqualTo(Map.of("retention.ms", "5"));
    }

    @Test
    void valuesOutsideTheirLimitsAreRefused() {
        assertThatThrownBy(() -> new ProducerOptions().setMaxInFlight(6)).hasMessage("maxInFlight 6 is above 5");
        assertThatThrownBy(() -> new TopicOptions(new JsonObject().put("partitions", 0)))
                .hasMessage("partitions 0 is below 1");
        assertThatThrownBy(() -> new ConsumerOptions().setTopic("")).hasMessage("topic is empty");
        assertThatThrownBy(() -> new ProducerOptions(new JsonObject().put("batchBytes", 1L << 33)))
                .hasMessageContaining("must be a whole number");
    }

    @Test
    void positionsAreReadAsTheyAreWritten() {
        for (var text : List.of("earliest", "latest", "offset:17", "time:1700000000000", "last:5")) {
            assertThat(Position.parse(text).toString()).isEqualTo(text);
            assertThat(new Position(text)).isEqualTo(Position.parse(text)).hasSameHashCodeAs(Position.parse(text));
        }
        assertThat(Position.parse("time:1970-01-01T00:00:01Z")).isEqualTo(Position.time(1000));
        for (var text : List.of(
                "",
                "first",
                "earliest:1",
                "offset",
                "offset:",
                "offset:-1",
                "offset:x",
                "time:tuesday",
                "last:99999999999999999999",
                "Offset:1")) {
            assertThatThrownBy(() -> Position.parse(text)).as(text).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
