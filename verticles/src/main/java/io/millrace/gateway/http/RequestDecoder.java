package io.millrace.gateway.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.LastHttpContent;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.impl.VertxHttpRequestDecoder;
import java.util.List;

/**
 * Decodes requests as Vert.x does, and turns away what two readers could understand in two ways: headers folded over two
 * lines, both a length and a transfer coding, control characters in front of a request. Knows too since when a client has
 * owed the rest of its headers or body.
 */
final class RequestDecoder extends VertxHttpRequestDecoder {
    private static final long NOTHING_OWED = -1;

    private boolean inBody;
    private boolean isBad;
    private boolean hasTwoLengths;
    /** When the head that is not complete was begun, in nanoseconds; at first the time of the connection. */
    private long headSince;

    private boolean headOwed = true;
    private long bodySince;
    private long bodyBytes;
    private boolean bodyMayPause;

    RequestDecoder(HttpServerOptions options, long now) {
        super(options);
        this.headSince = now;
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) throws Exception {
        if (isBad) {
            in.skipBytes(in.readableBytes());
            return;
        }
        int from = in.readerIndex();
        if (!inBody) {
            if (!headOwed && in.isReadable()) {
                headOwed = true;
                headSince = System.nanoTime();
            }
            if (startsWithControl(in)) {
                var message = createInvalidMessage();
                refuse(message, in);
                out.add(message);
                return;
            }
        }
        int before = out.size();
        super.decode(context, in, out);
        if (inBody) bodyBytes += in.readerIndex() - from;
        for (int n = before; n < out.size(); n++) {
            var decoded = out.get(n);
            if (decoded instanceof HttpMessage message) {
                begun(message);
                if (hasTwoLengths || isFolded(in, from, in.readerIndex())) {
                    refuse(message, in);
                    while (out.size() > n + 1) out.remove(n + 1);
                }
            }
            if (decoded instanceof LastHttpContent) inBody = false;
        }
    }

    private void begun(HttpMessage message) {
        inBody = true;
        headOwed = false;
        bodySince = System.nanoTime();
        bodyBytes = 0;
        var type = message.headers().get(HttpHeaderNames.CONTENT_TYPE);
        bodyMayPause = type != null && type.contains("ndjson");
    }

    private void refuse(HttpMessage message, ByteBuf in) {
        message.setDecoderResult(DecoderResult.failure(new IllegalArgumentException("ambiguous request")));
        isBad = true;
        in.skipBytes(in.readableBytes());
    }

    @Override
    protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
        hasTwoLengths = true;
    }

    /** Only between requests; empty lines are let through, as RFC 9112 asks. */
    private static boolean startsWithControl(ByteBuf in) {
        if (!in.isReadable()) return false;
        byte first = in.getByte(in.readerIndex());
        return (first >= 0 && first <= ' ' && first != '\r' && first != '\n') || first == 0x7f;
    }

    private static boolean isFolded(ByteBuf in, int from, int to) {
        for (int at = from; at < to - 1; at++) {
            if (in.getByte(at) != '\n') continue;
            byte next = in.getByte(at + 1);
            if (next == ' ' || next == '\t') return true;
        }
        return false;
    }

    /** Whether the client has kept us waiting for longer than it may. */
    boolean isTooSlow(long now, HttpGatewayOptions options) {
        if (!inBody) return headOwed && now - headSince > options.getHeadTimeoutMillis() * 1_000_000L;
        long millis = (now - bodySince) / 1_000_000;
        boolean late = millis > options.getHeadTimeoutMillis();
        return !bodyMayPause && late && bodyBytes < options.getMinBodyBytesPerSecond() * (millis / 1000);
    }

    /** Nothing is owed while an answer is being made. */
    long bodyBytes() {
        return inBody ? bodyBytes : NOTHING_OWED;
    }
}
