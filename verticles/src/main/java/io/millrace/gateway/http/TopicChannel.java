package io.millrace.gateway.http;

import io.millrace.gateway.Credit;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/** A channel that follows a topic from a position on. It keeps no position: the client has the cursor of each record. */
final class TopicChannel implements Channel, TopicTail.Receiver {
    private final Socket socket;
    private final Frame.Subscribe wanted;
    private final Credit credit = new Credit();
    private final RecordFrames frames;
    private @Nullable TopicTail tail;
    private boolean isClosed;
    private boolean isStarved = true;
    private long lastTimestamp = -1;
    private long nextLag;

    TopicChannel(Socket socket, Frame.Subscribe wanted) {
        this.socket = socket;
        this.wanted = wanted;
        this.frames = new RecordFrames(wanted.channel());
    }

    @Override
    public int number() {
        return wanted.channel();
    }

    @Override
    public void begin(Sockets sockets) {
        if (wanted.topic() == null) {
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

    @Override
    public void grant(Frame.Grant grant) {
        credit.grant(grant.until(), grant.bytes(), grant.drain());
        pump();
    }

    @Override
    public void pump() {
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
        return (int) Math.min(records, RecordFrames.RECORDS_PER_FRAME);
    }

    @Override
    public int maxBytes() {
        return frames.maxBytes(credit.bytes());
    }

    @Override
    public JsonWriter begin() {
        return frames.begin(credit.next());
    }

    @Override
    public RecordWriter.Shape shape() {
        return frames;
    }

    @Override
    public void deliver(JsonWriter out, RecordWriter records) {
        lastTimestamp = records.lastTimestamp();
        int from = frames.finish(out, records.count());
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

    @Override
    public int settle(Frame.Acknowledge ack) {
        throw Problem.invalid("/ch", "channel " + ack.channel() + " is not of a group; it has nothing to settle")
                .asException();
    }

    @Override
    public void end(String reason) {
        if (isClosed) return;
        close();
        socket.send(head("end").plain(",\"reason\":\"").plain(reason).plain("\"}"));
        socket.forget(this);
    }

    @Override
    public void close() {
        isClosed = true;
        if (tail != null) tail.close();
    }

    /** Sees to new partitions, and tells how far behind it is when that was asked for. */
    @Override
    public void look(Sockets sockets, long now) {
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
        return Channel.head(type, number());
    }
}
