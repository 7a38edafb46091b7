package io.millrace.server.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.server.client.HttpConnection.Answer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Asks a broker, and turns answers into JSON and refusals into {@link ApiException}. Not for several threads. */
final class ApiClient implements AutoCloseable {
    /** Longer than any wait that is asked for, so that a broker that is gone is noticed. */
    private static final int IDLE_MILLIS = 60_000;

    private static final byte[] NOTHING = {};
    private static final String HEX = "0123456789ABCDEF";

    private final URI url;
    private final HttpConnection connection;

    ApiClient(URI url) {
        this.url = url;
        this.connection = new HttpConnection(url, IDLE_MILLIS);
    }

    /** Where the broker is. */
    URI url() {
        return url;
    }

    Map<String, @Nullable Object> get(String target) throws IOException, ApiException {
        return call("GET", target, null);
    }

    /** Sends JSON, or nothing, and reads JSON, or nothing. */
    Map<String, @Nullable Object> call(String method, String target, @Nullable Map<String, ?> body)
            throws IOException, ApiException {
        var bytes = body == null ? NOTHING : Json.write(body);
        var headers = new HashMap<>(Map.of("Accept", "application/json"));
        if (body != null) headers.put("Content-Type", "application/json");
        try (var in = send(method, target, headers, bytes, bytes.length).body()) {
            return Json.readObject(in);
        }
    }

    /** Sends a request; gives an answer with a status below 300, whose body the caller reads and closes. */
    Answer send(String method, String target, Map<String, String> headers, byte[] body, int length)
            throws IOException, ApiException {
        var answer = connection.exchange(method, target, headers, body, length);
        if (answer.status() < 300) return answer;
        try (var in = answer.body()) {
            throw new ApiException(problem(answer, in.readNBytes(1 << 20)));
        }
    }

    private static Problem problem(Answer answer, byte[] body) {
        var type = answer.headers().getOrDefault("content-type", "").toLowerCase(Locale.ROOT);
        if (!type.contains("json")) return Problem.ofStatus(answer.status());
        try {
            return Problem.of(answer.status(), Json.readObject(new ByteArrayInputStream(body)));
        } catch (IOException e) {
            return Problem.ofStatus(answer.status());
        }
    }

    /** The path of a topic; names that no topic can have are escaped, for the broker to refuse. */
    static String topic(String name) {
        return "/v1/topics/" + escaped(name);
    }

    /** A text as one part of a path, or as a value in a query. */
    static String escaped(String text) {
        var escaped = new StringBuilder(text.length() + 16);
        for (byte b : text.getBytes(UTF_8)) {
            char c = (char) (b & 0xff);
            if (c < 0x80 && (Character.isLetterOrDigit(c) || "-._~".indexOf(c) >= 0)) escaped.append(c);
            else escaped.append('%').append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 15));
        }
        return escaped.toString();
    }

    @Override
    public void close() {
        connection.close();
    }
}
