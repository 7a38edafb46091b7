package io.millrace.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A client of the WebSocket protocol, frame by frame. */
final class Wire implements AutoCloseable {
    final WebSocketClient client;
    final WebSocket socket;
    final BlockingQueue<JsonObject> frames = new LinkedBlockingQueue<>();
    final CompletableFuture<Short> closed = new CompletableFuture<>();
    private final Deque<JsonObject> records = new ArrayDeque<>();

    Wire(Served served) {
        this(served.vertx, served.address);
    }

    Wire(Vertx vertx, String address) {
        int colon = address.lastIndexOf(':');
        client = vertx.createWebSocketClient(new WebSocketClientOptions()
                .setMaxMessageSize(64 << 20)
                .setTryUsePerMessageCompression(true)
                .setClosingTimeout(1));
        var connect = client.webSocket();
        connect.textMessageHandler(text -> frames.add(new JsonObject(text)));
        socket = Served.await(connect.connect(new WebSocketConnectOptions()
                .setHost(address.substring(0, colon))
                .setPort(Integer.parseInt(address.substring(colon + 1)))
                .setURI("/v1/ws")
                .addSubProtocol("millrace.v1+json")));
        socket.closeHandler(gone -> closed.complete(socket.closeStatusCode()));
    }

    void send(String frame) {
        Served.await(socket.writeTextMessage(frame.replace('\'', '"')));
    }

    /** The next frame, whatever it is. */
    JsonObject next() {
        try {
            var frame = frames.poll(20, TimeUnit.SECONDS);
            assertThat(frame).as("a frame").isNotNull();
            return frame;
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    /** The next frame of a type; records that come before it are kept. */
    JsonObject next(String type) {
        while (true) {
            var frame = next();
            if (frame.getString("t").equals(type)) return frame;
            keep(frame);
        }
    }

    private void keep(JsonObject frame) {
        assertThat(frame.getString("t")).as(frame.encode()).isNotIn("error", "end");
        if (frame.getString("t").equals("rec")) records.add(frame);
        if (frame.getString("t").equals("recs")) {
            frame.getJsonArray("items", new JsonArray()).forEach(item -> records.add((JsonObject) item));
        }
    }

    /** The next so many records. */
    List<JsonObject> records(int count) {
        var found = new ArrayList<JsonObject>();
        while (found.size() < count) {
            if (records.isEmpty()) keep(next());
            else found.add(records.remove());
        }
        return found;
    }

    /** What has come without being asked for, after a while in which more could have. */
    List<JsonObject> rest(long millis) throws InterruptedException {
        for (var frame = frames.poll(millis, TimeUnit.MILLISECONDS); frame != null; ) {
            keep(frame);
            frame = frames.poll(millis, TimeUnit.MILLISECONDS);
        }
        var all = List.copyOf(records);
        records.clear();
        return all;
    }

    int closeCode() {
        try {
            return closed.get(20, TimeUnit.SECONDS);
        } catch (Exception failed) {
            throw new AssertionError(failed);
        }
    }

    @Override
    public void close() {
        Served.await(client.close());
    }
}
