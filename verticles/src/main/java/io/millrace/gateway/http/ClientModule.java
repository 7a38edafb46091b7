package io.millrace.gateway.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /client/millrace.js}: the client for JavaScript, an ES module. Browsers ask each time whether theirs is still
 * right, so that a page never speaks to this gateway with the client of another version.
 */
final class ClientModule {
    private static final String NAME = "millrace.js";
    private static final CharSequence JAVASCRIPT = HttpHeaders.createOptimized("text/javascript; charset=utf-8");
    private static final CharSequence REVALIDATE = HttpHeaders.createOptimized("no-cache");
    private static final CharSequence NOSNIFF = HttpHeaders.createOptimized("nosniff");

    private final Buffer text = read();
    private final String tag = tag(text);

    void handle(Exchange exchange) {
        exchange.noBody();
        exchange.response()
                .putHeader(HttpHeaders.ETAG, tag)
                .putHeader(HttpHeaders.CACHE_CONTROL, REVALIDATE)
                .putHeader("x-content-type-options", NOSNIFF);
        if (isKnown(exchange.header(HttpHeaders.IF_NONE_MATCH))) exchange.end(304);
        else exchange.end(200, JAVASCRIPT, text.copy());
    }

    /** RFC 9110, section 13.1.2: weak tags are as good as strong ones here. */
    private boolean isKnown(@Nullable String known) {
        if (known == null) return false;
        for (var one : known.split(",", -1)) {
            var stripped = one.strip();
            if (stripped.equals("*") || stripped.equals(tag) || stripped.equals("W/" + tag)) return true;
        }
        return false;
    }

    private static Buffer read() {
        try (var in = ClientModule.class.getResourceAsStream(NAME)) {
            if (in == null) throw new IllegalStateException(NAME + " is not in the jar");
            return Buffer.buffer(in.readAllBytes());
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static String tag(Buffer text) {
        try {
            var hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes());
            return '"' + HexFormat.of().formatHex(hash, 0, 8) + '"';
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every JDK has SHA-256", impossible);
        }
    }
}
