package io.millrace.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.Broker;
import io.millrace.BrokerOptions;
import io.millrace.Codec;
import io.millrace.ConsumerOptions;
import io.millrace.Position;
import io.millrace.ProducerOptions;
import io.millrace.TopicOptions;
import io.millrace.record.Compression;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.tools.DumpLogSegments;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Kafka's {@code kafka-dump-log} reads our segments and prints the records. */
class DumpLogTest {
    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource(Compression.class)
    void kafkaReadsASegmentOfOurs(Compression codec) throws Exception {
        var vertx = Vertx.vertx();
        var done = Promise.<Void>promise();
        vertx.runOnContext(now -> {
            var options = new BrokerOptions().setDataDir(directory.toString()).setMinFreeBytes(0);
            Broker.create(vertx, options)
                    .start()
                    .compose(broker -> broker.createTopic("t")
                            .compose(topic -> {
                                var producer = broker.producer(
                                        new ProducerOptions().setTopic("t").setCompression(codec),
                                        Codec.string(),
                                        Codec.string());
                                var sent = new ArrayList<Future<?>>();
                                for (int n = 0; n < 100; n++) sent.add(producer.send("key " + n, "value number " + n));
                                return Future.all(sent);
                            })
                            .compose(sent -> broker.close()))
                    .onComplete(done);
        });
        done.future().toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
        vertx.close().toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);

        Path segment;
        try (var files = Files.walk(directory.resolve("partitions"))) {
            segment = files.filter(file -> file.toString().endsWith(".log"))
                    .findFirst()
                    .orElseThrow();
        }
        var printed = dump(segment);
        assertThat(printed).contains("compresscodec: " + codec.name().toLowerCase(Locale.ROOT));
        for (int n = 0; n < 100; n++) {
            assertThat(printed)
                    .contains("offset: " + n + " ")
                    .contains("key: key " + n + " payload: value number " + n);
        }
        assertThat(printed).contains("isvalid: true").doesNotContain("isvalid: false");
    }

    @Test
    void kafkaReadsACompactedSegmentOfOurs() throws Exception {
        var vertx = Vertx.vertx();
        var running = Promise.<Broker>promise();
        vertx.runOnContext(now -> {
            var options = new BrokerOptions().setDataDir(directory.toString()).setMinFreeBytes(0);
            var topic = new TopicOptions()
                    .putConfig("cleanup.policy", "compact")
                    .putConfig("min.cleanable.dirty.ratio", "0.01")
                    .putConfig("segment.bytes", "20000");
            Broker.create(vertx, options)
                    .start()
                    .compose(broker -> broker.createTopic("t", topic)
                            .compose(created -> sendRounds(broker, 50))
                            .map(broker))
                    .onComplete(running);
        });
        var broker = get(running.future());
        Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> bytes() < 60_000);
        assertThat(read(vertx, broker)).hasSize(20).allSatisfy((key, value) -> assertThat(value)
                .startsWith("round 49 of " + key.substring("key ".length()) + " "));
        get(broker.close());
        get(vertx.close());

        var printed = new StringBuilder();
        for (var segment : segments()) printed.append(dump(segment));
        assertThat(printed).contains("isvalid: true").doesNotContain("isvalid: false");
        assertThat(printed).as("a batch of which only the header is left").contains("count: 0 ");
        for (int key = 0; key < 20; key++) {
            assertThat(printed).contains("key: key " + key + " payload: round 49 of " + key + " ");
            assertThat(printed).doesNotContain("payload: round 0 of " + key + " ");
        }
    }

    /** The last value of each key, as a consumer finds it that reads from the beginning. */
    private static Map<String, String> read(Vertx vertx, Broker broker) throws Exception {
        var found = new ConcurrentHashMap<String, String>();
        var ended = Promise.<Void>promise();
        vertx.runOnContext(now -> broker.consumer(
                        new ConsumerOptions()
                                .setTopic("t")
                                .setFrom(Position.earliest())
                                .setStopAtEnd(true),
                        Codec.string(),
                        Codec.string())
                .exceptionHandler(ended::tryFail)
                .endHandler(end -> ended.tryComplete())
                .handler(record -> found.put(record.key(), record.value())));
        get(ended.future());
        return found;
    }

    /** Twenty keys, written again in each round. */
    private static Future<?> sendRounds(Broker broker, int rounds) {
        var producer = broker.producer(new ProducerOptions().setTopic("t"), Codec.string(), Codec.string());
        Future<?> sent = Future.succeededFuture();
        for (int n = 0; n < rounds; n++) {
            int round = n;
            sent = sent.compose(before -> {
                var each = new ArrayList<Future<?>>();
                for (int key = 0; key < 20; key++) {
                    each.add(producer.send("key " + key, "round " + round + " of " + key + " " + "x".repeat(400)));
                }
                return Future.all(each);
            });
        }
        return sent;
    }

    private List<Path> segments() throws IOException {
        try (var files = Files.walk(directory.resolve("partitions"))) {
            return files.filter(file -> file.toString().endsWith(".log"))
                    .sorted()
                    .toList();
        }
    }

    private long bytes() throws IOException {
        long bytes = 0;
        for (var segment : segments()) bytes += Files.size(segment);
        return bytes;
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    private static String dump(Path segment) throws IOException {
        var bytes = new ByteArrayOutputStream();
        var before = System.out;
        System.setOut(new PrintStream(bytes, true, UTF_8));
        try {
            DumpLogSegments.main(new String[] {"--print-data-log", "--files", segment.toString()});
        } finally {
            System.setOut(before);
        }
        return bytes.toString(UTF_8);
    }
}
