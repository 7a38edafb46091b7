package io.millrace.gateway.http;

import static io.millrace.gateway.http.Served.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.BrokerOptions;
import io.millrace.Codec;
import io.millrace.OutgoingRecord;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reads and their cursors. */
class ReadTest {
    static Served served;

    @TempDir
    Path directory;

    @BeforeAll
    static void start() {
        served = new Served();
    }

    @AfterAll
    static void stop() {
        served.close();
    }

    private static void fill(Served where, String topic, int records) {
        var batch = new StringBuilder("{\"records\":[");
        for (int n = 0; n < records; n++)
            batch.append(n > 0 ? "," : "")
                    .append("{\"key\":\"k")
                    .append(n)
                    .append("\",\"value\":")
                    .append(n)
                    .append('}');
        assertThat(where.batch(topic, batch.append("]}").toString()).statusCode())
                .isEqualTo(200);
    }

    @Test
    void whatAnEmbeddedProducerSendsAsJsonIsReadAsJson() throws Exception {
        served.topic("embedded", 1);
        var producer = served.broker.producer("embedded", Codec.json());
        Served.await(producer.send("k", new JsonObject().put("amount", 42)));
        Served.await(producer.send(
                OutgoingRecord.<String, JsonObject>of(new JsonObject()).header("content-type", "text/plain")));
        var records = served.json("/v1/topics/embedded/records").getJsonArray("records");
        assertThat(records.getJsonObject(0).getJsonObject("value")).isEqualTo(new JsonObject().put("amount", 42));
        assertThat(records.getJsonObject(0).getString("contentType")).isEqualTo("application/json");
        assertThat(records.getJsonObject(1).getString("valueText")).isEqualTo("{}");
    }

