package io.millrace.gateway.http;

import io.millrace.Position;
import io.millrace.gateway.Node;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /v1/topics/{topic}/records} with {@code Accept: text/event-stream}: the streams of server-sent events of one
 * event loop.
 */
final class EventStreams {
    private static final Set<String> PARAMETERS =
            Set.of("cursor", "last_event_id", "from", "partition", "onGap", "maxLag", "onLag");

    private final Vertx vertx;
    private final Node node;
    private final HttpGatewayOptions options;
    private final Arrivals arrivals;
    private final Positions positions;
    private final Admission admission;
    private final HttpCounters counters;
    private final Topology topology;
    private final Set<EventStream> open = new LinkedHashSet<>();

    EventStreams(
            Vertx vertx,
            Node node,
            HttpGatewayOptions options,
            Topology topology,
            Arrivals arrivals,
            Positions positions,
            Admission admission,
            HttpCounters counters) {
        this.vertx = vertx;
        this.node = node;
        this.options = options;
        this.topology = topology;
        this.arrivals = arrivals;
        this.positions = positions;
        this.admission = admission;
        this.counters = counters;
    }

    void handle(Exchange exchange, Destination topic, Query query) {
        query.allow(PARAMETERS);
        boolean failOnGap = choice(query, "onGap", "skip", "fail");
        boolean skipOnLag = choice(query, "onLag", "close", "skip");
        long maxLag = maxLag(query.get("maxLag"));
        int partition = query.number("partition", -1, 0, Integer.MAX_VALUE);
        if (!admission.enterSocket()) throw Sockets.tooMany(options, counters);
        Future<Positions.Resumed> begin;
        try {
            begin = begin(exchange, topic, query, partition);
        } catch (RuntimeException refused) {
            admission.leaveSocket();
            throw refused;
        }
        begin.onComplete(
                at -> {
                    var gap = at.gap();
                    if (exchange.isDone() || (gap != null && failOnGap)) {
                        admission.leaveSocket();
                        if (gap != null) exchange.fail(gap.asProblem());
                        return;
                    }
                    var stream = new EventStream(this, exchange, failOnGap, skipOnLag, maxLag);
                    open.add(stream);
                    stream.begin(topic, at.position(), gap);
                    if (admission.isDraining()) stream.end("draining");
                },
                failure -> {
                    admission.leaveSocket();
                    exchange.fail(failure);
                });
    }

    /** What a browser remembers wins over what the address says, because it repeats the address when it reconnects. */
    private Future<Positions.Resumed> begin(Exchange exchange, Destination topic, Query query, int partition) {
        var remembered = exchange.header("last-event-id");
        var cursor = query.get("cursor") != null ? query.get("cursor") : query.get("last_event_id");
        if (remembered == null || remembered.isEmpty()) {
            if (cursor != null) return positions.resume(topic, cursor, partition, false);
            return positions
                    .start(topic, null, query.get("from"), partition)
                    .map(at -> new Positions.Resumed(at, null));
        }
        return positions.resume(topic, remembered, partition, true);
    }

    private static boolean choice(Query query, String name, String first, String second) {
        var given = query.get(name);
        if (given == null || given.equals(first)) return false;
        if (given.equals(second)) return true;
        throw Problem.invalid(name, name + " is " + first + " or " + second).asException();
    }

    private static long maxLag(@Nullable String text) {
        if (text == null) return Long.MAX_VALUE;
        long millis = Times.parseDuration(text);
        if (millis >= 0) return millis;
        throw Problem.invalid("maxLag", "maxLag is a duration as 30s").asException();
    }

    /** Looks after all streams; called some times a second. */
    void look() {
        long now = node.timers().millis();
        for (var stream : List.copyOf(open)) stream.look(now);
    }

    /** Ends all streams; their clients go elsewhere. */
    void drain() {
        for (var stream : List.copyOf(open)) stream.end("draining");
    }

    void forget(EventStream stream) {
        if (open.remove(stream)) admission.leaveSocket();
    }

    /** The position behind the last record there is. */
    Future<Cursor> latest(Destination topic, Cursor like) {
        return positions.start(topic, Position.latest(), like.isWhole() ? -1 : like.partition());
    }

    TopicTail follow(Destination topic, Cursor from, TopicTail.Receiver receiver) {
        return new TopicTail(vertx, node, arrivals, positions, topic, from, receiver);
    }

    Topology topology() {
        return topology;
    }

    Positions positions() {
        return positions;
    }

    HttpGatewayOptions options() {
        return options;
    }

    HttpCounters counters() {
        return counters;
    }

    long now() {
        return node.timers().millis();
    }
}
