package io.millrace.gateway.http;

import io.millrace.gateway.Node;
import io.millrace.partition.Acks;
import io.millrace.time.Timers;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** {@code POST /v1/topics/{topic}/records}: the content type says whether the body is one record, many, or a stream. */
final class Publish {
    private static final CharSequence JSON = HttpHeaders.createOptimized(MediaType.JSON);

    private final Node node;
    private final Timers timers;
    private final HttpGatewayOptions options;
    private final Destinations destinations;
    private final PublishTurn turn;
    private final OnceOnly onceOnly;
    private final HttpCounters counters;

    Publish(Node node, HttpGatewayOptions options, Destinations destinations, PublishTurn turn, HttpCounters counters) {
        this.node = node;
        this.timers = node.timers();
        this.options = options;
        this.destinations = destinations;
        this.turn = turn;
        this.onceOnly = new OnceOnly(node);
        this.counters = counters;
    }

    void handle(Exchange exchange, String topic) {
        var head = PublishHead.of(exchange.request().headers());
        var to = destinations.of(topic);
        switch (head.type.name()) {
            case MediaType.BATCH -> batch(exchange, head, to);
            case MediaType.NDJSON, "application/ndjson" -> stream(exchange, head, to);
            case "application/cloudevents+json", "application/cloudevents-batch+json" ->
                throw Problem.unsupportedType("CloudEvents are not served yet").asException();
            default -> single(exchange, head, to);
        }
    }

    private void single(Exchange exchange, PublishHead head, Destination to) {
        if (head.type.isJson() && !head.type.isUtf8())
            throw Problem.unsupportedType("JSON is UTF-8").asException();
        int limit = Math.min(options.getMaxRawBodyBytes(), to.maxBatchBytes());
        exchange.body(limit, body -> {
            var value = Exchange.slice(body);
            if (head.type.isJson()) JsonReader.check(value.array(), value.from(), value.length());
            store(exchange, head, to, value);
        });
    }

    private void store(Exchange exchange, PublishHead head, Destination to, Exchange.ArraySlice value) {
        counters.recordsIn.increment();
        counters.recordBytesIn.add(value.length());
        var headers = RecordForm.headers(head.contentType, head.id, head.headers);
        var onceKey = head.idempotencyKey != null ? head.idempotencyKey : head.id;
        if (onceKey != null) {
            var once = new OnceOnly.Once(
                    onceKey,
                    head.partition,
                    head.timestamp,
                    head.key == null ? null : ByteBuffer.wrap(head.key),
                    ByteBuffer.wrap(value.array(), value.from(), value.length()),
                    headers);
            int partition = OnceOnly.partitionOf(to, once);
            onceOnly.append(to, partition, head.acks, once, new Receiver(exchange, head, to, partition));
            return;
        }
        int keyLength = head.key == null ? 0 : head.key.length;
        int partition = to.partitionOf(head.partition, head.key, 0, keyLength);
        long timestamp = head.timestamp >= 0 ? head.timestamp : timers.wallMillis();
        turn.add(
                to.lane(partition, head.acks),
                timestamp,
                head.key,
                0,
                keyLength,
                value.array(),
                value.from(),
                value.length(),
                headers,
                new Receiver(exchange, head, to, partition));
    }

    /** Answers the publish of one record. */
    private record Receiver(Exchange exchange, PublishHead head, Destination to, int partition)
            implements PublishTurn.Waiting {
        @Override
        public void stored(long offset, long timestamp, boolean duplicate) {
            var out = new JsonWriter(320);
            if (head.acks == Acks.NONE) {
                Receipts.writeUnwaited(out, to, partition, timestamp, head.id);
                exchange.end(202, JSON, out.toBuffer());
                return;
            }
            Receipts.write(out, to, partition, offset, timestamp, duplicate, head.acks, head.id);
            exchange.response()
                    .headers()
                    .set(HttpHeaders.LOCATION, "/v1/topics/" + to.name() + "/records/" + partition + "/" + offset);
            exchange.end(201, JSON, out.toBuffer());
        }

        @Override
        public void refused(Throwable why) {
            exchange.fail(why);
        }
    }

    private void batch(Exchange exchange, PublishHead head, Destination to) {
        refuseRecordHeaders(head, "give each record of a batch its own members");
        if (!head.type.isUtf8()) throw Problem.unsupportedType("JSON is UTF-8").asException();
        exchange.body(options.getMaxJsonBodyBytes(), body -> storeBatch(exchange, head.acks, to, body));
    }

    private void storeBatch(Exchange exchange, Acks acks, Destination to, Buffer body) {
        var batch = new PublishBatch(node, onceOnly, to, acks, options.getMaxBatchRecords(), timers.wallMillis());
        batch.read(Exchange.slice(body));
        counters.recordsIn.add(batch.size());
        counters.recordBytesIn.add(body.length());
        batch.append(results -> exchange.json(200, results));
    }

    private void stream(Exchange exchange, PublishHead head, Destination to) {
        refuseRecordHeaders(head, "give each record of a stream its own members");
        if (!head.type.isUtf8())
            throw Problem.unsupportedType("NDJSON is UTF-8").asException();
        new NdjsonPublish(exchange, timers, options, to, head.acks, turn, onceOnly, counters).begin();
    }

    private static void refuseRecordHeaders(PublishHead head, String instead) {
        if (head.describesRecord) throw Problem.invalid("Record-*", instead).asException();
        if (head.idempotencyKey != null)
            throw Problem.invalid("Idempotency-Key", instead).asException();
    }

    static OnceOnly.@Nullable Once once(RecordForm form) {
        var key = form.idempotencyKey != null ? form.idempotencyKey : form.id;
        if (key == null) return null;
        return new OnceOnly.Once(
                key,
                form.partition,
                form.timestamp,
                form.key == null ? null : ByteBuffer.wrap(form.key, form.keyFrom, form.keyLength),
                form.value == null ? null : ByteBuffer.wrap(form.value, form.valueFrom, form.valueLength),
                form.headers());
    }
}
