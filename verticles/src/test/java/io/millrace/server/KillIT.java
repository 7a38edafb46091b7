package io.millrace.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code kill -9} in the middle of many acknowledged publishes, again and again, on one data directory (durability
 * contract, S2, S7, S11). {@code -Dkill.rounds=50} for more rounds.
 */
class KillIT {
    private static final int ROUNDS = Integer.getInteger("kill.rounds", 4);
    private static final int CLIENTS = 16;
    private static final int LEAST_PER_ROUND = 100;
    private static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin", "java").toString();

    @TempDir
    Path directory;

    private final HttpClient http = HttpClient.newHttpClient();
    /** What was acknowledged: partition and offset, and the value that was sent. */
    private final Map<String, String> acknowledged = new ConcurrentHashMap<>();

    private record Node(Process process, String url) {}

    private Node start() throws IOException {
        var err = directory.resolve("err").toFile();
        var process = new ProcessBuilder(
                        JAVA,
                        "-jar",
                        System.getProperty("millrace.jar"),
                        "server",
                        "--http-port",
                        "0",
                        "--data-dir",
                        directory.resolve("data").toString())
                .redirectError(ProcessBuilder.Redirect.appendTo(err))
                .start();
        var ready = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8)).readLine();
        assertThat(ready).as(Files.readString(err.toPath())).startsWith("READY ");
        return new Node(process, "http://" + new JsonObject(ready.substring(6)).getString("http"));
    }

    /** Sends one value after the other; one without an answer is sent again in the next life, under the same key. */
    private final class Client implements Runnable {
        private final int number;
        private volatile String url = "";
        private int next;

        Client(int number) {
            this.number = number;
        }

        @Override
        public void run() {
            while (true) {
                var value = "client " + number + " value " + next;
                try {
                    var answer = http.send(
                            HttpRequest.newBuilder(URI.create(url + "/v1/topics/t/records"))
                                    .header("content-type", "text/plain")
                                    .header("record-key", "client-" + number)
                                    .header("idempotency-key", value)
                                    .timeout(Duration.ofSeconds(20))
                                    .POST(BodyPublishers.ofString(value))
                                    .build(),
                            BodyHandlers.ofString());
                    if (answer.statusCode() == 409) continue; // the first attempt of a killed connection is under way
                    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
                    var receipt = new JsonObject(answer.body());
                    var before = acknowledged.put(
                            receipt.getInteger("partition") + "/" + receipt.getString("offset"), value);
                    assertThat(before).as("one offset, two records").isNull();
                    next++;
                } catch (IOException | InterruptedException killed) {
                    return;
                }
            }
        }
    }

    @Test
    void nothingAcknowledgedIsLostAndNothingIsStoredTwice() throws Exception {
        var clients = new ArrayList<Client>();
        for (int n = 0; n < CLIENTS; n++) clients.add(new Client(n));
        for (int round = 0; round < ROUNDS; round++) {
            var node = start();
            if (round == 0) create(node);
            int before = acknowledged.size();
            var pool = Executors.newFixedThreadPool(CLIENTS);
            var running = new ArrayList<java.util.concurrent.Future<?>>();
            for (var client : clients) {
                client.url = node.url;
                running.add(pool.submit(client));
            }
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (acknowledged.size() < before + LEAST_PER_ROUND && System.nanoTime() < deadline) Thread.sleep(5);
            Thread.sleep(37L * (round % 11));
            node.process.destroyForcibly().waitFor();
            for (var client : running) client.get(30, TimeUnit.SECONDS);
            pool.shutdown();
            assertThat(acknowledged.size())
                    .as("acknowledged in round " + round)
                    .isGreaterThanOrEqualTo(before + LEAST_PER_ROUND);
            var again = start();
            check(again);
            again.process.destroyForcibly().waitFor();
        }
        System.out.println("KillIT: " + ROUNDS + " rounds, " + acknowledged.size()
                + " records acknowledged, all there, none twice");
    }

    private void create(Node node) throws Exception {
        var created = http.send(
                HttpRequest.newBuilder(URI.create(node.url + "/v1/topics/t"))
                        .header("content-type", "application/json")
                        .PUT(BodyPublishers.ofString("{\"partitions\":3}"))
                        .build(),
                BodyHandlers.ofString());
        assertThat(created.statusCode()).isEqualTo(201);
    }

    private void check(Node node) throws Exception {
        var stored = new HashMap<String, String>();
        var values = new HashSet<String>();
        var next = new HashMap<String, Integer>();
        var url = node.url + "/v1/topics/t/records?limit=1000&";
        for (var position = "from=earliest"; ; ) {
            var answer =
                    http.send(HttpRequest.newBuilder(URI.create(url + position)).build(), BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            var page = new JsonObject(answer.body());
            List<?> records = page.getJsonArray("records").getList();
            if (records.isEmpty()) break;
            for (int n = 0; n < records.size(); n++) {
                var record = page.getJsonArray("records").getJsonObject(n);
                var value = record.getString("valueText");
                stored.put(record.getInteger("partition") + "/" + record.getString("offset"), value);
                assertThat(values.add(value)).as("stored twice: " + value).isTrue();
                var client = record.getString("key");
                int number = Integer.parseInt(value.substring(value.lastIndexOf(' ') + 1));
                assertThat(number).as("order of " + client).isEqualTo(next.getOrDefault(client, 0));
                next.put(client, number + 1);
            }
            position = "cursor=" + page.getString("cursor");
        }
        assertThat(stored).containsAllEntriesOf(acknowledged);
    }
}
