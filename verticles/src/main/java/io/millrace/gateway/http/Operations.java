package io.millrace.gateway.http;

import io.millrace.gateway.Node;
import io.millrace.model.Refusal;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import java.io.IOException;
import java.io.UncheckedIOException;

/** The routes for those who run the broker: health, metrics and the description of all routes. */
final class Operations {
    private static final CharSequence JSON = HttpHeaders.createOptimized(MediaType.JSON);
    private static final CharSequence PROMETHEUS =
            HttpHeaders.createOptimized("text/plain; version=0.0.4; charset=utf-8");

    private final Node node;
    private final Admission admission;
    private final Metrics metrics;
    private final Buffer routes = read("openapi.json");
    private final Buffer frames = read("asyncapi.json");
    private boolean wasReady;

    Operations(Node node, Admission admission, HttpCounters counters) {
        this.node = node;
        this.admission = admission;
        this.metrics = new Metrics(node, admission, counters);
    }

    void handle(Exchange exchange, Route route) {
        exchange.noBody();
        switch (route) {
            case LIVE -> status(exchange, "live");
            case READY -> {
                refuseUnlessReady();
                status(exchange, "ready");
            }
            case STARTED -> {
                if (!wasReady && !node.notReadyBecause().isEmpty()) refuseUnlessReady();
                wasReady = true;
                status(exchange, "started");
            }
            case METRICS ->
                metrics.text().onComplete(text -> exchange.end(200, PROMETHEUS, Buffer.buffer(text)), exchange::fail);
            case OPENAPI -> exchange.end(200, JSON, routes.copy());
            case ASYNCAPI -> exchange.end(200, JSON, frames.copy());
            default -> throw new IllegalArgumentException(route + " is not for operators");
        }
    }

    private static void status(Exchange exchange, String word) {
        exchange.json(
                200, new JsonWriter(64).plain("{\"status\":\"").plain(word).plain("\"}"));
    }

    private void refuseUnlessReady() {
        if (admission.isDraining()) throw Refusal.DRAINING.because("this node is about to stop");
        var why = node.notReadyBecause();
        if (why.isEmpty()) return;
        throw Problem.of(503, "NOT_READY", "Not ready", why).retryAfter(1_000).asException();
    }

    private static Buffer read(String name) {
        try (var in = Operations.class.getResourceAsStream(name)) {
            if (in == null) throw new IllegalStateException(name + " is not in the jar");
            return Buffer.buffer(in.readAllBytes());
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
