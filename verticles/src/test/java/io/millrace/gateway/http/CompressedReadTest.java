package io.millrace.gateway.http;

import static io.millrace.gateway.http.Served.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client that reads over HTTP does not learn how its records are compressed. */
class CompressedReadTest {
    private static final int RECORDS = 300;

    static Served served;

    @BeforeAll
    static void start() {
        served = new Served();
    }

    @AfterAll
    static void stop() {
        served.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"uncompressed", "gzip", "snappy", "lz4", "zstd"})
    void whatIsStoredCompressedIsReadAsItWasSent(String codec) {
        var created = served.put("/v1/topics/" + codec, "{\"config\":{\"compression.type\":\"" + codec + "\"}}");
        assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
        var items = new ArrayList<String>();
        for (int n = 0; n < RECORDS; n++) items.add("{\"key\":\"k" + n + "\",\"value\":{\"n\" :  " + n + "}}");
        var results = json(served.batch(codec, "{\"records\":[" + String.join(",", items) + "]}"));
        assertThat(results.getJsonArray("results")).hasSize(RECORDS);

        var page = served.get("/v1/topics/" + codec + "/records?limit=10000");
        assertThat(page.statusCode()).isEqualTo(200);
        var records = json(page).getJsonArray("records");
        assertThat(records).hasSize(RECORDS);
        for (int n = 0; n < RECORDS; n++) assertIs(records.getJsonObject(n), n);
        assertThat(page.body()).as("as it was sent, white space and all").contains("{\"n\" :  17}");

        var lines = served.send(served.to("/v1/topics/" + codec + "/records?limit=10000")
                        .header("Accept", MediaType.NDJSON))
                .body()
                .lines()
                .toList();
        assertThat(lines).hasSize(RECORDS);
        for (int n = 0; n < RECORDS; n++) assertIs(new JsonObject(lines.get(n)), n);

        var middle = served.json("/v1/topics/" + codec + "/records?from=offset:150&partition=0&limit=5");
        assertIs(middle.getJsonArray("records").getJsonObject(0), 150);
        assertThat(middle.getJsonArray("records")).hasSize(5);
    }

    private static void assertIs(JsonObject record, int n) {
        assertThat(record.getString("offset")).isEqualTo(Integer.toString(n));
        assertThat(record.getString("key")).isEqualTo("k" + n);
        assertThat(record.getJsonObject("value")).isEqualTo(new JsonObject().put("n", n));
    }
}
