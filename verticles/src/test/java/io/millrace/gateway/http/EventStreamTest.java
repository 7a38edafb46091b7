package io.millrace.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Server-sent events over real sockets. */
class EventStreamTest {
    static Served served;

    @BeforeAll
    static void start() {
        served = new Served(new HttpGatewayOptions()
                .setMaxSocketStallMillis(1_000)
                .setIdleTimeoutMillis(3_000)
                .setMaxSockets(50));
    }

    @AfterAll
    static void stop() {
        served.close();
    }

    /** One event as it came. */
    record Event(String id, String name, String data) {
        JsonObject json() {
            return new JsonObject(data);
        }
    }

    /** A stream that is read event by event. */
    static final class Stream implements AutoCloseable {
        final int status;
        final java.net.http.HttpHeaders headers;
        final BufferedReader lines;
        int comments;
        String retry = "";

        Stream(Served served, String path, String... headers) {
            try {
                var request = served.to(path).header("Accept", "text/event-stream");
                if (headers.length > 0) request.headers(headers);
                var response = served.client.send(request.build(), BodyHandlers.ofInputStream());
                status = response.statusCode();
                this.headers = response.headers();
                lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
            } catch (IOException | InterruptedException failed) {
                throw new AssertionError(failed);
            }
        }

        /** The next event; null at the end. */
        Event next() {
            String id = "";
            String name = "";
            String data = "";
            try {
                for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                    if (line.startsWith(":")) comments++;
                    else if (line.startsWith("retry: ")) retry = line.substring(7);
                    else if (line.startsWith("id: ")) id = line.substring(4);
                    else if (line.startsWith("event: ")) name = line.substring(7);
                    else if (line.startsWith("data: ")) data = line.substring(6);
                    else if (!data.isEmpty()) return new Event(id, name, data);
                }
                return null;
            } catch (IOException cut) {
                return null;
            }
        }

