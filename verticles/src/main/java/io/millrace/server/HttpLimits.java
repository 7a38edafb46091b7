package io.millrace.server;

import io.millrace.gateway.http.HttpGatewayOptions;
import java.util.List;
import java.util.Map;

/** What the keys {@code http.…} mean for the HTTP gateway. */
final class HttpLimits {
    private HttpLimits() {}

    /** Sets what was given, in canonical form, key by key. */
    static HttpGatewayOptions apply(Map<String, String> given, HttpGatewayOptions options) {
        given.forEach((key, text) -> apply(key, text, options));
        return options;
    }

    private static void apply(String key, String text, HttpGatewayOptions options) {
        switch (key) {
            case "http.max.connections" -> options.setMaxConnections(Integer.parseInt(text));
            case "http.max.connections.per.address" -> options.setMaxConnectionsPerAddress(Integer.parseInt(text));
            case "http.max.sockets" -> options.setMaxSockets(Integer.parseInt(text));
            case "http.max.json.body" -> options.setMaxJsonBodyBytes(Integer.parseInt(text));
            case "http.max.raw.body" -> options.setMaxRawBodyBytes(Integer.parseInt(text));
            case "http.max.in.flight" -> options.setMaxInFlightBytes(Long.parseLong(text));
            case "http.max.socket.frame" -> options.setMaxSocketFrameBytes(Integer.parseInt(text));
            case "http.idle.timeout" -> options.setIdleTimeoutMillis(Integer.parseInt(text));
            case "http.socket.heartbeat" -> options.setSocketHeartbeatMillis(Integer.parseInt(text));
            case "http.max.stall" -> options.setMaxSocketStallMillis(Integer.parseInt(text));
            case "http.max.stream.age" -> options.setMaxStreamAgeMillis(Integer.parseInt(text));
            case "http.allowed.hosts" -> options.setAllowedHosts(names(text));
            case "http.allowed.origins" -> options.setAllowedOrigins(names(text));
            default -> throw new IllegalStateException(key + " is in the table and means nothing");
        }
    }

    private static List<String> names(String text) {
        return List.of(text.split(",", -1));
    }
}
