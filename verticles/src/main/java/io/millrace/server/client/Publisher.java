package io.millrace.server.client;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sends bodies of records, one after the other, so that each partition gets its records in the order of the lines. What is
 * refused for now is sent again until {@code patienceMillis} have passed without an answer that took any.
 *
 * <p>At least once: when the connection breaks after a body was sent, its records may be stored, and are sent again. A
 * record that is too large for a batch goes alone, and carries a key by which the broker knows it again.
 */
final class Publisher {
    private static final long FIRST_PAUSE_MILLIS = 50;
    private static final long LONGEST_PAUSE_MILLIS = 5_000;

    /** A record that the broker will not take. */
    static final class Refused extends Exception {
        Refused(String message) {
            super(message, null, false, false);
        }
    }

    private record Rejected(int index, Problem problem) {}

    private final ApiClient client;
    private final String target;
    private final Map<String, String> headers = new HashMap<>();
    private final long patienceMillis;
    private final Consumer<String> trouble;
    private final AtomicLong acknowledged = new AtomicLong();
    private long retries;

    /** @param trouble told once for each body that has to be sent again, why */
    Publisher(ApiClient client, String topic, @Nullable String acks, long patienceMillis, Consumer<String> trouble) {
        this.client = client;
        this.target = ApiClient.topic(topic) + "/records";
        this.patienceMillis = patienceMillis;
        this.trouble = trouble;
        headers.put("Content-Type", "application/vnd.millrace.batch+json");
        headers.put("Accept", "application/json");
        if (acks != null) headers.put("Acks", acks);
    }

    /** Records that the broker has taken. May be read by another thread, which then sees a recent number. */
    long acknowledged() {
        return acknowledged.get();
    }

    /** How often something had to be sent again. */
    long retries() {
        return retries;
    }

    /** Returns when all records of the body are acknowledged. */
    void publish(PublishBody body) throws IOException, ApiException, Refused, InterruptedException {
        var rest = body;
        var key = UUID.randomUUID().toString();
        boolean told = false;
        long pause = FIRST_PAUSE_MILLIS;
        long since = System.nanoTime();
        while (true) {
            List<Rejected> rejected;
            long asked = 0;
            String why;
            try {
                rejected = send(rest, key);
                acknowledged.addAndGet(rest.count() - rejected.size());
                if (rejected.isEmpty()) return;
                refuseLastingProblems(rest, rejected);
                if (rejected.size() < rest.count()) {
                    since = System.nanoTime();
                    pause = FIRST_PAUSE_MILLIS;
                }
                asked = rejected.get(0).problem.retryAfterMillis();
                why = rejected.get(0).problem.toString();
                rest = rest(rest, rejected);
                if (spent(since)) throw new ApiException(rejected.get(0).problem);
            } catch (ApiException e) {
                if (!e.problem().retryable() || spent(since)) throw e;
                asked = e.problem().retryAfterMillis();
                why = e.problem().toString();
            } catch (IOException e) {
                why = Command.reason(e);
                client.close();
                if (spent(since)) throw e;
            }
            if (!told) trouble.accept(why);
            told = true;
            retries++;
            Thread.sleep(Math.min(LONGEST_PAUSE_MILLIS, Math.max(asked, pause)));
            pause = Math.min(LONGEST_PAUSE_MILLIS, pause * 2);
        }
    }

    private boolean spent(long since) {
        return (System.nanoTime() - since) / 1_000_000 >= patienceMillis;
    }

    private List<Rejected> send(PublishBody body, String key) throws IOException, ApiException, Refused {
        if (body.isAlone()) return sendAlone(body, key);
        var bytes = body.finish();
        try (var in = client.send("POST", target, headers, bytes, body.finishedLength())
                .body()) {
            return rejected(in, body.count());
        }
    }

    private List<Rejected> sendAlone(PublishBody body, String key) throws IOException, ApiException, Refused {
        var alone = new HashMap<>(headers);
        alone.remove("Content-Type");
        alone.put("Idempotency-Key", key);
        body.describe(alone);
        var value = body.aloneValue();
        try (var in = client.send("POST", target, alone, value, value.length).body()) {
            in.readAllBytes();
            return List.of();
        } catch (ApiException e) {
            if (e.problem().retryable()) throw e;
            throw new Refused("line " + body.line(0) + ": " + e.problem());
        }
    }

    private static void refuseLastingProblems(PublishBody body, List<Rejected> rejected) throws Refused {
        for (var one : rejected) {
            if (!one.problem.retryable()) throw new Refused("line " + body.line(one.index) + ": " + one.problem);
        }
    }

    private static PublishBody rest(PublishBody body, List<Rejected> rejected) {
        if (rejected.size() == body.count()) return body;
        var rest = body.emptyCopy(rejected.size());
        for (var one : rejected) rest.addFrom(body, one.index);
        return rest;
    }

    /** Reads {@code {"results":[…]}}: an item with a code is a problem, any other a receipt. */
    private static List<Rejected> rejected(InputStream in, int expected) throws IOException {
        var rejected = new ArrayList<Rejected>();
        int count = 0;
        try (var json = Json.FACTORY.createParser(in)) {
            if (json.nextToken() == null) return rejected; // acks=0: taken, and nothing to say
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                boolean results = json.currentName().equals("results");
                var value = json.nextToken();
                if (!results || value != JsonToken.START_ARRAY) {
                    json.skipChildren();
                    continue;
                }
                while (json.nextToken() == JsonToken.START_OBJECT) {
                    var problem = problem(json);
                    if (problem != null) rejected.add(new Rejected(count, problem));
                    count++;
                }
            }
            json.nextToken(); // reads the body to its end, so that the connection can be used again
        }
        if (count != expected) {
            throw new IOException("the broker answered for " + count + " records of " + expected);
        }
        return rejected;
    }

    private static @Nullable Problem problem(JsonParser json) throws IOException {
        var fields = new HashMap<String, @Nullable Object>();
        boolean problem = false;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            var name = json.currentName();
            var token = json.nextToken();
            problem |= name.equals("code");
            switch (name) {
                case "code", "detail", "title", "outcome", "retryable", "retryAfterMs", "status" -> {
                    if (token.isScalarValue()) fields.put(name, Json.value(json));
                    else json.skipChildren();
                }
                default -> json.skipChildren();
            }
        }
        return problem ? Problem.of(200, fields) : null;
    }
}
