package io.millrace.gateway.http;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * One stream of server-sent events (WHATWG HTML, section 9.2): each record is an event whose id is the cursor behind it,
 * so that a browser that reconnects goes on where it stood. While the socket takes nothing the log is not read.
 */
final class EventStream implements TopicTail.Receiver {
    private static final CharSequence EVENTS = HttpHeaders.createOptimized(MediaType.EVENTS);
    private static final int WRITE_QUEUE_BYTES = 64 << 10;
    private static final int DELIVERY_BYTES = 32 << 10;
    private static final int RECORDS_PER_DELIVERY = 1000;
    private static final int FIRST_BYTES = 1 << 10;
    private static final long COMMENT_MILLIS = 15_000;
    private static final int RETRY_MILLIS = 1_000;

    private static final byte[] ID = JsonWriter.ascii("id: ");
    private static final byte[] RECORD = JsonWriter.ascii("\nevent: record\ndata: {");
    private static final byte[] END = JsonWriter.ascii("\n\n");
    private static final RecordWriter.Shape SHAPE = new RecordWriter.Shape() {
        @Override
        public void begin(JsonWriter out, int index, Cursor behind) {
            out.raw(ID).plain(behind.toString()).raw(RECORD);
        }

        @Override
        public void end(JsonWriter out) {
            out.raw(END);
        }

        @Override
        public boolean isOneLine() {
            return true;
        }
    };

    private final EventStreams streams;
    private final Exchange exchange;
    private final HttpServerResponse response;
    private final boolean failOnGap;
    private final boolean skipOnLag;
    private final long maxLagMillis;
    private final long endsAt;
    private @Nullable TopicTail tail;
    private long lastWrite;
    private long stalledSince = -1;
    private boolean isSkipping;
    private boolean isClosed;
    private int lastBytes = FIRST_BYTES;

    EventStream(EventStreams streams, Exchange exchange, boolean failOnGap, boolean skipOnLag, long maxLagMillis) {
        this.streams = streams;
        this.exchange = exchange;
        this.response = exchange.response();
        this.failOnGap = failOnGap;
        this.skipOnLag = skipOnLag;
        this.maxLagMillis = maxLagMillis;
        int age = streams.options().getMaxStreamAgeMillis();
        this.endsAt = streams.now() + age - ThreadLocalRandom.current().nextInt(1 + age / 10);
    }

    void begin(Destination topic, Cursor start, @Nullable Gap gap) {
        response.setChunked(true).setWriteQueueMaxSize(WRITE_QUEUE_BYTES);
        response.headers()
                .set(HttpHeaders.CONTENT_TYPE, EVENTS)
                .set(HttpHeaders.CACHE_CONTROL, "no-store")
                .set("x-accel-buffering", "no")
                .set("Last-Event-Id-Resolved", start.toString());
        response.exceptionHandler(gone -> {});
        response.closeHandler(gone -> close());
        response.drainHandler(drained -> drained());
        exchange.finish(200);
        var out = new JsonWriter(512).plain("retry: ");
        out.number(RETRY_MILLIS + ThreadLocalRandom.current().nextInt(RETRY_MILLIS))
                .put('\n');
        if (gap != null) gap(out, gap);
        event(out, "position", start).put('}').raw(END);
        write(out);
        tail = streams.follow(topic, start, this);
        tail.pump();
    }

    /** An event up to the opening brace of its data. */
    private static JsonWriter event(JsonWriter out, String name, @Nullable Cursor id) {
        if (id != null) out.raw(ID).plain(id.toString()).put('\n');
        return out.plain("event: ").plain(name).plain("\ndata: {");
    }

    private void gap(JsonWriter out, Gap gap) {
        streams.counters().gaps.increment();
        event(out, "gap", gap.resumedAt());
        gap.writeMembers(out);
        out.put('}').raw(END);
    }

