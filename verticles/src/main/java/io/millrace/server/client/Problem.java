package io.millrace.server.client;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Why the broker said no (RFC 9457).
 *
 * @param status the HTTP status
 * @param code the broker's word for it; empty if the answer was not the broker's
 * @param detail for people
 * @param retryable whether the same request may succeed later
 * @param retryAfterMillis how long to wait before; 0 if the broker does not say
 * @param outcome what became of the record: notStored, stored or unknown
 */
record Problem(int status, String code, String detail, boolean retryable, long retryAfterMillis, String outcome) {

    static Problem of(int status, Map<String, @Nullable Object> json) {
        var detail = text(json, "detail");
        return new Problem(
                json.get("status") instanceof Number number ? number.intValue() : status,
                text(json, "code"),
                detail.isEmpty() ? text(json, "title") : detail,
                Boolean.TRUE.equals(json.get("retryable")),
                json.get("retryAfterMs") instanceof Number number ? Math.max(0, number.longValue()) : 0,
                text(json, "outcome"));
    }

    /** An answer that is no problem document, from a proxy for instance. */
    static Problem ofStatus(int status) {
        return new Problem(
                status, "", "HTTP status " + status, status == 429 || (status >= 502 && status <= 504), 0, "unknown");
    }

    private static String text(Map<String, @Nullable Object> json, String key) {
        return json.get(key) instanceof String text ? text : "";
    }

    @Override
    public String toString() {
        var shown = detail.replaceAll("\\p{Cntrl}", "?");
        return code.isEmpty() ? shown : code + ": " + shown;
    }
}
