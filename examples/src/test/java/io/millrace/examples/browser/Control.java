package io.millrace.examples.browser;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.TimeUnit;

/** What scenarios may ask for: that the server is killed and started, or a server that does not behave. */
final class Control implements AutoCloseable {
    private static final String HELLO =
            "{\"t\":\"hello\",\"session\":\"s\",\"maxFrame\":1000,\"heartbeat\":200,\"features\":[]}";

    private final Vertx vertx;
    private final ServerProcess server;
    private final HttpServer http;
    private String first = "polite";
    private String then = "polite";
    private int connections;

    Control(Vertx vertx, ServerProcess server) throws Exception {
        this.vertx = vertx;
        this.server = server;
        http = vertx.createHttpServer(new HttpServerOptions().addWebSocketSubProtocol("millrace.v1+json"))
                .requestHandler(this::handle)
                .webSocketHandler(this::play);
        http.listen(0, "127.0.0.1").toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    String url() {
        return "http://127.0.0.1:" + http.actualPort();
    }

    private void handle(HttpServerRequest request) {
        var response = request.response().putHeader("access-control-allow-origin", "*");
        switch (request.path()) {
            case "/restart" ->
                vertx.executeBlocking(() -> {
                            server.kill();
                            return server.start();
                        })
                        .onComplete(ready -> response.end(ready), failure -> response.setStatusCode(500)
                                .end(failure.toString()));
            case "/play" -> {
                first = request.getParam("first", "polite");
                then = request.getParam("then", "polite");
                connections = 0;
                response.end();
            }
            case "/connections" -> response.end(Integer.toString(connections));
            default -> response.setStatusCode(404).end();
        }
    }

    private void play(ServerWebSocket socket) {
        var part = ++connections == 1 ? first : then;
        if (part.equals("broken")) {
            socket.close();
            return;
        }
        if (part.equals("forbidden")) {
            socket.close((short) 4403);
            return;
        }
        socket.writeTextMessage(HELLO);
        socket.writeTextMessage("{\"t\":\"pubCredit\",\"until\":\"10\"}");
        socket.textMessageHandler(text -> {
            var type = new JsonObject(text).getString("t");
            if (part.equals("receiptless")) socket.close();
            else if (part.equals("polite") && type.equals("ping")) socket.writeTextMessage("{\"t\":\"pong\"}");
        });
    }

    @Override
    public void close() {
        http.close();
    }
}
