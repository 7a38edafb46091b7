package io.millrace.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.group.Claim;
import io.millrace.group.OffsetToCommit;
import io.millrace.group.TopicPartition;
import io.vertx.core.json.JsonArray;
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

    @BeforeAll
    static void start() {
        served = new Served();
        description = served.json("/openapi.json");
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
        check(Route.LIVE, served.get("/health/live"), 200);
        check(Route.READY, served.get("/health/ready"), 200);
        check(Route.STARTED, served.get("/health/started"), 200);
        check(Route.METRICS, served.get("/metrics"), 200);
    }

    private static void check(Route route, HttpResponse<String> answer, int status) {
        assertThat(answer.statusCode()).as(route + " " + answer.body()).isEqualTo(status);
        var responses = description
                .getJsonObject("paths")
                .getJsonObject(route.path())
                .getJsonObject(route.method().name().toLowerCase(Locale.ROOT))
                .getJsonObject("responses");
        var response = responses.getJsonObject(Integer.toString(status), responses.getJsonObject("default"));
        if (response.containsKey("$ref")) response = resolve(response);
        var content = response.getJsonObject("content");
        if (content == null) {
            assertThat(answer.body()).isEmpty();
            return;
        }
        var type = answer.headers().firstValue("Content-Type").orElseThrow().replaceAll(";.*", "");
        assertThat(content.fieldNames()).as(route.name()).contains(type);
        if (!type.endsWith("json")) return;
        var problem = mismatch(content.getJsonObject(type).getJsonObject("schema"), new JsonObject(answer.body()), "");
        assertThat(problem).as(route + " " + answer.body()).isNull();
    }

    private static JsonObject resolve(JsonObject reference) {
        var found = description;
        for (var part : reference.getString("$ref").substring(2).split("/", -1)) found = found.getJsonObject(part);
        return found;
    }

    /** As much of JSON Schema as the description uses; gives what does not fit, or null. */
    private static String mismatch(JsonObject schema, Object value, String at) {
        if (schema.containsKey("$ref")) return mismatch(resolve(schema), value, at);
        if (schema.containsKey("oneOf")) {
            var fitting = schema.getJsonArray("oneOf").stream()
                    .filter(one -> mismatch((JsonObject) one, value, at) == null)
                    .count();
            return fitting == 1 ? null : at + ": " + fitting + " of oneOf fit " + value;
        }
        if (schema.containsKey("enum") && !schema.getJsonArray("enum").contains(value)) return at + ": not " + value;
        var types = schema.getValue("type");
        if (types != null) {
            var list = types instanceof JsonArray several ? several : new JsonArray().add(types);
            if (list.stream().noneMatch(type -> fits((String) type, value)))
                return at + ": " + value + " is not " + types;
        }
        if (value instanceof String text
                && schema.containsKey("pattern")
                && !text.matches(schema.getString("pattern"))) {
            return at + ": " + text;
        }
        if (value instanceof JsonArray array && schema.containsKey("items")) {
            for (int n = 0; n < array.size(); n++) {
                var wrong = mismatch(schema.getJsonObject("items"), array.getValue(n), at + "/" + n);
                if (wrong != null) return wrong;
            }
        }
        return value instanceof JsonObject object ? mismatch(schema, object, at) : null;
    }

    private static String mismatch(JsonObject schema, JsonObject object, String at) {
        for (var name : schema.getJsonArray("required", new JsonArray())) {
            if (!object.containsKey((String) name)) return at + "/" + name + " is missing";
        }
        var properties = schema.getJsonObject("properties", new JsonObject());
        for (var member : object) {
            var known = properties.getJsonObject(member.getKey());
            var others = schema.getValue("additionalProperties");
            if (known == null && Boolean.FALSE.equals(others)) return at + "/" + member.getKey() + " is not described";
            if (known == null && others instanceof JsonObject any) known = any;
            var wrong = known == null ? null : mismatch(known, member.getValue(), at + "/" + member.getKey());
            if (wrong != null) return wrong;
        }
        return null;
    }

    private static boolean fits(String type, Object value) {
        return switch (type) {
            case "object" -> value instanceof JsonObject;
            case "array" -> value instanceof JsonArray;
            case "string" -> value instanceof String;
            case "integer" -> value instanceof Integer || value instanceof Long;
            case "boolean" -> value instanceof Boolean;
            case "null" -> value == null;
            default -> throw new IllegalArgumentException(type);
        };
    }
}
