package io.millrace.gateway.http;

import static io.millrace.gateway.http.Served.json;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest.BodyPublishers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Topics over HTTP. */
class TopicsTest {
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
    void aTopicIsCreatedOnceFoundAgainAndDeleted() {
        var body = "{\"partitions\":3,\"config\":{\"retention.ms\":\"1h\"}}";
        assertThat(served.put("/v1/topics/a", body).statusCode()).isEqualTo(201);
        assertThat(served.put("/v1/topics/a", body).statusCode()).isEqualTo(200);
        var other = served.put("/v1/topics/a", "{\"partitions\":4}");
        assertThat(other.statusCode()).isEqualTo(409);
        assertThat(json(other).getString("detail")).contains("partitions 3, not 4");
        var described = served.json("/v1/topics/a");
        assertThat(described.getJsonArray("partitions")).hasSize(3);
        assertThat(described
                        .getJsonObject("config")
                        .getJsonObject("retention.ms")
                        .getString("value"))
                .isEqualTo("3600000");
        assertThat(served.send(served.to("/v1/topics/a").DELETE()).statusCode()).isEqualTo(204);
        assertThat(served.get("/v1/topics/a").statusCode()).isEqualTo(404);
    }

    @Test
    void configurationIsChangedByThoseWhoKnowItsVersion() {
        served.topic("c", 1);
        var etag =
                served.get("/v1/topics/c/config").headers().firstValue("ETag").orElseThrow();
        assertThat(patch("c", "{\"retention.ms\":5000}", etag).statusCode()).isEqualTo(200);
        assertThat(patch("c", "{\"retention.ms\":6000}", etag).statusCode()).isEqualTo(412);
        assertThat(patch("c", "{\"retention.ms\":null}", "*").body())
                .contains("\"retention.ms\":{\"value\":\"604800000\"");
        var typo = patch("c", "{\"retention.msx\":1}", "*");
        assertThat(typo.statusCode()).isEqualTo(400);
        assertThat(typo.body()).contains("retention.ms");
    }

    private static java.net.http.HttpResponse<String> patch(String topic, String body, String etag) {
        return served.send(served.to("/v1/topics/" + topic + "/config")
                .method("PATCH", BodyPublishers.ofString(body))
                .headers("Content-Type", "application/json", "If-Match", etag));
    }

    @Test
    void partitionsAreAddedAndFoundByPublishersAtOnce() {
        served.topic("p", 1);
        var more = served.post("/v1/topics/p:addPartitions", "{\"partitions\":4}", "Content-Type", "application/json");
        assertThat(json(more).getJsonArray("partitions")).hasSize(4);
        assertThat(served.post("/v1/topics/p/records", "x", "Record-Partition", "3")
                        .statusCode())
                .isEqualTo(201);
        var less =
                served.post("/v1/topics/p%3AaddPartitions", "{\"partitions\":2}", "Content-Type", "application/json");
        assertThat(less.statusCode()).isEqualTo(400);
    }

    @Test
    void listsComeInPages() {
        for (int n = 0; n < 5; n++) served.topic("list" + n, 1);
        var names = new java.util.ArrayList<String>();
        String token = "";
        while (token != null) {
            var page = served.json("/v1/topics?limit=2" + (token.isEmpty() ? "" : "&pageToken=" + token));
            var items = page.getJsonArray("items");
            for (int n = 0; n < items.size(); n++)
                names.add(items.getJsonObject(n).getString("name"));
            token = page.getString("nextPageToken");
        }
        assertThat(names)
                .contains("list0", "list1", "list2", "list3", "list4")
                .doesNotHaveDuplicates()
                .isSorted();
        assertThat(served.get("/v1/topics?pageToken=%21").statusCode()).isEqualTo(400);
        assertThat(served.get("/v1/topics?limit=0").statusCode()).isEqualTo(400);
    }

    @Test
    void wrongBodiesAreRefused() {
        for (var body : new String[] {
            "[]",
            "{\"partitions\":0}",
            "{\"partitions\":\"3\"}",
            "{\"x\":1}",
            "{\"config\":{\"a\":1}}",
            "{\"config\":{\"retention.ms\":{}}}",
            "{\"replicas\":3}",
            "{"
        }) {
            assertThat(served.put("/v1/topics/bad", body).statusCode()).as(body).isEqualTo(400);
        }
        assertThat(served.put("/v1/topics/__mine", "{}").statusCode()).isEqualTo(400);
    }
}