    private void write(JsonWriter out) {
        lastWrite = streams.now();
        var unused = response.write(out.toBuffer());
        if (stalledSince < 0 && response.writeQueueFull()) {
            stalledSince = lastWrite;
            streams.counters().writeStalls.increment();
        }
    }

    private void drained() {
        long stalled = stalledSince < 0 ? 0 : streams.now() - stalledSince;
        stalledSince = -1;
        var following = tail;
        if (isClosed || following == null) return;
        if (stalled > maxLagMillis && skipOnLag) skip(following);
        else following.pump();
    }

    /** Goes on with what comes now, and says what was left out. */
    private void skip(TopicTail following) {
        if (isSkipping) return;
        isSkipping = true;
        var from = following.position().toString();
        streams.positions()
                .lag(following.topic(), following.position())
                .compose(missed -> streams.latest(following.topic(), following.position())
                        .map(latest -> new Gap(from, latest, missed, Gap.SLOW)))
                .onComplete(
                        gap -> {
                            isSkipping = false;
                            if (isClosed) return;
                            var out = new JsonWriter(512);
                            gap(out, gap);
                            write(out);
                            following.jumpTo(gap.resumedAt());
                        },
                        this::failed);
    }

    @Override
    public int wanted() {
        return isClosed || isSkipping || stalledSince >= 0 ? 0 : RECORDS_PER_DELIVERY;
    }

    @Override
    public int maxBytes() {
        return DELIVERY_BYTES;
    }

    @Override
    public JsonWriter begin() {
        return new JsonWriter(lastBytes);
    }

    @Override
    public RecordWriter.Shape shape() {
        return SHAPE;
    }

    @Override
    public void deliver(JsonWriter out, RecordWriter records) {
        lastBytes = Math.min(DELIVERY_BYTES, Math.max(FIRST_BYTES, out.size() + (out.size() >> 2)));
        streams.counters().recordsOut.add(records.count());
        streams.counters().recordBytesOut.add(records.valueBytes());
        write(out);
    }

    @Override
    public void caughtUp() {}

    @Override
    public boolean lost(Gap gap) {
        if (failOnGap) {
            fail(gap.asProblem());
            return false;
        }
        var out = new JsonWriter(512);
        gap(out, gap);
        write(out);
        return true;
    }

    @Override
    public void ended(String reason) {
        end(reason);
    }

    @Override
    public void failed(Throwable cause) {
        fail(Problem.of(cause));
    }

    private void fail(Problem problem) {
        if (isClosed) return;
        var out = new JsonWriter(512).plain("event: error\ndata: ");
        problem.writeTo(out, "", null);
        write(out.raw(END));
        end("failed");
    }

    /** Says that this stream is over, and ends it. */
    void end(String reason) {
        if (isClosed) return;
        close();
        var out = new JsonWriter(128);
        event(out, "end", null)
                .plain("\"reason\":\"")
                .plain(reason)
                .plain("\"}")
                .raw(END);
        var unused = response.end(out.toBuffer());
    }

    void look(long now) {
        var following = tail;
        if (isClosed || following == null) return;
        if (stalledSince >= 0) {
            long most = skipOnLag
                    ? streams.options().getMaxSocketStallMillis()
                    : Math.min(maxLagMillis, streams.options().getMaxSocketStallMillis());
            if (now - stalledSince >= most) {
                streams.counters().clientsTooSlow.increment();
                close();
                exchange.request().connection().close();
            }
            return;
        }
        if (now >= endsAt) {
            end("maxAge");
            return;
        }
        // Often enough that neither we nor anything in between takes the connection for idle.
        if (now - lastWrite >= Math.min(COMMENT_MILLIS, streams.options().getIdleTimeoutMillis() / 3)) {
            write(new JsonWriter(4).plain(":\n\n"));
        }
        streams.topology().refresh(following);
    }

    private void close() {
        if (isClosed) return;
        isClosed = true;
        if (tail != null) tail.close();
        streams.forget(this);
    }
}