    @Test
    void aCursorLeadsThroughAllPartitionsAndThenWaitsForMore() throws Exception {
        served.topic("all", 5);
        fill(served, "all", 100);
        var seen = new HashSet<Integer>();
        String cursor = null;
        for (int page = 0; page < 100 && seen.size() < 100; page++) {
            var answer = served.json("/v1/topics/all/records?limit=7" + (cursor == null ? "" : "&cursor=" + cursor));
            var records = answer.getJsonArray("records");
            assertThat(records.size()).isLessThanOrEqualTo(7);
            for (int n = 0; n < records.size(); n++) {
                assertThat(seen.add(records.getJsonObject(n).getInteger("value")))
                        .isTrue();
                cursor = records.getJsonObject(n).getString("cursor");
            }
            assertThat(answer.getString("cursor")).isEqualTo(cursor);
        }
        assertThat(seen).hasSize(100);

        var waiting = served.sendLater(served.to("/v1/topics/all/records?wait=15s&cursor=" + cursor));
        while (!served.get("/metrics").body().contains("millrace_http_long_polls 1")) Thread.onSpinWait();
        long begun = System.nanoTime();
        served.post("/v1/topics/all/records", "7", "Content-Type", "application/json", "Record-Partition", "3");
        var woken = json(waiting.get(20, TimeUnit.SECONDS));
        assertThat(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begun)).isLessThan(10);
        assertThat(woken.getJsonArray("records")).hasSize(1);
        assertThat(woken.getJsonArray("records").getJsonObject(0).getInteger("partition"))
                .isEqualTo(3);
    }

    @Test
    void aLongPollThatFindsNothingGivesACursorAllTheSame() {
        served.topic("idle", 2);
        var answer = served.json("/v1/topics/idle/records?from=latest&wait=50ms");
        assertThat(answer.getJsonArray("records")).isEmpty();
        assertThat(new Cursors(served.broker.node().secret())
                        .parse(answer.getString("cursor"))
                        .isWhole())
                .isTrue();
    }

    @Test
    void aCursorGoesOnAfterARestart() {
        var options = new BrokerOptions().setDataDir(directory.toString());
        String cursor;
        try (var before = new Served(new HttpGatewayOptions(), options)) {
            before.topic("kept", 3);
            fill(before, "kept", 30);
            cursor = before.json("/v1/topics/kept/records?limit=10").getString("cursor");
        }
        try (var after = new Served(new HttpGatewayOptions(), options)) {
            assertThat(after.json("/v1/topics/kept/records?cursor=" + cursor).getJsonArray("records"))
                    .hasSize(20);
        }
    }

    @Test
    void positionsMeanWhatTheySay() {
        served.topic("from", 1);
        for (int n = 0; n < 5; n++) {
            served.post(
                    "/v1/topics/from/records",
                    "" + n,
                    "Content-Type",
                    "application/json",
                    "Record-Timestamp",
                    "2026-01-01T00:00:0" + n + "Z");
        }
        assertThat(first("earliest")).isEqualTo(0);
        assertThat(first("offset:3")).isEqualTo(3);
        assertThat(first("last:2")).isEqualTo(3);
        assertThat(first("time:2026-01-01T00:00:02Z")).isEqualTo(2);
        assertThat(served.json("/v1/topics/from/records?from=latest").getJsonArray("records"))
                .isEmpty();
        assertThat(served.get("/v1/topics/from/records?from=middle").statusCode())
                .isEqualTo(400);
        assertThat(served.get("/v1/topics/from/records?partition=9").statusCode())
                .isEqualTo(404);
        assertThat(served.get("/v1/topics/from/records/0/99").statusCode()).isEqualTo(404);
    }

    private static int first(String from) {
        return served.json("/v1/topics/from/records?from=" + from)
                .getJsonArray("records")
                .getJsonObject(0)
                .getInteger("value");
    }

    @Test
    void anExpiredCursorTellsWhatIsLostAndWhereToGoOn() {
        served.topic("old", 2);
        fill(served, "old", 20);
        var cursor = served.json("/v1/topics/old/records?limit=1").getString("cursor");
        var deleted = served.post(
                "/v1/topics/old:deleteRecords",
                "{\"partitions\":[{\"partition\":0,\"before\":\"latest\"},{\"partition\":1,\"before\":\"latest\"}]}",
                "Content-Type",
                "application/json");
        assertThat(deleted.statusCode()).as(deleted.body()).isEqualTo(200);
        var gone = served.get("/v1/topics/old/records?cursor=" + cursor);
        assertThat(gone.statusCode()).isEqualTo(410);
        var problem = json(gone);
        assertThat(problem.getString("code")).isEqualTo("CURSOR_EXPIRED");
        assertThat(problem.getString("lostRecords")).isEqualTo("19");
        var on = served.get("/v1/topics/old/records?cursor=" + problem.getString("earliestCursor"));
        assertThat(on.statusCode()).isEqualTo(200);
    }

    @Test
    void aBrokenCursorIsRefused() {
        served.topic("broken", 1);
        var cursor = served.json("/v1/topics/broken/records").getString("cursor");
        for (int n = 0; n < cursor.length(); n++) {
            char other = cursor.charAt(n) == 'A' ? 'B' : 'A';
            var damaged = cursor.substring(0, n) + other + cursor.substring(n + 1);
            assertThat(served.get("/v1/topics/broken/records?cursor=" + damaged).statusCode())
                    .as(damaged)
                    .isEqualTo(400);
        }
    }

    @Test
    void linesEndWithTheCursorAsTrailer() {
        served.topic("lines", 1);
        fill(served, "lines", 3);
        var answer = served.raw("GET /v1/topics/lines/records HTTP/1.1\r\n"
                + "Host: localhost\r\n"
                + "Accept: application/x-ndjson\r\n"
                + "Connection: close\r\n\r\n");
        assertThat(answer).contains("Trailer: Millrace-Cursor").contains("0\r\nMillrace-Cursor: c1.");
        assertThat(answer.lines().filter(line -> line.startsWith("{")).map(JsonObject::new))
                .hasSize(3);
    }
}
