package io.millrace.kill;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.Broker;
import io.millrace.BrokerOptions;
import io.millrace.Codec;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code kill -9} of a process with the broker inside. {@code -Dkill.rounds=50} for more rounds. */
class EmbeddedKillIT {
    private static final int ROUNDS = Integer.getInteger("kill.rounds", 4);

    @TempDir
    Path directory;

    @Test
    void whatTheProcessSaidIsStoredIsStored() throws Exception {
        long acknowledged = -1;
        for (int round = 0; round < ROUNDS; round++) {
            acknowledged = Math.max(acknowledged, killed(1_000 + 777 * round));
            check(acknowledged);
        }
        System.out.println("EmbeddedKillIT: " + ROUNDS + " rounds, " + (acknowledged + 1)
                + " records acknowledged, all there, in order, none twice");
    }

    /** Lets a process send, kills it after so many acknowledgements, and gives the last offset it printed. */
    private long killed(int after) throws Exception {
        var process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Victim.class.getName(),
                        directory.resolve("data").toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        long last = -1;
        try (var out = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
            for (int n = 0; n < after; n++) {
                var line = out.readLine();
                assertThat(line).as("the process ended by itself").isNotNull();
                last = Long.parseLong(line);
            }
            process.toHandle().destroyForcibly(); // unlike Process.destroyForcibly it leaves stdout to be read
            // What was on its way out counts as said, too; the last line may be torn.
            for (var line = out.readLine(); line != null; line = out.readLine()) {
                if (out.ready()) last = Math.max(last, Long.parseLong(line));
            }
        }
        process.waitFor();
        return last;
    }

    private void check(long acknowledged) throws Exception {
        var vertx = Vertx.vertx();
        var done = Promise.<Long>promise();
        var options = new BrokerOptions()
                .setDataDir(directory.resolve("data").toString())
                .setMinFreeBytes(0);
        vertx.runOnContext(now -> {
            var broker = Broker.create(vertx, options);
            broker.start()
                    .compose(started -> started.describeTopic("t"))
                    .onFailure(done::tryFail)
                    .onSuccess(topic -> {
                        long end = topic.partitions().get(0).end();
                        if (end == 0) done.complete(0L);
                        broker.consumer("t", Codec.string()).handler(record -> {
                            if (!Long.toString(record.offset()).equals(record.value())) {
                                done.tryFail("offset " + record.offset() + " holds " + record.value());
                            }
                            if (record.offset() == end - 1) done.tryComplete(end);
                        });
                    });
        });
        var end = done.future().toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
        assertThat(end).isGreaterThan(acknowledged);
        vertx.close().toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }
}
