package io.millrace.gateway.http;

import io.millrace.gateway.Credit;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/**
 * One subscription of a socket: delivers what its topic has, never more than the client has granted. It holds no records;
 * without credit, or while the socket takes nothing, the log is not read.
 */
final class Channel implements TopicTail.Receiver {
    /** A frame is sent when it has grown to this; one record may be larger. */
    private static final int FRAME_BYTES = 32 << 10;

    private static final int RECORDS_PER_FRAME = 1000;
    private static final int FIRST_BYTES = 1 << 10;
    private static final byte[] NUMBER = JsonWriter.ascii("{\"n\":\"");
    private static final byte[] NUMBER_END = JsonWriter.ascii("\",");

    private final Socket socket;
    private final Frame.Subscribe wanted;
    private final Credit credit = new Credit();
    private final byte[] several;
    private final byte[] single;
    private final RecordWriter.Shape shape = new Numbered();
    private @Nullable TopicTail tail;
    private boolean isClosed;
    private boolean isStarved = true;
    private int lastBytes = FIRST_BYTES;
    private long lastTimestamp = -1;
    private long nextLag;

    Channel(Socket socket, Frame.Subscribe wanted) {
        this.socket = socket;
        this.wanted = wanted;
        this.several = JsonWriter.ascii("{\"t\":\"recs\",\"ch\":" + wanted.channel() + ",\"items\":[");
        this.single = JsonWriter.ascii("{\"t\":\"rec\",\"ch\":" + wanted.channel() + ",");
    }

    /** Gives each record its number. */
    private final class Numbered implements RecordWriter.Shape {
        @Override
        public void begin(JsonWriter out, int index, Cursor behind) {
            if (index > 0) out.put(',');
            out.raw(NUMBER).number(credit.next() + index).raw(NUMBER_END);
        }

        @Override
        public void end(JsonWriter out) {}
    }

    int number() {
        return wanted.channel();
    }

    /** Finds the topic and the position; refuses what cannot be subscribed to. */
    void begin(Sockets sockets) {
        if (wanted.group() != null || wanted.topic() == null) {
            throw Problem.invalid("/topic", "a sub frame names a topic").asException();
        }
        var topic = sockets.destinations().of(wanted.topic());
        start(sockets.positions(), topic)
                .onComplete(
                        start -> {
                            if (!isClosed) follow(sockets, topic, start);
                        },
                        this::failed);
    }

    private Future<Positions.Resumed> start(Positions positions, Destination topic) {
        if (wanted.cursor() != null && wanted.from() == null) {
            return positions.resume(topic, wanted.cursor(), wanted.partition(), false);
        }
        return positions
                .start(topic, wanted.cursor(), wanted.from(), wanted.partition())
                .map(at -> new Positions.Resumed(at, null));
    }

    private void follow(Sockets sockets, Destination topic, Positions.Resumed start) {
        if (start.gap() != null && !lost(start.gap())) return;
        tail = new TopicTail(
                sockets.vertx(),
                sockets.node(),
                sockets.arrivals(),
                sockets.positions(),
                topic,
                start.position(),
                this);
        var out = head("position").plain(",\"cursor\":");
        start.position().writeTo(out);
        socket.send(out.put('}'));
        pump();
    }

    void grant(Frame.Grant grant) {
        credit.grant(grant.until(), grant.bytes(), grant.drain());
        pump();
    }

    void pump() {
        if (tail != null) tail.pump();
    }

    @Override
    public int wanted() {
        if (isClosed || !socket.isWritable()) return 0;
        long records = credit.records();
        if (isStarved != (records == 0)) {
            isStarved = records == 0;
            if (isStarved) socket.counters().creditStalls.increment();
        }
        return (int) Math.min(records, RECORDS_PER_FRAME);
    }

    @Override
    public int maxBytes() {
        return several.length + (int) Math.min(credit.bytes(), FRAME_BYTES);
    }

    @Override
    public JsonWriter begin() {
        return new JsonWriter(lastBytes).raw(several);
    }

    @Override
    public RecordWriter.Shape shape() {
        return shape;
    }

    @Override
    public void deliver(JsonWriter out, RecordWriter records) {
        lastBytes = Math.min(FRAME_BYTES, Math.max(FIRST_BYTES, out.size() + (out.size() >> 2)));
        lastTimestamp = records.lastTimestamp();
        int from = 0;
        if (records.count() == 1) {
            // A frame of its own instead of an array of one: its head replaces the one that was written, and a brace.
            from = several.length + 1 - single.length;
            out.overwrite(from, single);
        } else {
            out.put(']').put('}');
        }
        credit.delivered(records.count(), out.size() - from);
        socket.counters().recordsOut.add(records.count());
        socket.counters().recordBytesOut.add(records.valueBytes());
        socket.send(out, from);
    }

    @Override
    public void caughtUp() {
        if (!credit.isDraining()) return;
        credit.drained();
        socket.send(
                head("drained").plain(",\"n\":\"").number(credit.delivered()).plain("\"}"));
    }

    @Override
    public boolean lost(Gap gap) {
        if (wanted.failOnGap()) {
            socket.error(null, number(), gap.asProblem());
            end("gap");
            return false;
        }
        socket.counters().gaps.increment();
        var out = head("gap").put(',');
        gap.writeMembers(out);
        socket.send(out.put('}'));
        return true;
    }

    @Override
    public void ended(String reason) {
        end(reason);
    }

    @Override
    public void failed(Throwable cause) {
        if (isClosed) return;
        socket.error(null, number(), Problem.of(cause));
        end("failed");
    }

    /** Says that nothing more will come, and goes. */
    void end(String reason) {
        if (isClosed) return;
        close();
        socket.send(head("end").plain(",\"reason\":\"").plain(reason).plain("\"}"));
        socket.forget(this);
    }

    void close() {
        isClosed = true;
        if (tail != null) tail.close();
    }

    /** Sees to new partitions, and tells how far behind it is when that was asked for. */
    void look(Sockets sockets, long now) {
        var following = tail;
        if (following == null) return;
        sockets.topology().refresh(following);
        if (wanted.lagMillis() == 0 || isClosed || now < nextLag) return;
        nextLag = now + wanted.lagMillis();
        lag(sockets, following);
    }

    private void lag(Sockets sockets, TopicTail following) {
        Future<Long> lag = sockets.positions().lag(following.topic(), following.position());
        lag.onSuccess(records -> {
            if (isClosed) return;
            long behind = records == 0 || lastTimestamp < 0
                    ? 0
                    : Math.max(0, sockets.node().timers().wallMillis() - lastTimestamp);
            socket.send(head("lag")
                    .plain(",\"records\":\"")
                    .number(records)
                    .plain("\",\"seconds\":")
                    .plain(Double.toString(behind / 1000.0))
                    .put('}'));
        });
    }

    private JsonWriter head(String type) {
        return new JsonWriter(256)
                .plain("{\"t\":\"")
                .plain(type)
                .plain("\",\"ch\":")
                .number(number());
    }
}
