package io.millrace.gateway.http;

import static io.millrace.gateway.http.Served.json;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The same publish again gives the same receipt. */
class IdempotencyTest {
    static Served served;

    @BeforeAll
    static void start() {
        served = new Served();
        served.topic("once", 4);
    }

    @AfterAll
    static void stop() {
        served.close();
    }

    @Test
    void theSameKeyAndBodyGiveTheFirstReceipt() {
        var first = json(served.post("/v1/topics/once/records", "x", "Idempotency-Key", "k1"));
        var again = json(served.post("/v1/topics/once/records", "x", "Idempotency-Key", "k1"));
        assertThat(first.getBoolean("duplicate")).isFalse();
        assertThat(again.getBoolean("duplicate")).isTrue();
        assertThat(again.copy().put("duplicate", false)).isEqualTo(first);
    }

    @Test
    void anotherBodyIsRefused() {
        served.post("/v1/topics/once/records", "x", "Idempotency-Key", "k2");
        for (var other : new String[][] {{"y"}, {"x", "Record-Header-A", "1"}, {"x", "Content-Type", "text/plain"}}) {
            var headers = new String[1 + other.length];
            headers[0] = "Idempotency-Key";
            headers[1] = "k2";
            System.arraycopy(other, 1, headers, 2, other.length - 1);
            var answer = served.post("/v1/topics/once/records", other[0], headers);
            assertThat(answer.statusCode()).isEqualTo(422);
            assertThat(json(answer).getString("code")).isEqualTo("IDEMPOTENCY_MISMATCH");
            assertThat(json(answer).getBoolean("retryable")).isFalse();
        }
    }

    @Test
    void anIdIsAnIdempotencyKeyToo() {
        var first = json(served.post("/v1/topics/once/records", "x", "Record-Id", "id-1"));
        var again = json(served.post("/v1/topics/once/records", "x", "Record-Id", "id-1"));
        assertThat(first.getString("id")).isEqualTo("id-1");
        assertThat(again.getString("offset")).isEqualTo(first.getString("offset"));
        assertThat(again.getBoolean("duplicate")).isTrue();
    }

    @Test
    void itemsOfABatchAndLinesHaveTheirOwnKeys() {
        var item = "{\"value\":1,\"idempotencyKey\":\"k3\"}";
        var results = json(served.batch("once", "{\"records\":[" + item + "]}")).getJsonArray("results");
        assertThat(results.getJsonObject(0).getBoolean("duplicate")).isFalse();
        results = json(served.batch("once", "{\"records\":[" + item + ",{\"value\":2}]}"))
                .getJsonArray("results");
        assertThat(results.getJsonObject(0).getBoolean("duplicate")).isTrue();
        assertThat(results.getJsonObject(1).getBoolean("duplicate")).isFalse();
        var lines = served.post("/v1/topics/once/records", item + "\n", "Content-Type", MediaType.NDJSON);
        assertThat(json(lines).getBoolean("duplicate")).isTrue();
    }
}
