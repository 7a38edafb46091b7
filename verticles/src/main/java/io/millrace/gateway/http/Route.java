package io.millrace.gateway.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.http.HttpMethod;
import java.net.URLDecoder;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Everything that is served. A path names its variables in braces, as OpenAPI does. */
enum Route {
    LIST_TOPICS(HttpMethod.GET, "/v1/topics"),
    PUT_TOPIC(HttpMethod.PUT, "/v1/topics/{topic}"),
    GET_TOPIC(HttpMethod.GET, "/v1/topics/{topic}"),
    DELETE_TOPIC(HttpMethod.DELETE, "/v1/topics/{topic}"),
    GET_CONFIG(HttpMethod.GET, "/v1/topics/{topic}/config"),
    PATCH_CONFIG(HttpMethod.PATCH, "/v1/topics/{topic}/config"),
    ADD_PARTITIONS(HttpMethod.POST, "/v1/topics/{topic}:addPartitions"),
    DELETE_RECORDS(HttpMethod.POST, "/v1/topics/{topic}:deleteRecords"),
    PUBLISH(HttpMethod.POST, "/v1/topics/{topic}/records"),
    READ(HttpMethod.GET, "/v1/topics/{topic}/records"),
    GET_RECORD(HttpMethod.GET, "/v1/topics/{topic}/records/{partition}/{offset}"),
    LIST_GROUPS(HttpMethod.GET, "/v1/groups"),
    GET_GROUP(HttpMethod.GET, "/v1/groups/{group}"),
    DELETE_GROUP(HttpMethod.DELETE, "/v1/groups/{group}"),
    GROUP_MEMBERS(HttpMethod.GET, "/v1/groups/{group}/members"),
    GROUP_LAG(HttpMethod.GET, "/v1/groups/{group}/lag"),
    SEEK_GROUP(HttpMethod.POST, "/v1/groups/{group}:seek"),
    SOCKET(HttpMethod.GET, "/v1/ws"),
    CLIENT(HttpMethod.GET, "/client/millrace.js"),
    LIVE(HttpMethod.GET, "/health/live"),
    READY(HttpMethod.GET, "/health/ready"),
    STARTED(HttpMethod.GET, "/health/started"),
    METRICS(HttpMethod.GET, "/metrics"),
    OPENAPI(HttpMethod.GET, "/openapi.json"),
    ASYNCAPI(HttpMethod.GET, "/asyncapi.json");

    private static final List<Route> ALL = List.of(values());

    @SuppressWarnings("ImmutableEnumChecker") // it is immutable, without saying so
    private final HttpMethod method;

    private final String path;

    @SuppressWarnings("ImmutableEnumChecker") // List.of
    private final List<String> segments;

    Route(HttpMethod method, String path) {
        this.method = method;
        this.path = path;
        this.segments = split(path);
    }

    HttpMethod method() {
        return method;
    }

    /** The path as OpenAPI writes it. */
    String path() {
        return path;
    }

    /** Whether it is answered while the gateway drains. */
    boolean isForOperators() {
        return this == LIVE || this == READY || this == STARTED || this == METRICS;
    }

    /** A request's path that fits a route, with the values of its variables in order. */
    record Match(Route route, List<String> variables) {
        String topic() {
            return variables.get(0);
        }

        String group() {
            return variables.get(0);
        }
    }

    /** Finds the route; refuses with 400, 404 or 405. */
    static Match match(HttpMethod method, String path) {
        var given = split(path).stream().map(Route::decode).toList();
        var fitting = new ArrayList<Route>();
        for (var route : ALL) {
            var variables = route.variables(given);
            if (variables == null) continue;
            if (route.method.equals(method)) return new Match(route, variables);
            fitting.add(route);
        }
        if (fitting.isEmpty()) {
            throw Problem.of(
                            404,
                            "NOT_FOUND",
                            "Not found",
                            "there is nothing at this path; /openapi.json lists all paths")
                    .asException();
        }
        throw methodNotAllowed(fitting).asException();
    }

    /** The methods of a path, for OPTIONS; empty if nothing is there. */
    static List<String> methods(String path) {
        var given = split(path).stream().map(Route::decode).toList();
        return ALL.stream()
                .filter(route -> route.variables(given) != null)
                .map(route -> route.method.name())
                .toList();
    }

    private static Problem methodNotAllowed(List<Route> fitting) {
        var allowed = allow(fitting.stream().map(route -> route.method.name()));
        return Problem.of(405, "METHOD_NOT_ALLOWED", "Method not allowed", "this path takes " + allowed)
                .with("allow", "\"" + allowed + "\"");
    }

    static String allow(Stream<String> methods) {
        return String.join(", ", Stream.concat(methods, Stream.of("OPTIONS")).toList());
    }

    private @Nullable List<String> variables(List<String> given) {
        if (given.size() != segments.size()) return null;
        var values = new ArrayList<String>(3);
        for (int n = 0; n < given.size(); n++) {
            var pattern = segments.get(n);
            var segment = given.get(n);
            int open = pattern.indexOf('{');
            if (open < 0) {
                if (!pattern.equals(segment)) return null;
                continue;
            }
            var verb = pattern.substring(pattern.indexOf('}') + 1);
            if (verb.isEmpty() ? segment.indexOf(':') >= 0 : !segment.endsWith(verb)) return null;
            values.add(segment.substring(0, segment.length() - verb.length()));
        }
        return values;
    }

    /** The parts between slashes, encoded as they are: an encoded slash separates nothing. */
    private static List<String> split(String path) {
        if (!path.startsWith("/"))
            throw Problem.invalid("the path does not begin with /").asException();
        return List.of(path.substring(1).split("/", -1));
    }

    private static String decode(String segment) {
        if (segment.indexOf('%') < 0) return segment;
        try {
            return URLDecoder.decode(segment.replace("+", "%2B"), UTF_8);
        } catch (IllegalArgumentException bad) {
            throw Problem.invalid("the path has a % that is not followed by two hexadecimal digits")
                    .asException();
        }
    }
}
