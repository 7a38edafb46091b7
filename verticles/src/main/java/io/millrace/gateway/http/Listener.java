package io.millrace.gateway.http;

import io.millrace.gateway.Node;
import io.millrace.model.Refusal;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.impl.HttpServerConnection;
import io.vertx.core.http.impl.VertxHttpRequestDecoder;
import java.util.IdentityHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One event loop with its connections: lets them in, watches that they keep going, and hands requests to their routes. */
final class Listener extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(Listener.class);
    private static final int LOOK_MILLIS = 500;
    private static final String TOPICS = "/v1/topics/";
    private static final String RECORDS = "/records";

    private final HttpGatewayOptions options;
    private final int sharedPort;
    private final Node node;
    private final Admission admission;
    private final HttpCounters counters;
    private final HostRules hosts;
    private final IdentityHashMap<HttpConnection, Client> clients = new IdentityHashMap<>();

    private @Nullable HttpServer server;
    private Publish publish;
    private Read read;
    private Topology topology;
    private EventStreams streams;
    private Sockets sockets;
    private Topics topics;
    private GroupRoutes groups;
    private Operations operations;
    private ClientModule clientModule;
    private long lastLook;

    /** A connection that was let in. */
    private static final class Client {
        private final String address;
        private final RequestDecoder decoder;
        /** What was asked last. */
        private @Nullable Exchange exchange;

        private boolean cut;

        Client(String address, RequestDecoder decoder) {
            this.address = address;
            this.decoder = decoder;
        }
    }

    @SuppressWarnings("NullAway.Init") // the routes need the event loop, which init and start know
    Listener(HttpGatewayOptions options, int sharedPort, Node node, Admission admission, HttpCounters counters) {
        this.options = options;
        this.sharedPort = sharedPort;
        this.node = node;
        this.admission = admission;
        this.counters = counters;
        this.hosts = new HostRules(options);
    }

    @Override
    public Future<?> start() {
        var destinations = new Destinations(node);
        var arrivals = new Arrivals(node);
        var positions = new Positions(node);
        var turn = new PublishTurn(node, context);
        publish = new Publish(node, options, destinations, turn, counters);
        topology = new Topology(node, destinations);
        streams = new EventStreams(vertx, node, options, topology, arrivals, positions, admission, counters);
        read = new Read(vertx, node, options, destinations, admission, counters, arrivals, positions, streams);
        sockets = new Sockets(
                vertx, node, options, destinations, topology, arrivals, positions, turn, admission, counters);
        topics = new Topics(node, options, destinations);
        groups = new GroupRoutes(node, options);
        operations = new Operations(node, admission, counters);
        clientModule = new ClientModule();
        lastLook = System.nanoTime();
        vertx.setPeriodic(LOOK_MILLIS, id -> look());
        server = vertx.createHttpServer(ServerSettings.of(options).setPort(sharedPort))
                .connectionHandler(this::connected)
                .invalidRequestHandler(this::malformed)
                .exceptionHandler(failure -> LOG.debug("a connection failed", failure))
                .requestHandler(this::handle);
        return server.listen();
    }

    @Override
    public Future<?> stop() {
        return server == null ? Future.succeededFuture() : server.close();
    }

    int port() {
        if (server == null) throw new IllegalStateException("not started");
        return server.actualPort();
    }

    Vertx vertx() {
        return vertx;
    }

    Admission admission() {
        return admission;
    }

    HttpCounters counters() {
        return counters;
    }

    /** Ends what waits for records, so that nothing but real work is left. Any thread. */
    void drain() {
        if (context == null) return;
        context.runOnContext(here -> {
            read.wakeAll();
            streams.drain();
            sockets.drain();
        });
    }

    private void connected(HttpConnection connection) {
        var remote = connection.remoteAddress();
        var address = remote == null || remote.hostAddress() == null ? "" : remote.hostAddress();
        if (!admission.enter(address)) {
            counters.connectionsRefused.increment();
            connection.close();
            return;
        }
        var decoder = new RequestDecoder(ServerSettings.of(options), System.nanoTime());
        clients.put(connection, new Client(address, decoder));
        connection.closeHandler(closed -> closed(connection));
        connection.exceptionHandler(failure -> {});
        var pipeline =
                ((HttpServerConnection) connection).channelHandlerContext().pipeline();
        pipeline.replace(VertxHttpRequestDecoder.class, "httpDecoder", decoder);
    }

    void closed(HttpConnection connection) {
        var client = clients.remove(connection);
        if (client != null) admission.leave(client.address);
    }

    /** Closes connections of those who keep us waiting, and measures how late the loop is. */
    private void look() {
        long now = System.nanoTime();
        counters.loopLate(System.identityHashCode(context), Math.max(0, now - lastLook - LOOK_MILLIS * 1_000_000L));
        lastLook = now;
        topology.look();
        streams.look();
        sockets.look();
        clients.forEach((connection, client) -> {
            if (client.cut || !client.decoder.isTooSlow(now, options)) return;
            client.cut = true;
            counters.clientsTooSlow.increment();
            context.runOnContext(later -> cut(connection, client.exchange));
        });
    }

    /** Who was asked for a body and does not send it gets an answer; all others have asked nothing that could have one. */
    private void cut(HttpConnection connection, @Nullable Exchange exchange) {
        if (exchange == null || exchange.isDone()) {
            connection.close();
            return;
        }
        exchange.fail(Problem.of(
                408,
                "REQUEST_TIMEOUT",
                "Request timeout",
                "the body comes slower than " + options.getMinBodyBytesPerSecond()
                        + " bytes a second; nothing of it is stored"));
    }

    private void handle(HttpServerRequest request) {
        var exchange = new Exchange(this, request);
        var client = clients.get(request.connection());
        if (client != null) client.exchange = exchange;
        try {
            route(exchange, request);
        } catch (RuntimeException failure) {
            exchange.fail(failure);
        }
    }

    private void route(Exchange exchange, HttpServerRequest request) {
        var host = hosts.checkHost(request);
        var origin = hosts.checkOrigin(request, host);
        if (origin != null) {
            exchange.response().putHeader("access-control-allow-origin", origin).putHeader("vary", "origin");
        }
        var uri = request.uri();
        int query = uri.indexOf('?');
        int end = query < 0 ? uri.length() : query;

        // The way of nearly all requests, without a look at the table.
        if (request.method().equals(HttpMethod.POST)
                && uri.startsWith(TOPICS)
                && uri.startsWith(RECORDS, end - RECORDS.length())) {
            var topic = uri.substring(TOPICS.length(), end - RECORDS.length());
            if (topic.indexOf('/') < 0 && topic.indexOf('%') < 0) {
                exchange.route(Route.PUBLISH);
                refuseWhenDraining();
                publish.handle(exchange, topic);
                return;
            }
        }

        var path = uri.substring(0, end);
        if (request.method().equals(HttpMethod.OPTIONS)) {
            options(exchange, path);
            return;
        }
        var match = Route.match(request.method(), path);
        exchange.route(match.route());
        if (!match.route().isForOperators()) refuseWhenDraining();
        var parameters = Query.parse(query < 0 ? "" : uri.substring(query + 1));
        switch (match.route()) {
            case PUBLISH -> publish.handle(exchange, match.topic());
            case READ -> read.handle(exchange, match.topic(), parameters);
            case GET_RECORD -> read.one(exchange, match.variables(), parameters);
            case LIST_TOPICS,
                    PUT_TOPIC,
                    GET_TOPIC,
                    DELETE_TOPIC,
                    GET_CONFIG,
                    PATCH_CONFIG,
                    ADD_PARTITIONS,
                    DELETE_RECORDS -> topics.handle(exchange, match, parameters);
            case SOCKET -> {
                var connection = request.connection();
                sockets.upgrade(exchange, () -> closed(connection));
            }
            case CLIENT -> clientModule.handle(exchange);
            case LIST_GROUPS, GET_GROUP, DELETE_GROUP, GROUP_MEMBERS, GROUP_LAG, SEEK_GROUP ->
                groups.handle(exchange, match, parameters);
            case LIVE, READY, STARTED, METRICS, OPENAPI, ASYNCAPI -> operations.handle(exchange, match.route());
        }
    }

    private void refuseWhenDraining() {
        if (admission.isDraining()) throw Refusal.DRAINING.because("this node is about to stop; try another or later");
    }

    /** Answers what a browser asks before it sends a request of a page that may. */
    private void options(Exchange exchange, String path) {
        var methods = Route.methods(path);
        if (methods.isEmpty()) Route.match(HttpMethod.OPTIONS, path);
        exchange.noBody();
        var allowed = Route.allow(methods.stream());
        var response = exchange.response();
        response.putHeader(HttpHeaders.ALLOW, allowed);
        if (response.headers().contains("access-control-allow-origin")) {
            response.putHeader("access-control-allow-methods", allowed);
            var wanted = exchange.header("access-control-request-headers");
            if (wanted != null && wanted.length() < 1000) response.putHeader("access-control-allow-headers", wanted);
        }
        exchange.end(204);
    }

    /** What could not be decoded gets its answer too, and nothing more is read from there. */
    private void malformed(HttpServerRequest request) {
        counters.requestsMalformed.increment();
        var cause = request.decoderResult().cause();
        var kind = cause == null ? "" : cause.getClass().getSimpleName();
        var problem =
                switch (kind) {
                    case "TooLongHttpLineException" ->
                        Problem.of(
                                414,
                                "URI_TOO_LONG",
                                "URI too long",
                                "the request line is longer than " + options.getMaxLineBytes() + " bytes");
                    case "TooLongHttpHeaderException" ->
                        Problem.of(
                                431,
                                "HEADERS_TOO_LARGE",
                                "Headers too large",
                                "the headers are larger than " + options.getMaxHeaderBytes() + " bytes");
                    default -> Problem.invalid("the request is not well-formed HTTP");
                };
        var out = new JsonWriter(256);
        problem.writeTo(out, "", null);
        counters.answered(null, problem.status(), 0);
        request.response()
                .setStatusCode(problem.status())
                .putHeader(HttpHeaders.CONTENT_TYPE, MediaType.PROBLEM)
                .putHeader(HttpHeaders.CONNECTION, "close")
                .end(out.toBuffer())
                .onComplete(sent -> request.connection().close());
    }
}
