package io.millrace.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.Broker;
import io.millrace.BrokerOptions;
import io.millrace.Codec;
import io.millrace.ProducerOptions;
import io.millrace.record.Compression;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.tools.DumpLogSegments;
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
