package io.millrace.gateway.http;

import static io.millrace.gateway.http.Served.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A record's way in and out over HTTP. */
class PublishAndReadTest {
    static Served served;

    @BeforeAll
    static void start() {
        served = new Served();
    }

    @AfterAll
    static void stop() {
        served.close();
    }

    @Test
    void aRawRecordIsStoredWithItsKeyHeadersAndTypeAndReadBack() {
        served.topic("raw", 3);
        var stored = served.post(
                "/v1/topics/raw/records",
                "{\"id\":\"o-17\"}",
                "Content-Type",
                "application/json",
                "Record-Key",
                "o-17",
                "Record-Partition",
                "2",
                "Record-Timestamp",
                "2026-09-30T08:00:00.123Z",
                "Record-Header-Type",
                "order.created");
        assertThat(stored.statusCode()).as(stored.body()).isEqualTo(201);
        assertThat(stored.headers().firstValue("Location")).contains("/v1/topics/raw/records/2/0");
        var receipt = json(stored);
        assertThat(receipt.getString("id")).isEqualTo("raw/2/0");
        assertThat(receipt.getInteger("partition")).isEqualTo(2);
        assertThat(receipt.getString("offset")).isEqualTo("0");
        assertThat(receipt.getString("timestamp")).isEqualTo("2026-09-30T08:00:00.123Z");
        assertThat(receipt.getBoolean("duplicate")).isFalse();
        assertThat(receipt.getString("acks")).isEqualTo("all");
        assertThat(receipt.getString("durable")).isEqualTo("memory");

        var record = served.json("/v1/topics/raw/records/2/0");
        assertThat(record.getString("key")).isEqualTo("o-17");
        assertThat(record.getJsonObject("value")).isEqualTo(new JsonObject().put("id", "o-17"));
        assertThat(record.getJsonObject("headers")).isEqualTo(new JsonObject().put("type", "order.created"));
        assertThat(record.getString("contentType")).isEqualTo("application/json");
        assertThat(record.getString("timestamp")).isEqualTo("2026-09-30T08:00:00.123Z");
    }

    @Test
    void theContentTypeDecidesHowAValueIsShown() {
        served.topic("types", 1);
        served.post("/v1/topics/types/records", "grüß", "Content-Type", "text/plain");
        served.post("/v1/topics/types/records", "plain");
        served.post("/v1/topics/types/records", "{\n \"a\": 1}", "Content-Type", "application/vnd.x+json");
        var records = served.json("/v1/topics/types/records").getJsonArray("records");
        assertThat(records.getJsonObject(0).getString("valueText")).isEqualTo("grüß");
        assertThat(records.getJsonObject(1).getString("valueBase64")).isEqualTo("cGxhaW4=");
        assertThat(records.getJsonObject(2).getJsonObject("value")).isEqualTo(new JsonObject().put("a", 1));
        var lines = served.send(served.to("/v1/topics/types/records").header("Accept", "application/x-ndjson"));
        assertThat(lines.body().lines()).hasSize(3).allSatisfy(line -> new JsonObject(line));
    }

    @Test
    void aBatchIsAnsweredItemByItem() {
        served.topic("batch", 2);
        var answer = served.batch(
                "batch",
                """
                {"records":[
                  {"key":"a","value":{"n":1}},
                  {"key":"b\\n","valueText":"text","headers":{"x":"1","y":[null,"2",{"base64":"/w=="}]}},
                  {"partition":7,"value":1},
                  {"keyBase64":"/w==","valueBase64":"/w==","contentType":"image/png","id":"my-id"},
                  {"key":"gone","value":null},
                  {"vaule":1}
                ]}""");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        var results = json(answer).getJsonArray("results");
        assertThat(results).hasSize(6);
        assertThat(results.getJsonObject(0).getString("offset")).isNotNull();
        assertThat(results.getJsonObject(2).getString("code")).isEqualTo("PARTITION_NOT_FOUND");
        assertThat(results.getJsonObject(3).getString("id")).isEqualTo("my-id");
        assertThat(results.getJsonObject(5).getString("code")).isEqualTo("INVALID_ARGUMENT");

        var all = served.json("/v1/topics/batch/records").getJsonArray("records");
        assertThat(all).hasSize(4);
        var byKey = new JsonObject();
        for (int n = 0; n < 4; n++) byKey.put(all.getJsonObject(n).getString("key", "bytes"), all.getJsonObject(n));
        assertThat(byKey.getJsonObject("a").getJsonObject("value").getInteger("n"))
                .isEqualTo(1);
        assertThat(byKey.getJsonObject("b\n").getString("valueText")).isEqualTo("text");
        assertThat(byKey.getJsonObject("b\n").getJsonObject("headers"))
                .isEqualTo(new JsonObject()
                        .put("x", "1")
                        .put("y", new JsonArray().addNull().add("2").add(new JsonObject().put("base64", "/w=="))));
        assertThat(byKey.getJsonObject("bytes").getString("keyBase64")).isEqualTo("/w==");
        assertThat(byKey.getJsonObject("gone").containsKey("value")).isTrue();
        assertThat(byKey.getJsonObject("gone").getValue("value")).isNull();
    }
}
