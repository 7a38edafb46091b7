package io.millrace.gateway.http;

import io.millrace.cluster.AddPartitions;
import io.millrace.cluster.AlterConfig;
import io.millrace.cluster.ConfigKey;
import io.millrace.cluster.CreateTopic;
import io.millrace.cluster.DeleteTopic;
import io.millrace.cluster.EffectiveConfig;
import io.millrace.cluster.Origin;
import io.millrace.cluster.PartitionMetadata;
import io.millrace.cluster.TopicConfig;
import io.millrace.cluster.TopicMetadata;
import io.millrace.cluster.TopicName;
import io.millrace.gateway.Node;
import io.millrace.model.MillraceException;
import io.millrace.model.Refusal;
import io.millrace.partition.Offsets;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The routes that create, describe, change and delete topics. */
final class Topics {
    private static final int DEFAULT_LIMIT = 100;
    private static final int MAX_LIMIT = 1_000;

    private final Node node;
    private final HttpGatewayOptions options;
    private final Destinations destinations;

    Topics(Node node, HttpGatewayOptions options, Destinations destinations) {
        this.node = node;
        this.options = options;
        this.destinations = destinations;
    }

    void handle(Exchange exchange, Route.Match match, Query query) {
        query.allow(match.route() == Route.LIST_TOPICS ? Set.of("limit", "pageToken") : Set.of());
        switch (match.route()) {
            case LIST_TOPICS -> list(exchange, query);
            case PUT_TOPIC -> body(exchange, json -> create(exchange, match.topic(), json));
            case GET_TOPIC -> {
                exchange.noBody();
                describe(exchange, 200, destinations.of(match.topic()).topic());
            }
            case GET_CONFIG -> {
                exchange.noBody();
                config(exchange, destinations.of(match.topic()).topic());
            }
            case DELETE_TOPIC -> delete(exchange, match.topic());
            case PATCH_CONFIG -> body(exchange, json -> alter(exchange, match.topic(), json));
            case ADD_PARTITIONS -> body(exchange, json -> addPartitions(exchange, match.topic(), json));
            case DELETE_RECORDS -> body(exchange, json -> deleteRecords(exchange, match.topic(), json));
            default -> throw new IllegalArgumentException(match.route() + " is no route of topics");
        }
    }

    private void body(Exchange exchange, Consumer<JsonObject> then) {
        body(exchange, options, then);
    }

    /** Reads a body that is a JSON object. */
    static void body(Exchange exchange, HttpGatewayOptions options, Consumer<JsonObject> then) {
        var type = MediaType.parse(exchange.header(HttpHeaders.CONTENT_TYPE));
        if (exchange.announcesBody() && (!type.isJson() || !type.isUtf8())) {
            throw Problem.unsupportedType("this path takes " + MediaType.JSON).asException();
        }
        exchange.body(options.getMaxJsonBodyBytes(), body -> then.accept(object(body)));
    }

    private static JsonObject object(Buffer body) {
        if (body.length() == 0) return new JsonObject();
        var bytes = Exchange.slice(body);
        JsonReader.check(bytes.array(), bytes.from(), bytes.length());
        if (body.toJsonValue() instanceof JsonObject object) return object;
        throw Problem.invalid("", "the body is a JSON object").asException();
    }

    static void allow(JsonObject body, Set<String> known) {
        for (var name : body.fieldNames()) {
            if (!known.contains(name)) {
                throw Problem.invalid("/" + name, "there is no such member here; known: " + String.join(", ", known))
                        .asException();
            }
        }
    }

    private void list(Exchange exchange, Query query) {
        exchange.noBody();
        int limit = query.number("limit", DEFAULT_LIMIT, 1, MAX_LIMIT);
        var token = query.get("pageToken");
        var all = node.metadata().topics();
        var rest = token == null ? all : all.tailMap(name(token), false);
        var out = new JsonWriter(4 << 10).plain("{\"items\":[");
        String last = null;
        int count = 0;
        boolean more = false;
        for (var topic : rest.values()) {
            if (TopicName.isInternal(topic.name())) continue;
            if (count == limit) {
                more = true;
                break;
            }
            if (count++ > 0) out.put(',');
            last = topic.name();
            out.plain("{\"name\":\"")
                    .plain(topic.name())
                    .plain("\",\"id\":\"")
                    .plain(topic.id().toString());
            out.plain("\",\"partitions\":").number(topic.partitions().size());
            out.plain(",\"replicas\":").number(topic.replicationFactor());
            out.plain(",\"durable\":\"")
                    .plain(effective(topic).flush().durable())
                    .plain("\"}");
        }
        out.plain("],\"nextPageToken\":");
        if (more && last != null) {
            out.put('"')
                    .plain(Base64.getUrlEncoder()
                            .withoutPadding()
                            .encodeToString(last.getBytes(StandardCharsets.UTF_8)))
                    .put('"');
        } else {
            out.nothing();
        }
        exchange.json(200, out.put('}'));
    }

