package io.millrace.gateway.http;

import io.netty.buffer.ByteBuf;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.internal.buffer.BufferInternal;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request and its answer: reads the body within its limit, gives exactly one answer, and then lets go of everything
 * that was counted for it. Lives on the event loop of its listener.
 */
final class Exchange {
    private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);
    private static final CharSequence JSON = HttpHeaders.createOptimized(MediaType.JSON);
    private static final CharSequence PROBLEM = HttpHeaders.createOptimized(MediaType.PROBLEM);
    private static final CharSequence CLOSE = HttpHeaders.createOptimized("close");
    /** So long, and for so many bytes, we go on reading what nobody wants, so that the client gets to see the answer. */
    private static final int LINGER_MILLIS = 500;

    private static final int LINGER_BYTES = 1 << 20;
    private static final int CLIENT_GONE = 499;

    private final Listener listener;
    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final long begun = System.nanoTime();
    private @Nullable Route route;
    private long reserved;
    private boolean done;
    private boolean bodyEnded;
    private @Nullable Buffer body;
    private int bodyBytes;

    Exchange(Listener listener, HttpServerRequest request) {
        this.listener = listener;
        this.request = request;
        this.response = request.response();
        listener.admission().requestBegun();
    }

    HttpServerRequest request() {
        return request;
    }

    HttpServerResponse response() {
        return response;
    }

    void route(Route known) {
        route = known;
    }

    boolean isDone() {
        return done;
    }

    @Nullable
    String header(CharSequence name) {
        return request.headers().get(name);
    }

    /** Whether the headers announce a body. */
    boolean announcesBody() {
        var length = header(HttpHeaders.CONTENT_LENGTH);
        return (length != null && !length.equals("0")) || request.headers().contains(HttpHeaders.TRANSFER_ENCODING);
    }

    /** For routes that take no body. */
    void noBody() {
        if (announcesBody())
            throw Problem.invalid("a request of this method has no body").asException();
        bodyEnded = true;
    }

    /** Reads the whole body; more than {@code limit} bytes are refused with 413 before they are read. */
    void body(int limit, Consumer<Buffer> then) {
        prepareBody();
        var announced = header(HttpHeaders.CONTENT_LENGTH);
        if (announced != null && (announced.length() > 18 || Long.parseLong(announced) > limit)) throw tooLarge(limit);
        request.exceptionHandler(gone -> abandon());
        request.handler(chunk -> {
            if (!done) collect(chunk, limit);
        });
        request.endHandler(end -> {
            bodyEnded = true;
            if (done) return;
            var whole = body;
            guard(() -> then.accept(whole == null ? Buffer.buffer() : whole));
        });
    }

    /** Refuses encodings, and tells a client that asks first to go on. */
    void prepareBody() {
        var encoding = header(HttpHeaders.CONTENT_ENCODING);
        if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            throw Problem.unsupportedType("a body is sent as it is, without Content-Encoding")
                    .asException();
        }
        var expect = header("expect");
        if (expect == null) return;
        if (!expect.equalsIgnoreCase("100-continue")) {
            throw Problem.of(417, "EXPECTATION_FAILED", "Expectation failed", "only 100-continue may be expected")
                    .asException();
        }
        var announced = header(HttpHeaders.CONTENT_LENGTH);
        if (announced == null || announced.length() < 10) response.writeContinue();
    }

    private void collect(Buffer chunk, int limit) {
        bodyBytes += chunk.length();
        if (bodyBytes > limit) {
            fail(tooLarge(limit));
            return;
        }
        if (!reserve(chunk.length())) return;
        var first = body;
        if (first == null) body = chunk;
        else if (first.length() == bodyBytes - chunk.length() && isOurs) first.appendBuffer(chunk);
        else {
            body = Buffer.buffer(Math.min(limit, 4 * bodyBytes))
                    .appendBuffer(first)
                    .appendBuffer(chunk);
            isOurs = true;
        }
    }

    private boolean isOurs;

    private static ProblemException tooLarge(int limit) {
        return Problem.tooLarge("the body is larger than the limit of " + limit + " bytes")
                .with("limit", Integer.toString(limit))
                .asException();
    }

    /** Counts bytes of a publish against what all may have under way; if there is too much already, answers with 429. */
    boolean reserve(int more) {
        if (listener.admission().reserve(more)) {
            reserved += more;
            return true;
        }
        fail(io.millrace.model.Refusal.BUFFER_FULL.because(
                "all clients together have too many bytes under way; try again later"));
        return false;
    }

    void release(long bytes) {
        reserved -= bytes;
        listener.admission().release(bytes);
    }

    /** The bytes of a buffer as an array, without a copy where that is possible. */
    static ArraySlice slice(Buffer buffer) {
        ByteBuf bytes = ((BufferInternal) buffer).getByteBuf();
        if (bytes.hasArray()) {
            return new ArraySlice(bytes.array(), bytes.arrayOffset() + bytes.readerIndex(), bytes.readableBytes());
        }
        return new ArraySlice(buffer.getBytes(), 0, buffer.length());
    }

    /** A part of an array. */
    static final class ArraySlice {
        private final byte[] array;
        private final int from;
        private final int length;

        ArraySlice(byte[] array, int from, int length) {
            this.array = array;
            this.from = from;
            this.length = length;
        }

        byte[] array() {
            return array;
        }

        int from() {
            return from;
        }

        int length() {
            return length;
        }
    }

    /** Runs a part of the work; whatever it throws becomes the answer. */
    void guard(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException failure) {
            fail(failure);
        }
    }

    Future<Void> json(int status, JsonWriter body) {
        return end(status, JSON, body.toBuffer());
    }

    /** The future completes when the answer has left, or nobody is there to take it. */
    Future<Void> end(int status, CharSequence type, Buffer body) {
        if (done) return Future.succeededFuture();
        response.setStatusCode(status);
        response.headers().set(HttpHeaders.CONTENT_TYPE, type);
        finish(status);
        return response.end(body);
    }

    /** An answer without a body. */
    void end(int status) {
        if (done) return;
        finish(status);
        response.setStatusCode(status).end();
    }

    /** Ends an answer whose parts are written already; closes the connection if the request is not read to its end. */
    void endStream(int status) {
        if (done) return;
        finish(status);
        boolean cutOff = !request.isEnded();
        response.end().onComplete(sent -> {
            if (cutOff) request.connection().close();
        });
    }

    void fail(Throwable failure) {
        if (!Problem.isExpected(failure)) LOG.error("{} {} failed", request.method(), route, failure);
        fail(Problem.of(failure));
    }

    /** Answers with a problem. If a body is still on its way, the connection is closed behind the answer. */
    void fail(Problem problem) {
        if (done) return;
        if (response.headWritten()) {
            finish(problem.status());
            request.connection().close();
            return;
        }
        var out = new JsonWriter(512);
        problem.writeTo(out, instance(), traceId());
        long retryAfter = problem.retryAfterSeconds();
        if (retryAfter > 0) response.putHeader(HttpHeaders.RETRY_AFTER, Long.toString(retryAfter));
        if (problem.status() == 405)
            response.putHeader(HttpHeaders.ALLOW, problem.extra().get(1).replace("\"", ""));
        boolean cutOff = !bodyEnded && announcesBody();
        if (cutOff) response.putHeader(HttpHeaders.CONNECTION, CLOSE);
        response.setStatusCode(problem.status());
        response.headers().set(HttpHeaders.CONTENT_TYPE, PROBLEM);
        finish(problem.status());
        if (cutOff) linger();
        response.end(out.toBuffer());
    }

    private String instance() {
        var uri = request.uri();
        int query = uri.indexOf('?');
        return query < 0 ? uri : uri.substring(0, query);
    }

    private @Nullable String traceId() {
        var parent = header("traceparent");
        return parent != null && parent.matches("[0-9a-f]{2}-[0-9a-f]{32}-.*") ? parent.substring(3, 35) : null;
    }

    private void linger() {
        var connection = request.connection();
        var left = new int[] {LINGER_BYTES};
        request.exceptionHandler(gone -> {});
        request.handler(unwanted -> {
            left[0] -= unwanted.length();
            if (left[0] < 0) connection.close();
        });
        request.endHandler(end -> connection.close());
        request.resume();
        long timer = listener.vertx().setTimer(LINGER_MILLIS, over -> connection.close());
        connection.closeHandler(closed -> {
            listener.vertx().cancelTimer(timer);
            listener.closed(connection);
        });
    }

    /** The client is gone; there is nobody to answer. */
    void abandon() {
        if (!done) finish(CLIENT_GONE);
    }

    /** Counts the answer and lets go of what was reserved. Called once, by whoever gives the answer. */
    void finish(int status) {
        done = true;
        if (reserved > 0) listener.admission().release(reserved);
        reserved = 0;
        body = null;
        listener.admission().requestDone();
        listener.counters().answered(route, status, System.nanoTime() - begun);
    }
}
