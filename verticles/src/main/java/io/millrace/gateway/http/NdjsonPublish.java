package io.millrace.gateway.http;

import io.millrace.partition.Acks;
import io.millrace.time.Timers;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * A stream of records, one a line, answered with one receipt or problem a line in the same order. Reading pauses while
 * too many bytes are unanswered or the client does not read its receipts; so the stream needs bounded memory however long
 * it is.
 */
final class NdjsonPublish {
    private static final int FIRST_LINE_BYTES = 4 << 10;
    /** What a line costs beside its bytes while it waits. */
    private static final int LINE_OVERHEAD = 256;

    private final Exchange exchange;
    private final Timers timers;
    private final HttpGatewayOptions options;
    private final Destination to;
    private final Acks acks;
    private final PublishTurn turn;
    private final OnceOnly onceOnly;
    private final HttpCounters counters;

    private final RecordForm form = new RecordForm();
    private final ArrayDeque<Line> lines = new ArrayDeque<>();
    private byte[] partial = new byte[FIRST_LINE_BYTES];
    private int partialSize;
    private long unanswered;
    private boolean paused;
    private boolean ended;
    private boolean writing;

    /** A line that waits for its answer, which leaves when it is the first. */
    private final class Line implements PublishTurn.Waiting {
        final int bytes;
        final int partition;
        final @Nullable String id;

        @Nullable
        JsonWriter answer;

        Line(int bytes, int partition, @Nullable String id) {
            this.bytes = bytes;
            this.partition = partition;
            this.id = id;
        }

        @Override
        public void stored(long offset, long timestamp, boolean duplicate) {
            var out = new JsonWriter(320);
            if (acks == Acks.NONE) Receipts.writeUnwaited(out, to, partition, timestamp, id);
            else Receipts.write(out, to, partition, offset, timestamp, duplicate, acks, id);
            answer = out.put('\n');
            answersArrived();
        }

        @Override
        public void refused(Throwable why) {
            var out = new JsonWriter(512);
            Problem.of(why).writeTo(out, "/v1/topics/" + to.name() + "/records", null);
            answer = out.put('\n');
            answersArrived();
        }
    }

    NdjsonPublish(
            Exchange exchange,
            Timers timers,
            HttpGatewayOptions options,
            Destination to,
            Acks acks,
            PublishTurn turn,
            OnceOnly onceOnly,
            HttpCounters counters) {
        this.exchange = exchange;
        this.timers = timers;
        this.options = options;
        this.to = to;
        this.acks = acks;
        this.turn = turn;
        this.onceOnly = onceOnly;
        this.counters = counters;
    }

    void begin() {
        exchange.prepareBody();
        var response = exchange.response();
        response.setChunked(true).setStatusCode(200).putHeader(HttpHeaders.CONTENT_TYPE, MediaType.NDJSON);
        response.exceptionHandler(gone -> exchange.abandon());
        response.drainHandler(drained -> goOn());
        var request = exchange.request();
        request.exceptionHandler(gone -> exchange.abandon());
        request.handler(chunk -> {
            if (!exchange.isDone()) exchange.guard(() -> take(chunk));
        });
        request.endHandler(end -> {
            if (exchange.isDone()) return;
            exchange.guard(() -> {
                if (partialSize > 0) line(partial, 0, partialSize);
                partialSize = 0;
                ended = true;
                answersArrived();
            });
        });
    }

    private void take(Buffer chunk) {
        var bytes = Exchange.slice(chunk);
        int from = bytes.from();
        int end = from + bytes.length();
        for (int at = from; at < end && !exchange.isDone(); at++) {
            if (bytes.array()[at] != '\n') continue;
            if (partialSize > 0) {
                keep(bytes.array(), from, at - from);
                line(partial, 0, partialSize);
                partialSize = 0;
            } else {
                line(bytes.array(), from, at - from);
            }
            from = at + 1;
        }
        if (!exchange.isDone() && from < end) keep(bytes.array(), from, end - from);
        holdBack();
    }

