package io.millrace.server.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.IntFunction;

/** What the commands need of a broker: one topic "t" with one partition in memory, which refuses when it is told to. */
final class SmallBroker implements AutoCloseable {
    private final HttpServer server;
    final List<Map<String, Object>> records = Collections.synchronizedList(new ArrayList<>());
    final List<String> requests = new CopyOnWriteArrayList<>();
    /** Each is asked once, with the number of a record in a batch: a problem as JSON, or null to take the record. */
    final ConcurrentLinkedQueue<IntFunction<String>> refusals = new ConcurrentLinkedQueue<>();

    int maxMessageBytes = 1_048_588;
    private int pageSize = 3;

    SmallBroker() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/topics/t", this::topic);
        server.createContext("/v1/topics/t/records", this::records);
        server.createContext("/v1/topics", this::topics);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    void pageSize(int size) {
        pageSize = size;
    }

    static String problem(String code, boolean retryable) {
        return "{\"type\":\"x\",\"title\":\"T\",\"status\":503,\"detail\":\"because\",\"code\":\"" + code
                + "\",\"retryable\":" + retryable + ",\"retryAfterMs\":1,\"outcome\":\"notStored\"}";
    }

    private void topics(HttpExchange exchange) throws IOException {
        note(exchange);
        var path = exchange.getRequestURI().toString();
        if (path.equals("/v1/topics"))
            answer(exchange, 200, "{\"items\":[{\"name\":\"a\"}],\"nextPageToken\":\"p 2\"}");
        else if (path.equals("/v1/topics?pageToken=p%202")) {
            answer(exchange, 200, "{\"items\":[{\"name\":\"b\"}],\"nextPageToken\":null}");
        } else if (path.equals("/v1/topics/new")) answer(exchange, 201, "{\"name\":\"new\"}");
        else answer(exchange, 404, problem("TOPIC_NOT_FOUND", false));
    }

    private void topic(HttpExchange exchange) throws IOException {
        note(exchange);
        answer(
                exchange,
                200,
                "{\"name\":\"t\",\"partitions\":[{\"partition\":0,\"end\":\"" + records.size()
                        + "\"}],\"config\":{\"max.message.bytes\":{\"value\":\"" + maxMessageBytes
                        + "\",\"source\":\"default\"}}}");
    }

    private void records(HttpExchange exchange) throws IOException {
        if (exchange.getRequestMethod().equals("GET")) read(exchange);
        else if (exchange.getRequestHeaders().containsKey("Content-Type")) publish(exchange);
        else publishOne(exchange);
    }

    private void publish(HttpExchange exchange) throws IOException {
        var list = (List<?>) Json.readObject(
                        new ByteArrayInputStream(exchange.getRequestBody().readAllBytes()))
                .get("records");
        var refusal = refusals.poll();
        var results = new ArrayList<String>();
        for (int n = 0; n < list.size(); n++) {
            var problem = refusal == null ? null : refusal.apply(n);
            if (problem != null) {
                results.add(problem);
                continue;
            }
            var record = new LinkedHashMap<String, Object>();
            record.put("offset", Integer.toString(records.size()));
            ((Map<?, ?>) list.get(n)).forEach((key, value) -> record.put(String.valueOf(key), value));
            results.add("{\"offset\":\"" + records.size() + "\",\"duplicate\":false}");
            records.add(record);
        }
        answer(exchange, 200, "{\"results\":[" + String.join(",", results) + "]}");
    }

    private void publishOne(HttpExchange exchange) throws IOException {
        var record = new LinkedHashMap<String, Object>();
        record.put("offset", Integer.toString(records.size()));
        var key = exchange.getRequestHeaders().getFirst("Record-Key");
        if (key != null) record.put("key", key);
        record.put("valueText", new String(exchange.getRequestBody().readAllBytes(), UTF_8));
        records.add(record);
        answer(exchange, 201, "{\"offset\":\"0\"}");
    }

    private void read(HttpExchange exchange) throws IOException {
        note(exchange);
        var query = exchange.getRequestURI().getQuery();
        int from = query.contains("cursor=")
                ? Integer.parseInt(query.replaceAll(".*cursor=([0-9]+).*", "$1"))
                : query.contains("from=latest") ? records.size() : 0;
        int limit = Math.min(pageSize, Integer.parseInt(query.replaceAll(".*limit=([0-9]+).*", "$1")));
        int end = Math.min(records.size(), from + limit);
        var page = new LinkedHashMap<String, Object>();
        page.put("records", List.copyOf(records.subList(from, end)));
        page.put("cursor", Integer.toString(end));
        answer(exchange, 200, new String(Json.write(page), UTF_8));
    }

    private void note(HttpExchange exchange) {
        requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
    }

    private static void answer(HttpExchange exchange, int status, String json) throws IOException {
        exchange.getRequestBody().readAllBytes();
        var bytes = json.getBytes(UTF_8);
        var type = status < 300 ? "application/json" : "application/problem+json";
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, bytes.length % 2 == 0 ? bytes.length : 0); // 0 is chunked
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
