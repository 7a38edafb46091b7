package io.millrace.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.group.Claim;
import io.millrace.group.OffsetToCommit;
import io.millrace.group.TopicPartition;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The description of the routes says what the server does. */
class OpenApiTest {
    static Served served;
    static JsonObject description;
    static Schemas schemas;

    @BeforeAll
    static void start() {
        served = new Served();
        description = served.json("/openapi.json");
        schemas = new Schemas(description);
    }

    @AfterAll
    static void stop() {
        served.close();
    }

    @Test
    void everyRouteIsDescribedAndEverythingDescribedIsARoute() {
        var described = new TreeSet<String>();
        for (var path : description.getJsonObject("paths")) {
            for (var method : (JsonObject) path.getValue()) {
                described.add(method.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey());
            }
        }
        var routes = Arrays.stream(Route.values())
                .map(route -> route.method() + " " + route.path())
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(described).isEqualTo(routes);
    }

    @Test
    void answersAreWhatTheirSchemasSay() {
        var json = new String[] {"Content-Type", "application/json"};
        check(Route.PUT_TOPIC, served.put("/v1/topics/d", "{\"partitions\":2}"), 201);
        check(Route.PUT_TOPIC, served.put("/v1/topics/d", "{\"partitions\":2}"), 200);
        check(Route.PUT_TOPIC, served.put("/v1/topics/d", "{\"partitions\":3}"), 409);
        check(Route.GET_TOPIC, served.get("/v1/topics/d"), 200);
        check(Route.GET_TOPIC, served.get("/v1/topics/dd"), 404);
        check(Route.LIST_TOPICS, served.get("/v1/topics?limit=1"), 200);
        check(Route.GET_CONFIG, served.get("/v1/topics/d/config"), 200);
        var patch =
                served.to("/v1/topics/d/config").method("PATCH", BodyPublishers.ofString("{\"retention.ms\":1000}"));
        check(Route.PATCH_CONFIG, served.send(patch.headers(json)), 200);
        check(Route.ADD_PARTITIONS, served.post("/v1/topics/d:addPartitions", "{\"partitions\":3}", json), 200);
        check(Route.PUBLISH, served.post("/v1/topics/d/records", "{\"a\":1}", json), 201);
        check(Route.PUBLISH, served.post("/v1/topics/d/records", "x", "Acks", "0"), 202);
        check(Route.PUBLISH, served.post("/v1/topics/d/records", "{", json), 400);
        check(
                Route.PUBLISH,
                served.batch(
                        "d",
                        "{\"records\":[{\"value\":1,\"headers\":{\"a\":[null,{\"base64\":\"/w==\"}]}},{\"x\":1}]}"),
                200);
        check(Route.READ, served.get("/v1/topics/d/records"), 200);
        check(Route.READ, served.get("/v1/topics/d/records?cursor=c1.x"), 400);
        check(Route.GET_RECORD, served.get("/v1/topics/d/records/0/9"), 404);
        for (int n = 0; n < 3; n++) {
            if (served.get("/v1/topics/d/records/" + n + "/0").statusCode() == 200) {
                check(Route.GET_RECORD, served.get("/v1/topics/d/records/" + n + "/0"), 200);
            }
        }
        check(
                Route.DELETE_RECORDS,
                served.post(
                        "/v1/topics/d:deleteRecords",
                        "{\"partitions\":[{\"partition\":0,\"before\":\"latest\"}]}",
                        json),
                200);
        var offsets = Map.of(new TopicPartition("d", 0), OffsetToCommit.of(0));
        Served.await(served.broker.node().groups().commit("g", Claim.NOBODY, offsets));
        check(Route.LIST_GROUPS, served.get("/v1/groups"), 200);
        check(Route.GET_GROUP, served.get("/v1/groups/g"), 200);
        check(Route.GET_GROUP, served.get("/v1/groups/gg"), 404);
        check(Route.GROUP_MEMBERS, served.get("/v1/groups/g/members"), 200);
        check(Route.GROUP_LAG, served.get("/v1/groups/g/lag"), 200);
        check(Route.SEEK_GROUP, served.post("/v1/groups/g:seek", "{\"to\":\"latest\"}", json), 200);
        check(Route.SEEK_GROUP, served.post("/v1/groups/g:seek", "{\"to\":\"x\"}", json), 400);
        check(Route.DELETE_GROUP, served.send(served.to("/v1/groups/g").DELETE()), 204);
        check(Route.DELETE_TOPIC, served.send(served.to("/v1/topics/d").DELETE()), 204);
        check(Route.CLIENT, served.get("/client/millrace.js"), 200);
        check(Route.LIVE, served.get("/health/live"), 200);
        check(Route.READY, served.get("/health/ready"), 200);
        check(Route.STARTED, served.get("/health/started"), 200);
        check(Route.METRICS, served.get("/metrics"), 200);
        check(Route.ASYNCAPI, served.get("/asyncapi.json"), 200);
        check(Route.SOCKET, served.get("/v1/ws"), 426);
    }

    private static void check(Route route, HttpResponse<String> answer, int status) {
        assertThat(answer.statusCode()).as(route + " " + answer.body()).isEqualTo(status);
        var responses = description
                .getJsonObject("paths")
                .getJsonObject(route.path())
                .getJsonObject(route.method().name().toLowerCase(Locale.ROOT))
                .getJsonObject("responses");
        var response = responses.getJsonObject(Integer.toString(status), responses.getJsonObject("default"));
        if (response.containsKey("$ref")) response = schemas.resolve(response);
        var content = response.getJsonObject("content");
        if (content == null) {
            assertThat(answer.body()).isEmpty();
            return;
        }
        var type = answer.headers().firstValue("Content-Type").orElseThrow().replaceAll(";.*", "");
        assertThat(content.fieldNames()).as(route.name()).contains(type);
        if (!type.endsWith("json")) return;
        var problem = schemas.mismatch(
                content.getJsonObject(type).getJsonObject("schema"), new JsonObject(answer.body()), "");
        assertThat(problem).as(route + " " + answer.body()).isNull();
    }
}
