package io.millrace.gateway.http;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A content type.
 *
 * @param name type and subtype in lower case; empty for none
 * @param charset in lower case; null when the type does not say
 */
record MediaType(String name, @Nullable String charset) {
    static final String JSON = "application/json";
    static final String BATCH = "application/vnd.millrace.batch+json";
    static final String NDJSON = "application/x-ndjson";
    static final String EVENTS = "text/event-stream";
    static final String PROBLEM = "application/problem+json";
    static final String TEXT = "text/plain; charset=utf-8";
    static final String BYTES = "application/octet-stream";

    private static final MediaType NONE = new MediaType("", null);
    private static final MediaType PLAIN_JSON = new MediaType(JSON, null);
    private static final List<String> TEXTS = List.of(
            "application/xml", "application/x-www-form-urlencoded", "application/yaml", "application/javascript");

    static MediaType parse(@Nullable String header) {
        if (header == null || header.isBlank()) return NONE;
        if (header.equals(JSON)) return PLAIN_JSON;
        int semicolon = header.indexOf(';');
        if (semicolon < 0) return new MediaType(header.strip().toLowerCase(Locale.ROOT), null);
        String charset = null;
        for (var parameter : header.substring(semicolon + 1).split(";", -1)) {
            var text = parameter.strip().toLowerCase(Locale.ROOT);
            if (text.startsWith("charset=")) charset = text.substring(8).replace("\"", "");
        }
        return new MediaType(header.substring(0, semicolon).strip().toLowerCase(Locale.ROOT), charset);
    }

    boolean isUtf8() {
        return charset == null || charset.equals("utf-8") || charset.equals("us-ascii");
    }

    boolean isJson() {
        return name.equals(JSON) || name.endsWith("+json");
    }

    boolean isText() {
        return name.startsWith("text/") || name.endsWith("+xml") || TEXTS.contains(name);
    }
}
