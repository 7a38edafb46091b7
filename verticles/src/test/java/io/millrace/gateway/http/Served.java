package io.millrace.gateway.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.BrokerOptions;
import io.millrace.broker.EmbeddedBroker;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A node in memory, or in a directory, behind a gateway on a free port. */
final class Served implements AutoCloseable {
    final Vertx vertx = Vertx.vertx();
    final EmbeddedBroker broker;
    final HttpGateway gateway;
    final String address;
    final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    Served() {
        this(new HttpGatewayOptions(), new BrokerOptions());
    }

    Served(HttpGatewayOptions options) {
        this(options, new BrokerOptions());
    }

    Served(HttpGatewayOptions options, BrokerOptions brokerOptions) {
        broker = EmbeddedBroker.create(vertx, brokerOptions);
        gateway = new HttpGateway(options.getPort() == 8080 ? new HttpGatewayOptions(options).setPort(0) : options);
        await(broker.start());
        address = await(gateway.start(vertx, broker.node()));
    }

    static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
        } catch (Exception failed) {
            throw new AssertionError(failed);
        }
    }

    HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(URI.create("http://" + address + path));
    }

    HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return client.send(request.build(), BodyHandlers.ofString(UTF_8));
        } catch (IOException | InterruptedException failed) {
            throw new AssertionError(failed);
        }
    }

    CompletableFuture<HttpResponse<String>> sendLater(HttpRequest.Builder request) {
        return client.sendAsync(request.build(), BodyHandlers.ofString(UTF_8));
    }

    HttpResponse<String> get(String path) {
        return send(to(path).GET());
    }

    HttpResponse<String> put(String path, String json) {
        return send(to(path).PUT(BodyPublishers.ofString(json)).header("Content-Type", "application/json"));
    }

    /** Headers are names and values in turn. */
    HttpResponse<String> post(String path, String body, String... headers) {
        var request = to(path).POST(BodyPublishers.ofString(body));
        return send(headers.length == 0 ? request : request.headers(headers));
    }

    HttpResponse<String> batch(String topic, String json) {
        return post("/v1/topics/" + topic + "/records", json, "Content-Type", MediaType.BATCH);
    }

    void topic(String name, int partitions) {
        var created = put("/v1/topics/" + name, "{\"partitions\":" + partitions + "}");
        if (created.statusCode() != 201) throw new AssertionError(created.body());
    }

    JsonObject json(String path) {
        return new JsonObject(get(path).body());
    }

    static JsonObject json(HttpResponse<String> response) {
        return new JsonObject(response.body());
    }

    Socket socket() {
        try {
            int colon = address.lastIndexOf(':');
            var socket = new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(address.substring(colon + 1)));
            socket.setSoTimeout(20_000);
            return socket;
        } catch (IOException failed) {
            throw new AssertionError(failed);
        }
    }

    /** Sends bytes as they are and gives everything that comes back until the gateway closes. */
    String raw(String bytes) {
        return raw(bytes.getBytes(ISO_8859_1));
    }

    String raw(byte[] bytes) {
        try (var socket = socket()) {
            socket.getOutputStream().write(bytes);
            socket.getOutputStream().flush();
            return readAll(socket);
        } catch (IOException failed) {
            throw new AssertionError(failed);
        }
    }

    static String readAll(Socket socket) throws IOException {
        var all = new ByteArrayOutputStream();
        var part = new byte[8192];
        try {
            for (int n = socket.getInputStream().read(part);
                    n >= 0;
                    n = socket.getInputStream().read(part)) {
                all.write(part, 0, n);
            }
        } catch (java.net.SocketException reset) {
            // What came before counts.
        }
        return all.toString(ISO_8859_1);
    }

    @Override
    public void close() {
        await(gateway.stop());
        await(broker.close());
        await(vertx.close());
    }
}
