package io.millrace.gateway.http;

import io.millrace.gateway.Node;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** {@code GET /v1/ws}: the WebSockets of one event loop, with what they share. */
final class Sockets {
    /** The only subprotocol so far. */
    static final String PROTOCOL = "millrace.v1+json";

    private static final CharSequence WEBSOCKET = HttpHeaders.createOptimized("websocket");

    private final Vertx vertx;
    private final Node node;
    private final HttpGatewayOptions options;
    private final Destinations destinations;
    private final Topology topology;
    private final Arrivals arrivals;
    private final Positions positions;
    private final PublishTurn turn;
    private final OnceOnly onceOnly;
    private final Admission admission;
    private final HttpCounters counters;
    private final FrameReader reader = new FrameReader();
    private final Set<Socket> open = new LinkedHashSet<>();

    Sockets(
            Vertx vertx,
            Node node,
            HttpGatewayOptions options,
            Destinations destinations,
            Topology topology,
            Arrivals arrivals,
            Positions positions,
            PublishTurn turn,
            Admission admission,
            HttpCounters counters) {
        this.vertx = vertx;
        this.node = node;
        this.options = options;
        this.destinations = destinations;
        this.topology = topology;
        this.arrivals = arrivals;
        this.positions = positions;
        this.turn = turn;
        this.onceOnly = new OnceOnly(node);
        this.admission = admission;
        this.counters = counters;
    }

    /** Makes a WebSocket of a request. {@code whenClosed} runs when the connection is over. */
    void upgrade(Exchange exchange, Runnable whenClosed) {
        exchange.noBody();
        check(exchange);
        if (!admission.enterSocket()) throw tooMany(options, counters);
        exchange.request()
                .toWebSocket()
                .onComplete(
                        accepted -> {
                            exchange.finish(101);
                            counters.socketsOpened.increment();
                            var socket = new Socket(this, accepted, whenClosed);
                            open.add(socket);
                            socket.begin();
                            if (admission.isDraining()) socket.drain();
                        },
                        refused -> {
                            admission.leaveSocket();
                            exchange.abandon();
                        });
    }

    static ProblemException tooMany(HttpGatewayOptions options, HttpCounters counters) {
        counters.socketsRefused.increment();
        return Problem.of(
                        503,
                        "TOO_MANY_SOCKETS",
                        "Too many sockets",
                        "all " + options.getMaxSockets() + " WebSockets and event streams are in use; try again later")
                .retryAfter(1_000)
                .asException();
    }

    private static void check(Exchange exchange) {
        var upgrade = exchange.header(HttpHeaders.UPGRADE);
        if (upgrade == null || !upgrade.equalsIgnoreCase(WEBSOCKET.toString())) {
            exchange.response().putHeader(HttpHeaders.UPGRADE, WEBSOCKET);
            throw Problem.of(426, "UPGRADE_REQUIRED", "Upgrade required", "this path is for WebSockets (RFC 6455) only")
                    .asException();
        }
        var offered = exchange.header("sec-websocket-protocol");
        if (offered != null) {
            for (var one : offered.split(",", -1)) if (one.strip().equals(PROTOCOL)) return;
        }
        throw Problem.invalid("Sec-WebSocket-Protocol", "the subprotocol of this socket is " + PROTOCOL)
                .asException();
    }

    /** Looks after all sockets; called some times a second. */
    void look() {
        long now = node.timers().millis();
        for (var socket : List.copyOf(open)) socket.look(now);
    }

    /** Tells all clients to go elsewhere, and closes each when nothing of it is under way. */
    void drain() {
        for (var socket : List.copyOf(open)) socket.drain();
    }

    void forget(Socket socket) {
        if (open.remove(socket)) admission.leaveSocket();
    }

    Vertx vertx() {
        return vertx;
    }

    Node node() {
        return node;
    }

    HttpGatewayOptions options() {
        return options;
    }

    Destinations destinations() {
        return destinations;
    }

    Topology topology() {
        return topology;
    }

    Arrivals arrivals() {
        return arrivals;
    }

    Positions positions() {
        return positions;
    }

    /** What it gives is good until it is used again. */
    FrameReader reader() {
        return reader;
    }

    PublishTurn turn() {
        return turn;
    }

    OnceOnly onceOnly() {
        return onceOnly;
    }

    Admission admission() {
        return admission;
    }

    HttpCounters counters() {
        return counters;
    }
}
