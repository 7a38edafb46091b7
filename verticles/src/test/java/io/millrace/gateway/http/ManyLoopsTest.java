package io.millrace.gateway.http;

import static io.millrace.gateway.http.Served.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.BrokerOptions;
import io.millrace.Codec;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Partitions on two event loops, and listeners on two, in a data directory. */
class ManyLoopsTest {
    private static final int PARTITIONS = 6;

    @TempDir
    Path directory;

    private Served served;

    @BeforeEach
    void start() {
        served = new Served(
                new HttpGatewayOptions().setEventLoops(2).setMaxConnectionsPerAddress(1_000),
                new BrokerOptions()
                        .setEventLoops(2)
                        .setDataDir(directory.toString())
                        .setMinFreeBytes(0));
        served.topic("t", PARTITIONS);
    }

    @AfterEach
    void stop() {
        served.close();
    }

    @Test
    void whatManyClientsSendIsStoredOnceAndReadBackEverywhere() throws Exception {
        var expected = new TreeSet<String>();
        var answers = new ArrayList<CompletableFuture<HttpResponse<String>>>();
        for (int n = 0; n < 300; n++) {
            expected.add("http-" + n);
            var path = "/v1/topics/t/records";
            answers.add(served.sendLater(served.to(path)
                    .header("Record-Partition", Integer.toString(n % PARTITIONS))
                    .header("Content-Type", "text/plain")
                    .POST(java.net.http.HttpRequest.BodyPublishers.ofString("http-" + n))));
        }
        var producer = served.broker.producer("t", Codec.string());
        var sent = new ArrayList<Future<?>>();
        for (int n = 0; n < 300; n++) {
            expected.add("api-" + n);
            sent.add(producer.send("key-" + n, "api-" + n));
        }
        Served.await(Future.all(sent));
        for (var answer : answers) {
            assertThat(answer.get(20, TimeUnit.SECONDS).statusCode()).isEqualTo(201);
        }

        var consumed = new ConcurrentSkipListSet<String>();
        var all = new CountDownLatch(expected.size());
        served.broker.consumer("t", Codec.string()).handler(record -> {
            consumed.add(record.value());
            all.countDown();
        });
        assertThat(all.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(consumed).isEqualTo(expected);
        assertThat(readOverHttp()).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(served.get("/health/ready").statusCode()).isEqualTo(200);
        assertThat(served.get("/metrics").statusCode()).isEqualTo(200);
    }

    /** Values as text whatever their content type. */
    private List<String> readOverHttp() {
        var values = new ArrayList<String>();
        var position = "from=earliest";
        while (true) {
            var page = json(served.get("/v1/topics/t/records?limit=100&" + position));
            var records = page.getJsonArray("records");
            if (records.isEmpty()) return values;
            for (var record : records) {
                var fields = (JsonObject) record;
                var text = fields.getString("valueText");
                values.add(text != null ? text : new String(fields.getBinary("valueBase64")));
            }
            position = "cursor=" + page.getString("cursor");
        }
    }

    /** The second arrives while the first waits for the disk, now or the next time. */
    @Test
    void aKeyInFlightIsAConflictAndAllAnswersAreOfOneRecord() throws Exception {
        int conflicts = 0;
        for (int round = 0; round < 200 && conflicts == 0; round++) {
            var answers = new ArrayList<CompletableFuture<HttpResponse<String>>>();
            for (int n = 0; n < 8; n++) {
                answers.add(served.sendLater(served.to("/v1/topics/t/records")
                        .header("Idempotency-Key", "round-" + round)
                        .POST(java.net.http.HttpRequest.BodyPublishers.ofString("x"))));
            }
            var places = new TreeSet<String>();
            for (var later : answers) {
                var answer = later.get(20, TimeUnit.SECONDS);
                if (answer.statusCode() == 409) {
                    conflicts++;
                    assertThat(json(answer).getString("code")).isEqualTo("IDEMPOTENCY_IN_PROGRESS");
                    assertThat(json(answer).getBoolean("retryable")).isTrue();
                } else {
                    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
                    var receipt = json(answer);
                    places.add(receipt.getInteger("partition") + "/" + receipt.getString("offset"));
                }
            }
            assertThat(places).as("places of one record").hasSize(1);
        }
        assertThat(conflicts).isPositive();
    }
}
