package io.millrace.gateway.http;

import io.millrace.gateway.Session;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.timeout.IdleStateHandler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.WebSocketFrame;
import io.vertx.core.http.WebSocketFrameType;
import io.vertx.core.http.impl.ws.WebSocketFrameImpl;
import io.vertx.core.internal.http.WebSocketInternal;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One WebSocket: puts frames together, hands them to channels and to the publisher, and watches that the client takes what
 * is sent. What waits to be sent is bounded by the write queue: when that is full, no log is read and no frame is taken.
 * Lives on the event loop of its listener.
 */
final class Socket {
    private static final Logger LOG = LoggerFactory.getLogger(Socket.class);
    /** More of our bytes than this do not wait in one connection, in this process or in the operating system. */
    private static final int WRITE_QUEUE_BYTES = 64 << 10;

    private static final int SEND_BUFFER_BYTES = 128 << 10;
    /** Longer messages are sent in parts, because many clients take no longer frames. */
    private static final int PART_BYTES = 60 << 10;

    private static final int PINGS_PER_LOOK = 100;
    private static final int REASON_BYTES = 120;
    /** How long a client that was told to go may take until it is cut off. */
    private static final long FAREWELL_MILLIS = 2_000;

    private final Sockets sockets;
    private final ServerWebSocket socket;
    private final Runnable whenClosed;
    private final Session<Channel> session;
    private final SocketPublish publish;
    private @Nullable Buffer parts;
    private int pings;
    private boolean isPaused;
    private boolean isDraining;
    private boolean isClosing;

    Socket(Sockets sockets, ServerWebSocket socket, Runnable whenClosed) {
        this.sockets = sockets;
        this.socket = socket;
        this.whenClosed = whenClosed;
        var options = sockets.options();
        this.session = new Session<>(
                options.getMaxChannelsPerSocket(),
                options.getSocketHeartbeatMillis(),
                options.getMaxSocketStallMillis(),
                now());
        this.publish = new SocketPublish(this, sockets);
    }

    private long now() {
        return sockets.node().timers().millis();
    }

    void begin() {
        var netty = ((WebSocketInternal) socket).channelHandlerContext();
        netty.channel().config().setOption(ChannelOption.SO_SNDBUF, SEND_BUFFER_BYTES);
        // Heartbeats take its place.
        if (netty.pipeline().get(IdleStateHandler.class) != null)
            netty.pipeline().remove(IdleStateHandler.class);
        socket.setWriteQueueMaxSize(WRITE_QUEUE_BYTES);
        socket.frameHandler(this::received);
        socket.pongHandler(pong -> session.heard(now()));
        socket.drainHandler(drained -> drained());
        socket.exceptionHandler(this::broken);
        socket.closeHandler(closed -> closed());
        var options = sockets.options();
        send(new JsonWriter(192)
                .plain("{\"t\":\"hello\",\"session\":\"")
                .plain(UUID.randomUUID().toString())
                .plain("\",\"maxFrame\":")
                .number(options.getMaxSocketFrameBytes())
                .plain(",\"heartbeat\":")
                .number(options.getSocketHeartbeatMillis())
                .plain(",\"features\":[\"topics\",\"groups\",\"publish\"]}"));
        publish.begin();
    }

    HttpCounters counters() {
        return sockets.counters();
    }

    private void received(WebSocketFrame frame) {
        if (isClosing) return;
        session.heard(now());
        switch (frame.type()) {
            case TEXT -> {
                if (parts != null) close(CloseCode.PROTOCOL_ERROR, "a message begins inside of another");
                else part(frame);
            }
            case CONTINUATION -> {
                if (parts == null) close(CloseCode.PROTOCOL_ERROR, "a part without a beginning");
                else part(frame);
            }
            case BINARY -> close(CloseCode.BAD_FRAME, "frames of " + Sockets.PROTOCOL + " are text");
            case PING -> {
                if (++pings > PINGS_PER_LOOK) close(CloseCode.FLOW_VIOLATION, "too many pings");
            }
            default -> {}
        }
        hearOrNot();
    }

