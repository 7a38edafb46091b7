package io.millrace.gateway.http;

import io.millrace.gateway.Node;
import io.millrace.model.MillraceException;
import io.millrace.model.Refusal;
import io.millrace.partition.ReadRequest;
import io.vertx.core.Vertx;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code GET /v1/topics/{topic}/records}, with all that a reader wants to remember in the cursor it takes along. */
final class Read {
    private static final int DEFAULT_LIMIT = 500;
    private static final int DEFAULT_MAX_BYTES = 1 << 20;
    private static final Set<String> PARAMETERS = Set.of("cursor", "from", "partition", "limit", "maxBytes", "wait");

    private final Vertx vertx;
    private final Node node;
    private final HttpGatewayOptions options;
    private final Destinations destinations;
    private final Admission admission;
    private final HttpCounters counters;
    private final Arrivals arrivals;
    private final Positions positions;
    private final EventStreams streams;
    private final Set<ReadSession> waiting = new LinkedHashSet<>();

    Read(
            Vertx vertx,
            Node node,
            HttpGatewayOptions options,
            Destinations destinations,
            Admission admission,
            HttpCounters counters,
            Arrivals arrivals,
            Positions positions,
            EventStreams streams) {
        this.vertx = vertx;
        this.node = node;
        this.options = options;
        this.destinations = destinations;
        this.admission = admission;
        this.counters = counters;
        this.arrivals = arrivals;
        this.positions = positions;
        this.streams = streams;
    }

    void handle(Exchange exchange, String topic, Query query) {
        exchange.noBody();
        var from = destinations.of(topic);
        var type = type(exchange.header("accept"));
        if (type.equals(MediaType.EVENTS)) {
            streams.handle(exchange, from, query);
            return;
        }
        query.allow(PARAMETERS);
        boolean lines = type.equals(MediaType.NDJSON);
        int limit = query.number("limit", DEFAULT_LIMIT, 1, options.getMaxReadRecords());
        int maxBytes = query.number(
                "maxBytes", Math.min(DEFAULT_MAX_BYTES, options.getMaxReadBytes()), 1, options.getMaxReadBytes());
        long wait = wait(query.get("wait"));
        int partition = query.number("partition", -1, 0, Integer.MAX_VALUE);
        if (partition >= from.partitions()) throw from.noPartition(partition);

        var start = positions.start(from, query.get("cursor"), query.get("from"), partition);
        if (!admission.reserveAnswer(maxBytes)) {
            throw Refusal.BUFFER_FULL.because("all readers together have too many bytes under way; try again later");
        }
        start.onComplete(
                position -> {
                    if (exchange.isDone()) {
                        admission.releaseAnswer(maxBytes);
                        return;
                    }
                    new ReadSession(this, exchange, from, position, lines, limit, maxBytes, wait).begin();
                },
                failure -> {
                    admission.releaseAnswer(maxBytes);
                    exchange.fail(failure);
                });
    }

    /** The form in which records are wanted; refuses with 406 what cannot be given. */
    private static String type(@Nullable String accept) {
        if (accept == null || accept.isBlank()) return MediaType.JSON;
        for (var part : accept.split(",", -1)) {
            switch (MediaType.parse(part).name()) {
                case MediaType.NDJSON, "application/ndjson" -> {
                    return MediaType.NDJSON;
                }
                case MediaType.EVENTS -> {
                    return MediaType.EVENTS;
                }
                case MediaType.JSON, "application/*", "*/*" -> {
                    return MediaType.JSON;
                }
                default -> {}
            }
        }
        throw Problem.of(
                        406,
                        "NOT_ACCEPTABLE",
                        "Not acceptable",
                        "records are given as application/json, " + MediaType.NDJSON + " or " + MediaType.EVENTS)
                .asException();
    }

    private long wait(@Nullable String text) {
        if (text == null) return 0;
        long millis = Times.parseDuration(text);
        if (millis < 0)
            throw Problem.invalid("wait", "wait is a duration as 250ms, 20s or PT20S")
                    .asException();
        return Math.min(millis, options.getMaxWaitMillis());
    }

    /** {@code GET …/records/{partition}/{offset}}. */
    void one(Exchange exchange, List<String> variables, Query query) {
        exchange.noBody();
        query.allow(Set.of());
        var topic = destinations.of(variables.get(0));
        int partition = PublishHead.partition(variables.get(1));
        if (partition >= topic.partitions()) throw topic.noPartition(partition);
        long offset = offset(variables.get(2));
        node.partitions()
                .read(topic.id(partition), new ReadRequest(offset, 1, 0))
                .onComplete(
                        fetched -> exchange.guard(() -> {
                            var out = new JsonWriter(1024);
                            var writer =
                                    new RecordWriter(out, topic.name(), RecordWriter.Shape.ARRAY, 1, Integer.MAX_VALUE);
                            long next = writer.write(fetched.batches(), partition, offset, behind -> topic.cursors()
                                    .of(topic.id(partition), behind));
                            if (writer.count() == 0 || next != offset + 1) throw notThere(offset, null);
                            counters.recordsOut.increment();
                            counters.recordBytesOut.add(writer.valueBytes());
                            exchange.json(200, out);
                        }),
                        failure -> exchange.fail(notThere(offset, failure)));
    }

    private static RuntimeException notThere(long offset, @Nullable Throwable failure) {
        if (failure instanceof MillraceException refused && refused.refusal() != Refusal.OFFSET_OUT_OF_RANGE) {
            return refused;
        }
        return Problem.of(
                        404,
                        Refusal.OFFSET_OUT_OF_RANGE.name(),
                        "Offset out of range",
                        "there is no record at offset " + offset)
                .asException();
    }

    private static long offset(String text) {
        if (!text.isEmpty() && text.length() <= 18 && text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return Long.parseLong(text);
        }
        throw Problem.invalid("offset", "an offset is a whole number from 0").asException();
    }

    Vertx vertx() {
        return vertx;
    }

    Node node() {
        return node;
    }

    Admission admission() {
        return admission;
    }

    HttpCounters counters() {
        return counters;
    }

    Arrivals arrivals() {
        return arrivals;
    }

    Positions positions() {
        return positions;
    }

    /** Whether one more read may wait. */
    boolean park(ReadSession session) {
        if (admission.isDraining() || !admission.beginLongPoll()) return false;
        waiting.add(session);
        return true;
    }

    void unpark(ReadSession session) {
        if (waiting.remove(session)) admission.endLongPoll();
    }

    /** Answers all reads that wait with what there is. */
    void wakeAll() {
        for (var session : List.copyOf(waiting)) session.timeIsOver();
    }
}
