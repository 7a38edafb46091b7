package io.millrace.gateway.http;

import io.vertx.core.http.HttpServerRequest;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Who may be called by which name, and from which page. A page of a foreign site can make a browser call this gateway; it
 * is found out by its Origin, or, when it has made its own name point here, by the Host. Addresses in numbers are always
 * right: nobody can make them point elsewhere. For one event loop.
 */
final class HostRules {
    private final Set<String> hosts;
    private final boolean anyHost;
    private final Set<String> origins;
    /** The last host that was right; most requests bring the same one again. */
    private String lastGood = "";

    HostRules(HttpGatewayOptions options) {
        hosts = options.getAllowedHosts().stream()
                .map(host -> host.toLowerCase(Locale.ROOT))
                .collect(Collectors.toSet());
        hosts.add("localhost");
        hosts.add(options.getHost().toLowerCase(Locale.ROOT));
        anyHost = hosts.contains("*");
        origins = Set.copyOf(options.getAllowedOrigins());
    }

    /** Refuses a missing or repeated Host with 400, an unknown one with 421. Gives it back. */
    String checkHost(HttpServerRequest request) {
        var given = request.headers().getAll("host");
        if (given.size() != 1) {
            throw Problem.invalid("Host", "a request has exactly one Host header")
                    .asException();
        }
        var host = given.get(0);
        if (host.equals(lastGood)) return host;
        var name = name(host);
        if (name == null)
            throw Problem.invalid("Host", "the Host header is no host with port")
                    .asException();
        if (!anyHost && !isNumeric(name) && !hosts.contains(name)) {
            throw Problem.of(
                            421,
                            "MISDIRECTED_REQUEST",
                            "Misdirected request",
                            "this gateway is not called by the name in the Host header; add it to allowedHosts if it"
                                    + " is right")
                    .asException();
        }
        lastGood = host;
        return host;
    }

    /** Refuses a foreign origin with 403. Gives the origin that the answer must name, or null. */
    @Nullable
    String checkOrigin(HttpServerRequest request, String host) {
        var given = request.headers().getAll("origin");
        if (given.isEmpty()) return null;
        if (given.size() == 1) {
            var origin = given.get(0);
            if (origins.contains(origin)) return origin;
            if (isOwn(origin, host)) return null;
        }
        throw Problem.of(
                        403,
                        "FORBIDDEN",
                        "Forbidden",
                        "pages of this origin may not call this gateway; add it to allowedOrigins if they should")
                .asException();
    }

    private static boolean isOwn(String origin, String host) {
        try {
            var authority = URI.create(origin).getRawAuthority();
            return authority != null && authority.equalsIgnoreCase(host);
        } catch (IllegalArgumentException noOrigin) {
            return false;
        }
    }

    /** The host without its port, in lower case; null if it is none. */
    private static @Nullable String name(String host) {
        int end = host.length();
        int colon = host.lastIndexOf(':');
        if (host.startsWith("[")) {
            int close = host.indexOf(']');
            if (close < 0 || (close + 1 != host.length() && colon != close + 1)) return null;
            end = close + 1;
        } else if (colon >= 0) {
            end = colon;
        }
        if (end < host.length() && !isPort(host.substring(end + 1))) return null;
        var name = host.substring(0, end).toLowerCase(Locale.ROOT);
        return name.isEmpty() || !name.chars().allMatch(HostRules::isNameLetter) ? null : name;
    }

    private static boolean isNameLetter(int c) {
        return (Character.isLetterOrDigit(c) && c < 0x80) || "-._[]:".indexOf(c) >= 0;
    }

    private static boolean isPort(String text) {
        return !text.isEmpty() && text.length() <= 5 && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private static boolean isNumeric(String name) {
        if (name.startsWith("[")) return true;
        var parts = List.of(name.split("\\.", -1));
        return parts.size() == 4 && parts.stream().allMatch(part -> isPort(part) && part.length() <= 3);
    }
}