        @Override
        public void close() {
            try {
                lines.close();
            } catch (IOException failed) {
                throw new AssertionError(failed);
            }
        }
    }

    private static void fill(String topic, int from, int to) {
        var batch = new StringBuilder("{\"records\":[");
        for (int n = from; n < to; n++) {
            batch.append(n > from ? "," : "")
                    .append("{\"value\":{\"n\":\n")
                    .append(n)
                    .append("}}");
        }
        assertThat(served.batch(topic, batch.append("]}").toString()).statusCode())
                .isEqualTo(200);
    }

    @Test
    void theFirstEventIsAPositionAndEachRecordHasItsCursorAsId() {
        served.topic("sse", 1);
        fill("sse", 0, 3);
        try (var stream = new Stream(served, "/v1/topics/sse/records")) {
            assertThat(stream.status).isEqualTo(200);
            assertThat(stream.headers.firstValue("content-type")).contains("text/event-stream");
            var first = stream.next();
            assertThat(first.name()).isEqualTo("position");
            assertThat(Integer.parseInt(stream.retry)).isBetween(1_000, 2_000);
            assertThat(stream.headers.firstValue("last-event-id-resolved")).contains(first.id());
            for (int n = 0; n < 3; n++) {
                var event = stream.next();
                assertThat(event.name()).isEqualTo("record");
                assertThat(event.json().getString("cursor")).isEqualTo(event.id());
                assertThat(event.json().getJsonObject("value").getInteger("n")).isEqualTo(n);
            }
            fill("sse", 3, 4);
            assertThat(stream.next().json().getJsonObject("value").getInteger("n"))
                    .isEqualTo(3);
        }
    }

    @Test
    void aBrowserThatConnectsAgainGoesOnWhereItStoodWhateverTheAddressSays() {
        served.topic("again", 3);
        for (int n = 0; n < 10; n++) fill("again", 10 * n, 10 * n + 10);
        var seen = new HashSet<Integer>();
        String last = null;
        while (seen.size() < 100) {
            var path = "/v1/topics/again/records?from=earliest";
            try (var stream =
                    last == null ? new Stream(served, path) : new Stream(served, path, "Last-Event-ID", last)) {
                var position = stream.next();
                assertThat(position.name()).isEqualTo("position");
                if (last != null) assertThat(position.id()).isEqualTo(last);
                for (int n = 0; n < 7 && seen.size() < 100; n++) {
                    var event = stream.next();
                    assertThat(seen.add(event.json().getJsonObject("value").getInteger("n")))
                            .isTrue();
                    last = event.id();
                }
            }
        }
    }

    @Test
    void whatIsLostIsSaidOrRefused() {
        served.topic("lost", 1);
        fill("lost", 0, 20);
        var cursor = served.json("/v1/topics/lost/records?limit=5").getString("cursor");
        served.post(
                "/v1/topics/lost:deleteRecords",
                "{\"partitions\":[{\"partition\":0,\"before\":\"15\"}]}",
                "Content-Type",
                "application/json");
        try (var stream = new Stream(served, "/v1/topics/lost/records", "Last-Event-ID", cursor)) {
            var gap = stream.next();
            assertThat(gap.name()).isEqualTo("gap");
            assertThat(gap.json().getString("requested")).isEqualTo(cursor);
            assertThat(gap.json().getString("missed")).isEqualTo("10");
            assertThat(gap.json().getString("reason")).isEqualTo("expired");
            assertThat(gap.json().getString("resumedAt")).isEqualTo(gap.id());
            assertThat(stream.next().name()).isEqualTo("position");
            assertThat(stream.next().json().getString("offset")).isEqualTo("15");
        }
        try (var stream = new Stream(served, "/v1/topics/lost/records?onGap=fail&cursor=" + cursor)) {
            assertThat(stream.status).isEqualTo(410);
        }
        try (var stream = new Stream(served, "/v1/topics/lost/records", "Last-Event-ID", "what?")) {
            var gap = stream.next().json();
            assertThat(gap.getString("reason")).isEqualTo("unknown");
            assertThat(gap.getString("missed")).isNull();
            assertThat(stream.next().name()).isEqualTo("position");
            assertThat(stream.next().json().getString("offset")).isEqualTo("15");
        }
        try (var stream = new Stream(served, "/v1/topics/lost/records?cursor=what")) {
            assertThat(stream.status).isEqualTo(400);
        }
        served.send(served.to("/v1/topics/lost").DELETE());
        served.topic("lost", 1);
        try (var stream = new Stream(served, "/v1/topics/lost/records", "Last-Event-ID", cursor)) {
            assertThat(stream.next().json().getString("reason")).isEqualTo("topicReplaced");
        }
    }

    @Test
    void aStreamFollowsItsTopicToNewPartitionsAndToItsEnd() {
        served.topic("grows", 1);
        try (var stream = new Stream(served, "/v1/topics/grows/records")) {
            assertThat(stream.next().name()).isEqualTo("position");
            served.post("/v1/topics/grows:addPartitions", "{\"partitions\":3}", "Content-Type", "application/json");
            served.post("/v1/topics/grows/records", "new", "Record-Partition", "2");
            assertThat(stream.next().json().getInteger("partition")).isEqualTo(2);
            served.send(served.to("/v1/topics/grows").DELETE());
            var end = stream.next();
            assertThat(end.name()).isEqualTo("end");
            assertThat(end.json().getString("reason")).isEqualTo("topicDeleted");
            assertThat(stream.next()).isNull();
        }
    }

    @Test
    void commentsKeepAnIdleStreamOpen() {
        served.topic("idle", 1);
        try (var stream = new Stream(served, "/v1/topics/idle/records")) {
            stream.next();
            served.vertx.setTimer(4_000, later -> served.broker
                    .producer("idle", io.millrace.Codec.string())
                    .send("k", "v"));
            assertThat(stream.next().name()).isEqualTo("record");
            assertThat(stream.comments).isPositive();
        }
    }

    @Test
    void whoReadsNothingIsCutOffAndTheLogIsNotReadForHim() throws Exception {
        served.topic("slow", 1);
        var body = "x".repeat(100_000);
        for (int n = 0; n < 200; n++) served.post("/v1/topics/slow/records", body);
        long before = bytesOut();
        try (Socket socket = served.socket()) {
            socket.getOutputStream()
                    .write(
                            "GET /v1/topics/slow/records HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n"
                                    .getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().flush();
            Awaitility.await()
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> served.get("/metrics").body().contains("millrace_http_slow_clients_total 1"));
        }
        // What the operating system takes in, on both sides, and no more.
        assertThat(bytesOut() - before).isLessThan(15_000_000);
    }

    private static long bytesOut() {
        return (long) Double.parseDouble(served.get("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith("millrace_http_bytes_out_total "))
                .findFirst()
                .orElseThrow()
                .split(" ", -1)[1]);
    }

    @Test
    void oldStreamsEndAndAllEndWhenTheGatewayStops() {
        var options = new HttpGatewayOptions().setMaxStreamAgeMillis(1_000);
        try (var short_ = new Served(options)) {
            short_.topic("t", 1);
            try (var stream = new Stream(short_, "/v1/topics/t/records")) {
                assertThat(stream.next().name()).isEqualTo("position");
                assertThat(stream.next().json().getString("reason")).isEqualTo("maxAge");
                assertThat(stream.next()).isNull();
            }
        }
        var draining = new Served();
        draining.topic("t", 1);
        try (var stream = new Stream(draining, "/v1/topics/t/records")) {
            assertThat(stream.next().name()).isEqualTo("position");
            draining.close();
            assertThat(stream.next().json().getString("reason")).isEqualTo("draining");
        }
    }
}
