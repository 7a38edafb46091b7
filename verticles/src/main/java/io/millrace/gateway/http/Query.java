package io.millrace.gateway.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLDecoder;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The parameters behind the question mark. */
final class Query {
    private static final int MOST = 50;

    private final Map<String, String> values = new HashMap<>();

    private Query() {}

    /** Refuses too many, and one given twice. */
    static Query parse(String text) {
        var query = new Query();
        if (text.isEmpty()) return query;
        var parts = text.split("&", MOST + 1);
        if (parts.length > MOST)
            throw Problem.invalid("more than " + MOST + " query parameters").asException();
        for (var part : parts) {
            if (part.isEmpty()) continue;
            int equals = part.indexOf('=');
            var name = decode(equals < 0 ? part : part.substring(0, equals));
            var value = equals < 0 ? "" : decode(part.substring(equals + 1));
            if (query.values.put(name, value) != null) {
                throw Problem.invalid(name, "a query parameter is given twice").asException();
            }
        }
        return query;
    }

    private static String decode(String text) {
        try {
            return URLDecoder.decode(text, UTF_8);
        } catch (IllegalArgumentException bad) {
            throw Problem.invalid("the query has a % that is not followed by two hexadecimal digits")
                    .asException();
        }
    }

    /** Refuses parameters that a route does not know, so that a typing error is not silently without effect. */
    void allow(Set<String> known) {
        for (var name : values.keySet()) {
            if (known.contains(name)) continue;
            throw Problem.invalid(
                            name,
                            "there is no such query parameter here; known: "
                                    + (known.isEmpty() ? "none" : String.join(", ", new java.util.TreeSet<>(known))))
                    .asException();
        }
    }

    @Nullable
    String get(String name) {
        return values.get(name);
    }

    /** A whole number between two limits. */
    int number(String name, int fallback, int least, int most) {
        var text = values.get(name);
        if (text == null) return fallback;
        try {
            int value = Integer.parseInt(text);
            if (value >= least && value <= most) return value;
        } catch (NumberFormatException no) {
            // Refused below.
        }
        throw Problem.invalid(name, name + " is a whole number from " + least + " to " + most)
                .asException();
    }
}
