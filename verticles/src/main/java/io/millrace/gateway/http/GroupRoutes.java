package io.millrace.gateway.http;

import io.millrace.GroupSeek;
import io.millrace.GroupSummary;
import io.millrace.Position;
import io.millrace.gateway.Node;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The routes that list, describe, move and delete consumer groups. */
final class GroupRoutes {
    private static final CharSequence JSON = HttpHeaders.createOptimized(MediaType.JSON);
    private static final int DEFAULT_LIMIT = 100;
    private static final int MAX_LIMIT = 1_000;

    private final Node node;
    private final HttpGatewayOptions options;

    GroupRoutes(Node node, HttpGatewayOptions options) {
        this.node = node;
        this.options = options;
    }

    void handle(Exchange exchange, Route.Match match, Query query) {
        query.allow(match.route() == Route.LIST_GROUPS ? Set.of("limit", "pageToken") : Set.of());
        var broker = node.broker();
        switch (match.route()) {
            case LIST_GROUPS -> list(exchange, query);
            case GET_GROUP -> {
                exchange.noBody();
                broker.describeGroup(match.group())
                        .onComplete(group -> answer(exchange, group.toJson()), exchange::fail);
            }
            case GROUP_MEMBERS -> {
                exchange.noBody();
                broker.describeGroup(match.group())
                        .onComplete(
                                group -> answer(exchange, new JsonObject().put("items", group.membersJson())),
                                exchange::fail);
            }
            case GROUP_LAG -> {
                exchange.noBody();
                broker.describeGroup(match.group())
                        .onComplete(group -> answer(exchange, group.lagJson()), exchange::fail);
            }
            case SEEK_GROUP -> Topics.body(exchange, options, body -> seek(exchange, match.group(), body));
            case DELETE_GROUP -> {
                exchange.noBody();
                broker.deleteGroup(match.group()).onComplete(gone -> exchange.end(204), exchange::fail);
            }
            default -> throw new IllegalArgumentException(match.route() + " is no route of groups");
        }
    }

    private static void answer(Exchange exchange, JsonObject body) {
        exchange.guard(() -> exchange.end(200, JSON, body.toBuffer()));
    }

    private void list(Exchange exchange, Query query) {
        exchange.noBody();
        int limit = query.number("limit", DEFAULT_LIMIT, 1, MAX_LIMIT);
        var token = query.get("pageToken");
        var after = token == null ? "" : name(token);
        node.broker()
                .listGroups()
                .onComplete(all -> exchange.guard(() -> page(exchange, all, after, limit)), exchange::fail);
    }

    private static void page(Exchange exchange, List<GroupSummary> all, String after, int limit) {
        var rest = all.stream()
                .filter(group -> group.group().compareTo(after) > 0)
                .sorted(Comparator.comparing(GroupSummary::group))
                .limit(limit + 1L)
                .toList();
        var items = new JsonArray();
        rest.stream().limit(limit).forEach(group -> items.add(group.toJson()));
        var next = rest.size() > limit ? token(rest.get(limit - 1).group()) : null;
        answer(exchange, new JsonObject().put("items", items).put("nextPageToken", next));
    }

    private static String token(String group) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(group.getBytes(StandardCharsets.UTF_8));
    }

    private static String name(String token) {
        try {
            return new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException broken) {
            throw Problem.invalid("pageToken", "the page token is not one that this server gave")
                    .asException();
        }
    }

    private void seek(Exchange exchange, String group, JsonObject body) {
        Topics.allow(body, Set.of("to", "topic", "partitions", "dryRun"));
        var seek = new GroupSeek();
        to(body.getValue("to"), seek);
        if (body.getValue("topic") != null) seek.setTopic(text(body, "topic"));
        seek.setPartitions(partitions(body.getValue("partitions")));
        var dryRun = body.getValue("dryRun");
        if (dryRun != null && !(dryRun instanceof Boolean)) throw wrong("/dryRun", "dryRun is true or false");
        seek.setDryRun(Boolean.TRUE.equals(dryRun));
        node.broker()
                .seekGroup(group, seek)
                .onComplete(
                        moves -> {
                            var all = new JsonArray();
                            for (var move : moves) all.add(move.toJson());
                            answer(
                                    exchange,
                                    new JsonObject()
                                            .put("dryRun", seek.isDryRun())
                                            .put("partitions", all));
                        },
                        exchange::fail);
    }

    /** One of {@code "earliest"}, {@code "latest"}, {@code {"offset":"5"}}, {@code {"time":…}}, {@code {"shiftBy":-5}}. */
    private static void to(@Nullable Object value, GroupSeek seek) {
        if (value instanceof String word && (word.equals("earliest") || word.equals("latest"))) {
            seek.setTo(Position.parse(word));
            return;
        }
        if (!(value instanceof JsonObject to) || to.size() != 1) {
            throw wrong("/to", "to is \"earliest\", \"latest\", or an object with one of time, offset, shiftBy");
        }
        var kind = to.fieldNames().iterator().next();
        var given = String.valueOf(to.getValue(kind));
        switch (kind) {
            case "earliest", "latest" -> seek.setTo(Position.parse(kind));
            case "time" -> {
                long millis = Times.parse(given);
                if (millis < 0) throw wrong("/to/time", "time is an RFC 3339 time such as 2026-03-01T12:00:00Z");
                seek.setTo(Position.time(millis));
            }
            case "offset" -> {
                if (!given.matches("[0-9]{1,18}")) throw wrong("/to/offset", "offset is a whole number from 0");
                seek.setTo(Position.offset(Long.parseLong(given)));
            }
            case "shiftBy" -> {
                if (!given.matches("-?[0-9]{1,18}")) throw wrong("/to/shiftBy", "shiftBy is a whole number");
                seek.setShiftBy(Long.parseLong(given));
            }
            default ->
                throw wrong(
                        "/to/" + kind,
                        "there is no such member here; known: time, offset, earliest, latest," + " shiftBy");
        }
    }

    private static String text(JsonObject body, String name) {
        if (body.getValue(name) instanceof String text) return text;
        throw wrong("/" + name, name + " is a text");
    }

    private static List<Integer> partitions(@Nullable Object value) {
        if (value == null) return List.of();
        if (!(value instanceof JsonArray array)) throw wrong("/partitions", "partitions is a list of numbers");
        var partitions = new ArrayList<Integer>();
        for (int n = 0; n < array.size(); n++) {
            if (!(array.getValue(n) instanceof Integer index) || index < 0) {
                throw wrong("/partitions/" + n, "an element is the number of a partition");
            }
            partitions.add(index);
        }
        return partitions;
    }

    private static ProblemException wrong(String pointer, String what) {
        return Problem.invalid(pointer, what).asException();
    }
}
