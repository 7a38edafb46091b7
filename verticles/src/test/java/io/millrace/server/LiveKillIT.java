package io.millrace.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonArray;
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
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A reader over WebSocket and one over server-sent events go on where they stood when the server was killed between. */
class LiveKillIT {
    private static final int ROUNDS = Integer.getInteger("kill.rounds", 3);
    private static final int RECORDS_PER_ROUND = 600;
    private static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin", "java").toString();

    @TempDir
    Path directory;

    private final HttpClient http = HttpClient.newHttpClient();
    private final Vertx vertx = Vertx.vertx();

    private record Node(Process process, String address) {}

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
        return new Node(process, new JsonObject(ready.substring(6)).getString("http"));
    }

    /** What one reader has seen over all lives of the server. */
    private static final class Seen {
        final Map<String, String> records = new HashMap<>();
        final List<String> twice = new ArrayList<>();
        String cursor = "";

        void add(JsonObject record) {
            var place = record.getInteger("partition") + "/" + record.getString("offset");
            if (records.put(place, record.getString("valueText")) != null) twice.add(place);
            cursor = record.getString("cursor");
        }
    }

    @Test
    void readersGoOnWithoutGapOrDuplicateAfterTheServerWasKilled() throws Exception {
        var overSocket = new Seen();
        var overEvents = new Seen();
        var stored = new HashMap<String, String>();
        for (int round = 0; round < ROUNDS; round++) {
            var node = start();
            try {
                if (round == 0) create(node);
                publish(node, round, stored);
                // Not all of it, so that the kill comes in the midst of reading.
                int target = round == ROUNDS - 1 ? stored.size() : stored.size() - RECORDS_PER_ROUND / 2;
                socket(node, overSocket, target);
                events(node, overEvents, target);
            } finally {
                node.process.destroyForcibly().waitFor();
            }
        }
        for (var seen : List.of(overSocket, overEvents)) {
            assertThat(seen.twice).isEmpty();
            assertThat(seen.records).isEqualTo(stored);
        }
        assertThat(PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(directory.resolve("data").resolve("secret"))))
                .isEqualTo("rw-------");
        vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    private void create(Node node) throws Exception {
        var request = HttpRequest.newBuilder(URI.create("http://" + node.address + "/v1/topics/t"))
                .header("content-type", "application/json")
                .PUT(BodyPublishers.ofString("{\"partitions\":3}"));
        assertThat(http.send(request.build(), BodyHandlers.ofString()).statusCode())
                .isEqualTo(201);
    }

    private void publish(Node node, int round, Map<String, String> stored) throws Exception {
        for (int n = 0; n < RECORDS_PER_ROUND; n += 100) {
            var batch = new JsonArray();
            for (int k = n; k < n + 100; k++) {
                batch.add(new JsonObject().put("key", "k" + k).put("valueText", "round " + round + " value " + k));
            }
            var request = HttpRequest.newBuilder(URI.create("http://" + node.address + "/v1/topics/t/records"))
                    .header("content-type", "application/vnd.millrace.batch+json")
                    .POST(BodyPublishers.ofString(
                            new JsonObject().put("records", batch).encode()));
            var answer = http.send(request.build(), BodyHandlers.ofString());
            var results = new JsonObject(answer.body()).getJsonArray("results");
            for (int k = 0; k < results.size(); k++) {
                var receipt = results.getJsonObject(k);
                stored.put(
                        receipt.getInteger("partition") + "/" + receipt.getString("offset"),
                        batch.getJsonObject(k).getString("valueText"));
            }
        }
    }

    private void socket(Node node, Seen seen, int target) throws Exception {
        int colon = node.address.lastIndexOf(':');
        var enough = new CountDownLatch(1);
        var problems = new ConcurrentLinkedQueue<String>();
        var client = vertx.createWebSocketClient();
        var socket = client.webSocket();
        socket.textMessageHandler(text -> {
            var frame = new JsonObject(text);
            switch (frame.getString("t")) {
                case "rec" -> seen.add(frame);
                case "recs" -> frame.getJsonArray("items").forEach(item -> seen.add((JsonObject) item));
                case "error", "gap", "end" -> problems.add(text);
                default -> {}
            }
            if (seen.records.size() >= target || !problems.isEmpty()) enough.countDown();
        });
        var connected = socket.connect(new WebSocketConnectOptions()
                        .setHost(node.address.substring(0, colon))
                        .setPort(Integer.parseInt(node.address.substring(colon + 1)))
                        .setURI("/v1/ws")
                        .addSubProtocol("millrace.v1+json"))
                .toCompletionStage()
                .toCompletableFuture()
                .get(20, TimeUnit.SECONDS);
        var sub = new JsonObject().put("t", "sub").put("ch", 1).put("topic", "t");
        if (!seen.cursor.isEmpty()) sub.put("cursor", seen.cursor);
        var unused = connected.writeTextMessage(sub.encode());
        unused = connected.writeTextMessage(
                "{\"t\":\"credit\",\"ch\":1,\"until\":\"" + (target - seen.records.size()) + "\"}");
        assertThat(enough.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(problems).isEmpty();
        assertThat(seen.records).hasSize(target);
    }

    private void events(Node node, Seen seen, int target) throws Exception {
        var request = HttpRequest.newBuilder(URI.create("http://" + node.address + "/v1/topics/t/records"))
                .header("accept", "text/event-stream");
        if (!seen.cursor.isEmpty()) request.header("last-event-id", seen.cursor);
        var answer = http.send(request.build(), BodyHandlers.ofInputStream());
        try (var lines = new BufferedReader(new InputStreamReader(answer.body(), UTF_8))) {
            var event = "";
            while (seen.records.size() < target) {
                var line = lines.readLine();
                if (line.startsWith("event: ")) event = line.substring(7);
                if (!line.startsWith("data: ")) continue;
                assertThat(event).isIn("position", "record");
                if (event.equals("record")) seen.add(new JsonObject(line.substring(6)));
            }
        }
    }
}