    private void part(WebSocketFrame frame) {
        var bytes = frame.binaryData();
        var before = parts;
        if (before == null && frame.isFinal()) {
            message(bytes);
            return;
        }
        int length = (before == null ? 0 : before.length()) + bytes.length();
        if (length > sockets.options().getMaxSocketFrameBytes()) {
            close(
                    CloseCode.TOO_LARGE,
                    "a message has at most " + sockets.options().getMaxSocketFrameBytes() + " bytes");
            return;
        }
        var whole = before == null ? Buffer.buffer(2 * bytes.length()) : before;
        whole.appendBuffer(bytes);
        parts = frame.isFinal() ? null : whole;
        if (frame.isFinal()) message(whole);
    }

    private void message(Buffer text) {
        counters().framesIn.increment();
        var bytes = Exchange.slice(text);
        if (JsonReader.firstWrongUtf8(bytes.array(), bytes.from(), bytes.length()) >= 0) {
            close(CloseCode.NOT_UTF8, "text is UTF-8");
            return;
        }
        Frame frame;
        try {
            frame = sockets.reader().read(bytes.array(), bytes.from(), bytes.length());
        } catch (ProblemException bad) {
            error(null, -1, bad.problem());
            close(CloseCode.BAD_FRAME, bad.problem().detail());
            return;
        }
        try {
            handle(frame, bytes.length());
        } catch (RuntimeException failure) {
            if (!Problem.isExpected(failure)) LOG.error("a frame of a WebSocket failed", failure);
            error(null, channelOf(frame), Problem.of(failure));
        }
    }

    private static int channelOf(Frame frame) {
        if (frame instanceof Frame.Subscribe sub) return sub.channel();
        return frame instanceof Frame.Acknowledge ack ? ack.channel() : -1;
    }

    private void handle(Frame frame, int bytes) {
        if (frame instanceof Frame.Publish record) publish.handle(record, bytes);
        else if (frame instanceof Frame.Grant grant) grant(grant);
        else if (frame instanceof Frame.Subscribe sub) subscribe(sub);
        else if (frame instanceof Frame.Unsubscribe unsub) unsubscribe(unsub);
        else if (frame instanceof Frame.Ping) send(new JsonWriter(16).plain("{\"t\":\"pong\"}"));
        else if (frame instanceof Frame.Acknowledge ack) settle(ack);
    }

    private void settle(Frame.Acknowledge ack) {
        var channel = session.channel(ack.channel());
        int settled = channel == null ? 0 : channel.settle(ack);
        if (ack.rid() == null) return;
        send(new JsonWriter(96)
                .plain("{\"t\":\"settled\",\"rid\":")
                .text(ack.rid())
                .plain(",\"ch\":")
                .number(ack.channel())
                .plain(",\"records\":")
                .number(settled)
                .put('}'));
    }

    private void subscribe(Frame.Subscribe sub) {
        if (isDraining) throw io.millrace.model.Refusal.DRAINING.because("this node is about to stop; go elsewhere");
        if (session.channel(sub.channel()) != null) {
            throw Problem.invalid("/ch", "channel " + sub.channel() + " is open already")
                    .asException();
        }
        if (!session.hasRoom()) {
            throw Problem.of(
                            io.millrace.model.Refusal.LIMIT_EXCEEDED,
                            "a socket has at most " + sockets.options().getMaxChannelsPerSocket() + " channels")
                    .asException();
        }
        var channel = sub.group() == null ? new TopicChannel(this, sub) : new GroupChannel(this, sub);
        session.open(sub.channel(), channel);
        sockets.admission().channels(1);
        try {
            channel.begin(sockets);
        } catch (RuntimeException refused) {
            channel.close();
            forget(channel);
            throw refused;
        }
    }

    private void grant(Frame.Grant grant) {
        var channel = session.channel(grant.channel());
        // A channel that has just ended may still be granted something.
        if (channel != null) channel.grant(grant);
    }

    private void unsubscribe(Frame.Unsubscribe unsub) {
        var channel = session.channel(unsub.channel());
        if (channel != null) channel.end("unsubscribed");
    }

    void forget(Channel channel) {
        if (session.close(channel.number()) != null) sockets.admission().channels(-1);
    }

    /** Whether it is worth to make something to be sent. */
    boolean isWritable() {
        return !isClosing && !session.isStalled();
    }

    void send(JsonWriter frame) {
        send(frame, 0);
    }