    private void keep(byte[] bytes, int from, int length) {
        if (partialSize + length > options.getMaxJsonBodyBytes()) {
            giveUp(Problem.tooLarge("a line is longer than the limit of " + options.getMaxJsonBodyBytes() + " bytes"));
            return;
        }
        if (partialSize + length > partial.length) {
            partial = java.util.Arrays.copyOf(partial, Math.max(partialSize + length, 2 * partial.length));
        }
        System.arraycopy(bytes, from, partial, partialSize, length);
        partialSize += length;
    }

    private void line(byte[] bytes, int from, int length) {
        if (exchange.isDone() || ended) return;
        if (length > 0 && bytes[from + length - 1] == '\r') {
            line(bytes, from, length - 1);
            return;
        }
        if (length == 0) return;
        if (length > options.getMaxJsonBodyBytes()) {
            giveUp(Problem.tooLarge("a line is longer than the limit of " + options.getMaxJsonBodyBytes() + " bytes"));
            return;
        }
        unanswered += length + LINE_OVERHEAD;
        if (!exchange.reserve(length + LINE_OVERHEAD)) return;
        counters.recordsIn.increment();
        counters.recordBytesIn.add(length);
        try {
            JsonReader.read(bytes, from, length, parser -> {
                form.read(parser, bytes, from, length);
                return true;
            });
            store(length);
        } catch (RuntimeException wrong) {
            if (!Problem.isExpected(wrong)) throw wrong;
            var line = new Line(length, -1, null);
            lines.add(line);
            line.refused(wrong);
        }
    }

    private void store(int length) {
        if (form.problem != null) throw form.problem.asException();
        if (form.contradictsItself()) {
            throw Problem.invalid("/contentType", "value is JSON; use valueText or valueBase64 for another type")
                    .asException();
        }
        var once = Publish.once(form);
        if (once != null) {
            int partition = OnceOnly.partitionOf(to, once);
            var line = new Line(length, partition, form.id);
            lines.add(line);
            onceOnly.append(to, partition, acks, once, line);
            return;
        }
        int partition = to.partitionOf(form.partition, form.key, form.keyFrom, form.keyLength);
        var line = new Line(length, partition, form.id);
        lines.add(line);
        turn.add(
                to.lane(partition, acks),
                form.timestamp >= 0 ? form.timestamp : timers.wallMillis(),
                form.key,
                form.keyFrom,
                form.keyLength,
                form.value,
                form.valueFrom,
                form.valueLength,
                form.headers(),
                line);
    }

    /** Says why as the last line, and reads no more. */
    private void giveUp(Problem problem) {
        var line = new Line(0, -1, null);
        lines.add(line);
        ended = true;
        exchange.request().pause();
        line.refused(problem.asException());
    }

    /** Sends the answers that are first in line, in one piece for each turn. */
    private void answersArrived() {
        if (writing || exchange.isDone()) return;
        writing = true;
        io.vertx.core.Vertx.currentContext().runOnContext(turn -> {
            writing = false;
            send();
        });
    }

    private void send() {
        if (exchange.isDone()) return;
        Buffer ready = null;
        for (var first = lines.peek(); first != null && first.answer != null; first = lines.peek()) {
            lines.remove();
            unanswered -= first.bytes == 0 ? 0 : first.bytes + LINE_OVERHEAD;
            if (first.bytes > 0) exchange.release(first.bytes + LINE_OVERHEAD);
            var answer = first.answer.toBuffer();
            if (ready == null)
                ready = lines.isEmpty() ? answer : Buffer.buffer(4096).appendBuffer(answer);
            else ready.appendBuffer(answer);
        }
        if (ready != null) exchange.response().write(ready);
        if (ended && lines.isEmpty()) {
            exchange.endStream(200);
            return;
        }
        goOn();
    }

    private void holdBack() {
        if (paused || exchange.isDone()) return;
        if (unanswered < options.getMaxInFlightBytesPerConnection()
                && !exchange.response().writeQueueFull()) return;
        paused = true;
        exchange.request().pause();
    }

    private void goOn() {
        if (!paused || exchange.isDone() || ended) return;
        if (unanswered > options.getMaxInFlightBytesPerConnection() / 2
                || exchange.response().writeQueueFull()) return;
        paused = false;
        exchange.request().resume();
    }
}
