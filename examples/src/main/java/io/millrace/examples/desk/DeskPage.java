package io.millrace.examples.desk;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Serves the page: four files, where the gateway is, and how much the customers order. The page takes its records from
 * the gateway itself, which is another origin and has to allow it.
 */
final class DeskPage {
    private static final Map<String, String> TYPES = Map.of(
            "index.html", "text/html; charset=utf-8",
            "desk.css", "text/css; charset=utf-8",
            "desk.js", "text/javascript; charset=utf-8",
            "feeds.js", "text/javascript; charset=utf-8",
            "ledger.js", "text/javascript; charset=utf-8");
    private static final Set<String> HOSTS = Set.of("localhost", "127.0.0.1");

    private final Vertx vertx;
    private final Customers customers;
    private final JsonArray services;
    private final Map<String, Buffer> files = new HashMap<>();
    private @Nullable HttpServer server;
    private int gatewayPort;

    DeskPage(Vertx vertx, Customers customers, JsonArray services) {
        this.vertx = vertx;
        this.customers = customers;
        this.services = services;
        for (var name : TYPES.keySet()) files.put("/" + name, read(name));
    }

    private static Buffer read(String name) {
        try (var in = DeskPage.class.getResourceAsStream(name)) {
            if (in == null) throw new IllegalStateException(name + " is not in the jar");
            return Buffer.buffer(in.readAllBytes());
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    Future<Integer> listen(int port) {
        return vertx.createHttpServer()
                .requestHandler(this::handle)
                .listen(port, "127.0.0.1")
                .onSuccess(listening -> server = listening)
                .map(HttpServer::actualPort);
    }

    private int port() {
        if (server == null) throw new IllegalStateException("not listening");
        return server.actualPort();
    }

    String address() {
        return "http://localhost:" + port() + "/";
    }

    /** What browsers call this page; the gateway must let it in. */
    List<String> origins() {
        return HOSTS.stream().map(host -> "http://" + host + ":" + port()).toList();
    }

    /** From now on there is something to follow. */
    void open(String gateway) {
        gatewayPort = Integer.parseInt(gateway.substring(gateway.lastIndexOf(':') + 1));
    }

    private void handle(HttpServerRequest request) {
        var host = request.authority() == null ? "" : request.authority().host();
        if (!HOSTS.contains(host)) {
            request.response().setStatusCode(421).end("This page is at " + address() + "\n");
            return;
        }
        var path = request.path().equals("/") ? "/index.html" : request.path();
        var file = files.get(path);
        if (file != null && request.method().equals(HttpMethod.GET)) file(request, host, path.substring(1), file);
        else if (path.equals("/desk.json") && request.method().equals(HttpMethod.GET)) json(request, desk(host));
        else if (path.equals("/customers") && request.method().equals(HttpMethod.PUT)) change(request);
        else request.response().setStatusCode(404).end("There is nothing here.\n");
    }

    private void file(HttpServerRequest request, String host, String name, Buffer text) {
        var gateway = "http://" + host + ":" + gatewayPort;
        request.response()
                .putHeader("content-type", TYPES.get(name))
                .putHeader("cache-control", "no-cache")
                .putHeader("x-content-type-options", "nosniff")
                .putHeader("referrer-policy", "no-referrer")
                .putHeader(
                        "content-security-policy",
                        "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self' " + gateway
                                + "; connect-src 'self' " + gateway + " ws://" + host + ":" + gatewayPort
                                + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
                .end(text.copy());
    }

    private JsonObject desk(String host) {
        return new JsonObject()
                .put("gateway", "http://" + host + ":" + gatewayPort)
                .put("orders", OrderDesk.ORDERS)
                .put("progress", OrderDesk.PROGRESS)
                .put("services", services)
                .put("perSecond", customers.perSecond());
    }

    private static void json(HttpServerRequest request, JsonObject body) {
        request.response()
                .putHeader("content-type", "application/json")
                .putHeader("cache-control", "no-store")
                .end(body.toBuffer());
    }

    /** JSON only: pages of other sites cannot send that here without asking, and are not answered when they ask. */
    private void change(HttpServerRequest request) {
        var length = request.getHeader("content-length");
        boolean isSmall = length != null && length.matches("[0-9]{1,3}");
        if (!isSmall || !"application/json".equals(request.getHeader("content-type"))) {
            request.response().setStatusCode(400).end("{\"perSecond\": 10} is expected, as application/json\n");
            return;
        }
        request.body().onSuccess(body -> {
            try {
                customers.setPerSecond(new JsonObject(body).getInteger("perSecond", -1));
                json(request, new JsonObject().put("perSecond", customers.perSecond()));
            } catch (RuntimeException wrong) {
                request.response().setStatusCode(400).end(wrong.getMessage() + "\n");
            }
        });
    }
}
