package io.millrace.server.client;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/1.1 connection to a broker, opened when needed and kept while the broker keeps it. One exchange at a time; the
 * body of an answer must be read to its end before the next. Not for several threads.
 */
final class HttpConnection implements AutoCloseable {
    private static final int CONNECT_MILLIS = 10_000;
    private static final int MOST_HEADER_BYTES = 64 << 10;
    private static final int BUFFER_BYTES = 64 << 10;

    /** An answer. {@code headers} has names in lower case. */
    record Answer(int status, Map<String, String> headers, InputStream body) {}

    private record Open(Socket socket, InputStream in, OutputStream out) {}

    private final URI base;
    private final int idleMillis;
    private @Nullable Open open;
    private boolean reusable;

    /** @param idleMillis how long an answer may take to begin or go on */
    HttpConnection(URI base, int idleMillis) {
        this.base = base;
        this.idleMillis = idleMillis;
    }

    /**
     * Sends a request and reads the head of the answer. A kept connection that the broker has closed meanwhile is noticed
     * before a byte is sent, and opened again.
     */
    Answer exchange(String method, String target, Map<String, String> headers, byte[] body, int length)
            throws IOException {
        if (open != null && reusable && closedByPeer()) close();
        var to = connected();
        reusable = false;
        try {
            to.out.write(head(method, target, headers, length));
            to.out.write(body, 0, length);
            to.out.flush();
        } catch (IOException e) {
            return refusedWhileSending(to, e);
        }
        return answer(to);
    }

    /** A server that refuses a body closes early, and says why before that. */
    private Answer refusedWhileSending(Open to, IOException failure) throws IOException {
        try {
            return answer(to);
        } catch (IOException e) {
            failure.addSuppressed(e);
            close();
            throw failure;
        }
    }

