package io.millrace.kill;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.Broker;
import io.millrace.BrokerOptions;
import io.millrace.Codec;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process that wrote many segments and synced nothing by itself is killed: all that was acknowledged is there (S4). How
 * long that takes is measured by {@code RecoveryBench} of the examples.
 */
class UnsealedKillIT {
    private static final int PARTITIONS = 3;
    private static final int RECORDS = 3_000;

    @TempDir
    Path directory;

    @Test
    void whatWasNeverSyncedIsThereAfterAKill() throws Exception {
        var data = directory.resolve("data");
        fillAndKill(data);
        assertThat(segments(data)).as("segments").isGreaterThan(8 * PARTITIONS);
        var vertx = Vertx.vertx();
        try {
            assertThat(readAll(vertx, data)).isEqualTo(PARTITIONS * RECORDS);
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
        }
        assertThat(filesEndingIn(data, "torn-")).as("nothing was torn").isZero();
    }

    private static void fillAndKill(Path data) throws Exception {
        var process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Filler.class.getName(),
                        data.toString(),
                        Integer.toString(PARTITIONS),
                        Integer.toString(RECORDS))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (var out = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
            assertThat(out.readLine()).isEqualTo("filled");
        } finally {
            process.destroyForcibly();
            process.waitFor();
        }
    }

    /** How many records there are; each must be what was written at its place. */
    private static long readAll(Vertx vertx, Path data) throws Exception {
        var done = Promise.<Long>promise();
        long[] seen = {0};
        vertx.runOnContext(now -> {
            var broker = Broker.create(
                    vertx, new BrokerOptions().setDataDir(data.toString()).setMinFreeBytes(0));
            broker.start()
                    .compose(started -> started.describeTopic(Filler.TOPIC))
                    .onFailure(done::tryFail)
                    .onSuccess(topic -> {
                        for (var partition : topic.partitions()) {
                            if (partition.end() != RECORDS) done.tryFail(partition + " ends too early");
                        }
                        broker.consumer(Filler.TOPIC, Codec.string()).handler(record -> {
                            if (!Filler.value(record.partition(), record.offset())
                                    .equals(record.value())) {
                                done.tryFail(record.partition() + "/" + record.offset() + " holds " + record.value());
                            }
                            if (++seen[0] == PARTITIONS * RECORDS) done.tryComplete(seen[0]);
                        });
                    });
        });
        return done.future().toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    private static long segments(Path data) throws IOException {
        return filesEndingIn(data.resolve("partitions"), ".log");
    }

    private static long filesEndingIn(Path below, String part) throws IOException {
        try (var files = Files.walk(below)) {
            return files.filter(file -> file.getFileName().toString().contains(part))
                    .count();
        }
    }
}
