package io.millrace.server.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One member of a group, over a WebSocket with one channel: takes records under credit, and settles them when they are
 * printed. When the process dies, the socket closes and the partitions go to the others. What waits here is bounded by
 * the credit. Not for several threads.
 */
final class GroupMember implements AutoCloseable {
    private static final String PROTOCOL = "millrace.v1+json";
    private static final int CREDIT = 500;
    private static final int MOST_FRAME_CHARS = 64 << 20;
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** What came: the text of a frame; or, with a cause, the end. */
    private record Arrived(String text, @Nullable IOException end) {}

    private final BlockingQueue<Arrived> arrived = new LinkedBlockingQueue<>();
    /** Frames that came while an answer was awaited; records under credit that was granted already. */
    private final Queue<String> early = new ArrayDeque<>();

    private final WebSocket socket;
    private long delivered;
    private long granted;

    private GroupMember(URI url) throws IOException {
        try {
            socket = HttpClient.newHttpClient()
                    .newWebSocketBuilder()
                    .subprotocols(PROTOCOL)
                    .connectTimeout(PATIENCE)
                    .buildAsync(endpoint(url), new Arrivals())
                    .join();
        } catch (CompletionException failed) {
            throw failed.getCause() instanceof IOException cause ? cause : new IOException(failed.getCause());
        }
    }

    /** Joins; which partitions are its own is told by the broker later. */
    static GroupMember join(URI url, String topic, String group, String from) throws IOException {
        var member = new GroupMember(url);
        member.send(Map.of("t", "sub", "ch", 1, "topic", topic, "group", group, "from", from));
        return member;
    }

    private static URI endpoint(URI url) {
        var text = url.toString();
        var base = text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
        return URI.create("ws" + base.substring("http".length()) + "/v1/ws");
    }

    /** The next records, at most {@code most} of them; null if none comes in time. */
    RecordPages.@Nullable Page next(long most, long waitMillis) throws IOException, ApiException {
        long until = delivered + Math.min(most, CREDIT);
        if (until > granted) {
            granted = until;
            send(Map.of("t", "credit", "ch", 1, "until", Long.toString(until)));
        }
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(waitMillis);
        while (true) {
            var frame = early.isEmpty() ? take(deadline - System.nanoTime()) : early.poll();
            if (frame == null) return null;
            var bytes = frame.getBytes(UTF_8);
            var members = Json.readObject(new ByteArrayInputStream(bytes));
            switch (String.valueOf(members.get("t"))) {
                case "rec" -> {
                    delivered++;
                    return RecordPages.Page.ofOne(bytes);
                }
                case "recs" -> {
                    delivered += members.get("items") instanceof List<?> items ? items.size() : 0;
                    return RecordPages.Page.ofFrame(bytes);
                }
                case "error" -> throw new ApiException(problem(members));
                case "end", "drain" -> throw new IOException("the broker ends the channel: " + members.get("reason"));
                default -> {
                    // Nothing that a printer of records has to know.
                }
            }
        }
    }

    @SuppressWarnings("unchecked") // keys of JSON objects are texts
    private static Problem problem(Map<String, @Nullable Object> error) {
        return error.get("problem") instanceof Map<?, ?> problem
                ? Problem.of(500, (Map<String, @Nullable Object>) problem)
                : Problem.ofStatus(500);
    }

    /** Everything that was delivered is done; returns when the broker knows. */
    void settle() throws IOException, ApiException {
        send(Map.of("t", "ack", "ch", 1, "upTo", Long.toString(delivered), "rid", "s"));
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            var frame = take(deadline - System.nanoTime());
            if (frame == null) throw new IOException("the broker does not say whether the records are settled");
            var members = Json.readObject(new ByteArrayInputStream(frame.getBytes(UTF_8)));
            if ("settled".equals(members.get("t"))) return;
            if (members.get("t") instanceof String type && type.startsWith("rec")) early.add(frame);
            if ("error".equals(members.get("t"))) throw new ApiException(problem(members));
        }
    }

    private @Nullable String take(long nanos) throws IOException {
        try {
            var next = arrived.poll(Math.max(0, nanos), TimeUnit.NANOSECONDS);
            if (next == null) return null;
            if (next.end != null) throw next.end;
            socket.request(1);
            return next.text;
        } catch (InterruptedException e) {
            throw new InterruptedIOException("interrupted");
        }
    }

    private void send(Map<String, ?> frame) throws IOException {
        try {
            socket.sendText(new String(Json.write(frame), UTF_8), true).join();
        } catch (CompletionException failed) {
            throw failed.getCause() instanceof IOException cause ? cause : new IOException(failed.getCause());
        }
    }

    /** Leaves the group. */
    @Override
    public void close() {
        try {
            socket.sendClose(WebSocket.NORMAL_CLOSURE, "").get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception gone) {
            // Then the broker has noticed already.
        }
        socket.abort();
    }

    private final class Arrivals implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
            text.append(part);
            if (text.length() > MOST_FRAME_CHARS) {
                arrived.add(new Arrived("", new IOException("a frame is longer than " + MOST_FRAME_CHARS)));
                from.abort();
            } else if (last) {
                arrived.add(new Arrived(text.toString(), null));
                text.setLength(0);
            } else {
                from.request(1);
            }
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
            arrived.add(new Arrived("", new IOException("the broker closed the socket: " + code + " " + reason)));
            return null;
        }

        @Override
        public void onError(WebSocket from, Throwable cause) {
            arrived.add(new Arrived("", cause instanceof IOException failed ? failed : new IOException(cause)));
        }
    }
}