    private static String name(String token) {
        try {
            return TopicName.check(
                    new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8), Origin.USER);
        } catch (IllegalArgumentException | MillraceException broken) {
            throw Problem.invalid("pageToken", "the page token is not one that this server gave")
                    .asException();
        }
    }

    private void create(Exchange exchange, String name, JsonObject body) {
        allow(body, Set.of("partitions", "replicas", "config"));
        var command = new CreateTopic(
                UUID.randomUUID(),
                name,
                number(body, "partitions"),
                number(body, "replicas"),
                TopicConfig.parse(values(body)),
                Origin.USER);
        node.change(command)
                .onComplete(
                        created -> exchange.guard(() -> {
                            if (!created.existed()) exchange.response().putHeader("Location", "/v1/topics/" + name);
                            describe(exchange, created.existed() ? 200 : 201, created.topic());
                        }),
                        exchange::fail);
    }

    private static int number(JsonObject body, String name) {
        var value = body.getValue(name);
        if (value == null) return CreateTopic.DEFAULT;
        if (value instanceof Integer number && number > 0) return number;
        throw Problem.invalid("/" + name, name + " is a whole number from 1").asException();
    }

    private static Map<String, Object> values(JsonObject body) {
        var config = body.getValue("config");
        if (config == null) return Map.of();
        if (!(config instanceof JsonObject given)) {
            throw Problem.invalid("/config", "config is an object").asException();
        }
        var values = new HashMap<String, Object>();
        for (var entry : given) {
            values.put(entry.getKey(), text("/config/" + entry.getKey(), entry.getValue()));
        }
        return values;
    }

    /** A configuration value: text, whole number, true or false. */
    private static String text(String pointer, @Nullable Object value) {
        if (value instanceof String || value instanceof Integer || value instanceof Long || value instanceof Boolean) {
            return value.toString();
        }
        throw Problem.invalid(pointer, "a configuration value is a text or a whole number")
                .asException();
    }

    private void delete(Exchange exchange, String name) {
        exchange.noBody();
        node.change(new DeleteTopic(name, Origin.USER)).onComplete(gone -> exchange.end(204), exchange::fail);
    }

    /** The body is a JSON merge patch: null gives a key back to its default. */
    private void alter(Exchange exchange, String name, JsonObject body) {
        var set = new HashMap<String, Object>();
        var removed = new HashSet<ConfigKey>();
        for (var entry : body) {
            if (entry.getValue() == null) removed.add(ConfigKey.of(entry.getKey()));
            else set.put(entry.getKey(), text("/" + entry.getKey(), entry.getValue()));
        }
        var expected = expectedVersion(exchange.header("if-match"));
        node.change(new AlterConfig(name, TopicConfig.parse(set), removed, expected, Origin.USER))
                .onComplete(
                        topic -> exchange.guard(() -> config(exchange, topic)),
                        failure -> exchange.fail(etagProblem(failure)));
    }

    private static @Nullable Long expectedVersion(@Nullable String ifMatch) {
        if (ifMatch == null || ifMatch.strip().equals("*")) return null;
        var tag = ifMatch.strip();
        if (tag.matches("\"[0-9]{1,18}\"")) return Long.valueOf(tag.substring(1, tag.length() - 1));
        throw Problem.of(412, "ETAG_MISMATCH", "ETag mismatch", "If-Match holds no ETag that this server gave")
                .asException();
    }

    private static Throwable etagProblem(Throwable failure) {
        if (failure instanceof MillraceException refused && refused.refusal() == Refusal.VERSION_CONFLICT) {
            return Problem.of(412, "ETAG_MISMATCH", "ETag mismatch", String.valueOf(refused.getMessage()))
                    .asException();
        }
        return failure;
    }

    private void addPartitions(Exchange exchange, String name, JsonObject body) {
        allow(body, Set.of("partitions"));
        int total = number(body, "partitions");
        if (total == CreateTopic.DEFAULT) {
            throw Problem.invalid("/partitions", "partitions is how many the topic shall have then")
                    .asException();
        }
        node.change(new AddPartitions(name, total, Origin.USER))
                .onComplete(topic -> exchange.guard(() -> describe(exchange, 200, topic)), exchange::fail);
    }

    /** {@code {"partitions":[{"partition":0,"before":"128844"}]}}; {@code "latest"} deletes everything. */
    private void deleteRecords(Exchange exchange, String name, JsonObject body) {
        allow(body, Set.of("partitions"));
        var topic = destinations.of(name);
        if (!(body.getValue("partitions") instanceof JsonArray given) || given.isEmpty()) {
            throw Problem.invalid("/partitions", "partitions is a list of {partition, before}")
                    .asException();
        }
        record Wish(int partition, long before) {}
        var wishes = new ArrayList<Wish>();
        var seen = new HashSet<Integer>();
        for (int n = 0; n < given.size(); n++) {
            var at = "/partitions/" + n;
            if (!(given.getValue(n) instanceof JsonObject wish)
                    || !(wish.getValue("partition") instanceof Integer partition)
                    || wish.size() != 2) {
                throw Problem.invalid(at, "an element is {partition, before}").asException();
            }
            if (partition < 0 || partition >= topic.partitions()) throw topic.noPartition(partition);
            if (!seen.add(partition))
                throw Problem.invalid(at, "the partition is there twice").asException();
            wishes.add(new Wish(partition, before(at, wish.getValue("before"))));
        }
        var each = new ArrayList<Future<Long>>();
        for (var wish : wishes) each.add(node.partitions().deleteBefore(topic.id(wish.partition), wish.before));
        Future.all(each)
                .onComplete(
                        all -> exchange.guard(() -> {
                            var out = new JsonWriter(256).plain("{\"partitions\":[");
                            for (int n = 0; n < wishes.size(); n++) {
                                if (n > 0) out.put(',');
                                out.plain("{\"partition\":").number(wishes.get(n).partition);
                                out.plain(",\"start\":\"")
                                        .number(each.get(n).result())
                                        .plain("\"}");
                            }
                            exchange.json(200, out.plain("]}"));
                        }),
                        exchange::fail);
    }

    private static long before(String pointer, @Nullable Object value) {
        if ("latest".equals(value)) return -1;
        var text = value == null ? "" : value.toString();
        if (text.matches("[0-9]{1,18}")) return Long.parseLong(text);
        throw Problem.invalid(pointer + "/before", "before is an offset or \"latest\"")
                .asException();
    }

    private EffectiveConfig effective(TopicMetadata topic) {
        return node.rules().effective(topic.config());
    }

    private static String etag(TopicMetadata topic) {
        return "\"" + topic.configVersion() + "\"";
    }

    private void config(Exchange exchange, TopicMetadata topic) {
        exchange.response().putHeader("ETag", etag(topic));
        var out = new JsonWriter(2 << 10);
        writeConfig(out, topic);
        exchange.json(200, out);
    }

    private void writeConfig(JsonWriter out, TopicMetadata topic) {
        char before = '{';
        for (var value : effective(topic).all()) {
            out.put(before).text(value.key().key()).plain(":{\"value\":").text(value.text());
            out.plain(",\"source\":\"").plain(source(value.source())).plain("\"}");
            before = ',';
        }
        out.put('}');
    }

    private static String source(EffectiveConfig.Source source) {
        return switch (source) {
            case TOPIC -> "topic";
            case BROKER_DEFAULT -> "brokerDefault";
            case DEFAULT -> "default";
        };
    }

    private void describe(Exchange exchange, int status, TopicMetadata topic) {
        var each = new ArrayList<Future<Offsets>>();
        for (int n = 0; n < topic.partitions().size(); n++)
            each.add(node.partitions().offsets(topic.partitionId(n)));
        Future.all(each)
                .onComplete(
                        all -> exchange.guard(() -> {
                            exchange.response().putHeader("ETag", etag(topic));
                            exchange.json(status, description(topic, each));
                        }),
                        exchange::fail);
    }

    private JsonWriter description(TopicMetadata topic, List<Future<Offsets>> offsets) {
        var out = new JsonWriter(4 << 10);
        out.plain("{\"name\":\"")
                .plain(topic.name())
                .plain("\",\"id\":\"")
                .plain(topic.id().toString());
        out.plain("\",\"replicas\":").number(topic.replicationFactor());
        out.plain(",\"durable\":\"").plain(effective(topic).flush().durable()).plain("\",\"partitions\":[");
        for (int n = 0; n < offsets.size(); n++) {
            if (n > 0) out.put(',');
            describe(out, n, topic.partition(n), offsets.get(n).result());
        }
        out.plain("],\"config\":");
        writeConfig(out, topic);
        return out.put('}');
    }

    private static void describe(JsonWriter out, int index, PartitionMetadata partition, Offsets at) {
        out.plain("{\"partition\":").number(index).plain(",\"leader\":");
        if (partition.leader() == PartitionMetadata.NO_LEADER) out.nothing();
        else out.put('"').number(partition.leader()).put('"');
        out.plain(",\"leaderEpoch\":").number(at.leaderEpoch());
        nodes(out.plain(",\"replicas\":"), partition.replicas());
        nodes(out.plain(",\"inSync\":"), partition.inSync());
        out.plain(",\"start\":\"").number(at.start());
        out.plain("\",\"highWatermark\":\"").number(at.highWatermark());
        out.plain("\",\"end\":\"").number(at.end());
        out.plain("\",\"bytes\":").number(at.bytes());
        out.plain(",\"damaged\":")
                .plain(Boolean.toString(at.damaged()).toLowerCase(Locale.ROOT))
                .put('}');
    }

    private static void nodes(JsonWriter out, List<Integer> nodes) {
        out.put('[');
        for (int n = 0; n < nodes.size(); n++) {
            if (n > 0) out.put(',');
            out.put('"').number(nodes.get(n)).put('"');
        }
        out.put(']');
    }
}