    private Answer answer(Open from) throws IOException {
        try {
            int budget = MOST_HEADER_BYTES;
            while (true) {
                var status = line(from.in, budget);
                if (!status.matches("HTTP/1\\.[01] [1-5][0-9][0-9]( .*)?")) {
                    throw new IOException(base + " does not speak HTTP: " + printable(status));
                }
                var headers = new HashMap<String, String>();
                for (var line = line(from.in, budget); !line.isEmpty(); line = line(from.in, budget)) {
                    budget -= line.length() + 2;
                    int colon = line.indexOf(':');
                    if (colon < 1) throw new IOException("header without a colon: " + printable(line));
                    headers.merge(
                            line.substring(0, colon).toLowerCase(Locale.ROOT),
                            line.substring(colon + 1).strip(),
                            (one, two) -> one + ", " + two);
                }
                int code = Integer.parseInt(status.substring(9, 12));
                if (code >= 200) return new Answer(code, headers, body(from, code, status, headers));
            }
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    private InputStream body(Open from, int code, String status, Map<String, String> headers) throws IOException {
        boolean keep = status.startsWith("HTTP/1.1")
                && !headers.getOrDefault("connection", "")
                        .toLowerCase(Locale.ROOT)
                        .contains("close");
        if (headers.getOrDefault("transfer-encoding", "")
                .toLowerCase(Locale.ROOT)
                .equals("chunked")) {
            return new Body(from.in, true, 0, keep);
        }
        var length = headers.get("content-length");
        if (length != null && length.matches("[0-9]{1,18}"))
            return new Body(from.in, false, Long.parseLong(length), keep);
        if (length != null) throw new IOException("content length " + printable(length));
        if (code == 204 || code == 304) return new Body(from.in, false, 0, keep);
        return new Body(from.in, false, Long.MAX_VALUE, false);
    }

    private byte[] head(String method, String target, Map<String, String> headers, int length) {
        var head = new StringBuilder(256);
        head.append(method)
                .append(' ')
                .append(base.getRawPath().replaceAll("/+$", ""))
                .append(target);
        head.append(" HTTP/1.1\r\nHost: ").append(base.getRawAuthority()).append("\r\n");
        headers.forEach(
                (name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
        if (length > 0 || !method.equals("GET"))
            head.append("Content-Length: ").append(length).append("\r\n");
        return head.append("\r\n").toString().getBytes(ISO_8859_1);
    }

    private Open connected() throws IOException {
        var now = open;
        if (now != null && reusable) return now;
        close();
        boolean tls = "https".equals(base.getScheme());
        int port = base.getPort() >= 0 ? base.getPort() : tls ? 443 : 80;
        var host = base.getHost().replaceAll("[\\[\\]]", "");
        var socket = new Socket();
        try {
            socket.connect(new InetSocketAddress(host, port), CONNECT_MILLIS);
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(idleMillis);
            if (tls) socket = secured(socket, host, port);
            var fresh = new Open(
                    socket, new BufferedInputStream(socket.getInputStream(), BUFFER_BYTES), socket.getOutputStream());
            open = fresh;
            return fresh;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    private static Socket secured(Socket plain, String host, int port) throws IOException {
        var socket =
                (SSLSocket) ((SSLSocketFactory) SSLSocketFactory.getDefault()).createSocket(plain, host, port, true);
        var parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return socket;
    }

    /** Whether the broker has closed a connection that was kept: it does not speak unless spoken to. */
    private boolean closedByPeer() {
        var now = open;
        if (now == null) return true;
        try {
            now.socket.setSoTimeout(1);
            try {
                now.in.read();
                return true; // closed, or it spoke out of turn
            } catch (SocketTimeoutException quiet) {
                return false;
            } finally {
                now.socket.setSoTimeout(idleMillis);
            }
        } catch (IOException e) {
            return true;
        }
    }

    private static String line(InputStream in, int budget) throws IOException {
        var line = new StringBuilder(80);
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) throw new EOFException("the broker closed the connection before it answered");
            if (line.length() >= budget)
                throw new IOException("the head of the answer is over " + MOST_HEADER_BYTES + " bytes");
            line.append((char) c);
        }
        int length = line.length();
        if (length > 0 && line.charAt(length - 1) == '\r') line.setLength(length - 1);
        return line.toString();
    }

    static String printable(String text) {
        return text.substring(0, Math.min(text.length(), 80)).replaceAll("[^\\x20-\\x7e]", "?");
    }

    @Override
    public void close() {
        var now = open;
        open = null;
        reusable = false;
        if (now == null) return;
        try {
            now.socket.close();
        } catch (IOException e) {
            // nothing can be done, and nothing depends on it
        }
    }

    /** The bytes of one answer. When they end, the connection may be used again. */
    private final class Body extends InputStream {
        private final InputStream in;
        private final boolean chunked;
        private final boolean keep;
        private long left;
        private boolean ended;
        private boolean first = true;

        Body(InputStream in, boolean chunked, long length, boolean keep) {
            this.in = in;
            this.chunked = chunked;
            this.left = length;
            this.keep = keep;
            if (!chunked && length == 0) end();
        }

        @Override
        public int read() throws IOException {
            var one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int at, int length) throws IOException {
            if (length == 0) return 0;
            if (!ended && chunked && left == 0) nextChunk();
            if (ended) return -1;
            int count = in.read(bytes, at, (int) Math.min(length, left));
            if (count < 0) {
                if (chunked || left < Long.MAX_VALUE / 2) throw new EOFException("the answer stops in the middle");
                end();
                return -1;
            }
            left -= count;
            if (left == 0 && !chunked) end();
            return count;
        }

        private void nextChunk() throws IOException {
            if (!first && !line(in, 2).isEmpty()) throw new IOException("a chunk is longer than it says");
            first = false;
            var size = line(in, 1024).split(";", 2)[0].strip();
            if (!size.matches("[0-9a-fA-F]{1,15}")) throw new IOException("chunk size " + printable(size));
            left = Long.parseLong(size, 16);
            if (left > 0) return;
            for (int budget = MOST_HEADER_BYTES; ; ) {
                var trailer = line(in, budget);
                budget -= trailer.length();
                if (trailer.isEmpty()) break;
            }
            end();
        }

        private void end() {
            ended = true;
            reusable = keep;
            if (!keep) HttpConnection.this.close();
        }

        /** Reads what is left when it is little; otherwise the connection is not used again. */
        @Override
        public void close() throws IOException {
            if (ended) return;
            var scratch = new byte[8192];
            for (int n = 0; n < 8; n++) if (read(scratch, 0, scratch.length) < 0) return;
            HttpConnection.this.close();
        }
    }
}