    void send(JsonWriter frame, int from) {
        if (isClosing || socket.isClosed()) return;
        counters().framesOut.increment();
        var bytes = frame.toBytes(from);
        var type = WebSocketFrameType.TEXT;
        while (bytes.readableBytes() > PART_BYTES) {
            write(type, bytes.readSlice(PART_BYTES), false);
            type = WebSocketFrameType.CONTINUATION;
        }
        write(type, bytes, true);
        if (!session.isStalled() && socket.writeQueueFull()) {
            counters().writeStalls.increment();
            session.stalled(true, now());
            hearOrNot();
        }
    }

    private void write(WebSocketFrameType type, ByteBuf bytes, boolean isFinal) {
        socket.writeFrame(new WebSocketFrameImpl(type, bytes, isFinal));
    }

    /** Says what is wrong. */
    void error(@Nullable String rid, int channel, Problem problem) {
        var out = new JsonWriter(512).plain("{\"t\":\"error\"");
        if (rid != null) out.plain(",\"rid\":").text(rid);
        if (channel >= 0) out.plain(",\"ch\":").number(channel);
        out.plain(",\"problem\":");
        problem.writeTo(out, Route.SOCKET.path(), null);
        send(out.put('}'));
    }

    private void drained() {
        session.stalled(false, now());
        hearOrNot();
        for (var channel : session.channels()) channel.pump();
    }

    /** Takes no more frames while the client does not take ours, or has too much under way. */
    void hearOrNot() {
        if (isClosing) return;
        boolean isTooMuch = session.isStalled() || (isPaused ? !publish.hasRoom() : publish.isFull());
        if (isTooMuch == isPaused) return;
        isPaused = isTooMuch;
        session.deaf(isPaused, now());
        if (isPaused) socket.pause();
        else socket.resume();
    }

    void look(long now) {
        pings = 0;
        if (isClosing) return;
        switch (session.look(now)) {
            case PING -> socket.writePing(Buffer.buffer());
            case SILENT -> close(CloseCode.SILENT, "nothing was heard for too long");
            case SLOW -> close(CloseCode.SLOW_CONSUMER, "what was sent was not taken for too long");
            case GO_ON -> {}
        }
        if (isClosing) return;
        for (var channel : session.channels()) channel.look(sockets, now);
    }

    /** Tells the client to go, and goes itself when nothing of it is under way. */
    void drain() {
        if (isDraining || isClosing) return;
        isDraining = true;
        send(new JsonWriter(16).plain("{\"t\":\"drain\"}"));
        settled();
    }

    /** Something that was under way is done. */
    void settled() {
        if (isDraining && publish.isIdle()) close(CloseCode.DRAINING, "this node is about to stop; go elsewhere");
    }

    void close(CloseCode code, String reason) {
        if (isClosing) return;
        isClosing = true;
        counters().closed(code.number());
        LOG.debug("WebSocket of {}: open -> closed with {}, {}", socket.remoteAddress(), code.number(), reason);
        endAll();
        if (socket.isClosed()) return;
        // Who is cut off because he reads nothing would not read this either.
        if (isPaused) socket.resume();
        socket.close((short) code.number(), shorten(reason));
        sockets.vertx().setTimer(FAREWELL_MILLIS, later -> cutOff());
    }

    private void cutOff() {
        var unused =
                ((WebSocketInternal) socket).channelHandlerContext().channel().close();
    }

    private static String shorten(String reason) {
        if (reason.getBytes(StandardCharsets.UTF_8).length <= REASON_BYTES) return reason;
        return reason.substring(0, REASON_BYTES / 4) + "…";
    }

    private void endAll() {
        for (var channel : session.channels()) {
            channel.close();
            forget(channel);
        }
    }

    /** What came is no WebSocket frame, or the connection is gone. */
    private void broken(Throwable failure) {
        if (!(failure instanceof CorruptedWebSocketFrameException corrupted)) return;
        counters().requestsMalformed.increment();
        close(
                corrupted.closeStatus().code() == CloseCode.TOO_LARGE.number()
                        ? CloseCode.TOO_LARGE
                        : corrupted.closeStatus().code() == CloseCode.NOT_UTF8.number()
                                ? CloseCode.NOT_UTF8
                                : CloseCode.PROTOCOL_ERROR,
                String.valueOf(corrupted.getMessage()));
    }

    private void closed() {
        isClosing = true;
        endAll();
        sockets.forget(this);
        whenClosed.run();
    }
}
