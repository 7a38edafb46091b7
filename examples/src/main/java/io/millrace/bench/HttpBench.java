package io.millrace.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.Locale;

/**
 * Publishes over HTTP to a running server, one request in flight on each connection, from one thread that does nothing
 * but write prepared bytes and look for the end of the answer. {@code HttpBench URL [seconds]}.
 */
public final class HttpBench {
    private static final int BATCH = 100;
    private static final int VALUE_BYTES = 200;

    private final InetSocketAddress address;
    private final byte[] request;
    private final Selector selector;
    private long answers;

    private HttpBench(URI url, String path, String contentType, byte[] body) throws IOException {
        this.address = new InetSocketAddress(url.getHost(), url.getPort());
        this.selector = Selector.open();
        var head = "POST " + path + " HTTP/1.1\r\nhost: " + url.getHost() + ":" + url.getPort() + "\r\ncontent-type: "
                + contentType + "\r\ncontent-length: " + body.length + "\r\n\r\n";
        this.request = ByteBuffer.allocate(head.length() + body.length)
                .put(head.getBytes(ISO_8859_1))
                .put(body)
                .array();
    }

    public static void main(String[] args) throws Exception {
        var url = URI.create(args[0]);
        int seconds = args.length > 1 ? Integer.parseInt(args[1]) : 5;
        for (var flush : new String[] {"os", "commit"}) {
            var topic = "bench-" + flush;
            create(url, topic, flush);
            var path = "/v1/topics/" + topic + "/records";
            var value = "x".repeat(VALUE_BYTES);
            for (int round = 1; round <= 3; round++) {
                for (int connections : new int[] {1, 64}) {
                    double singles = new HttpBench(url, path, "text/plain", value.getBytes(ISO_8859_1))
                            .run(connections, seconds);
                    print(
                            "round %d flush=%-6s raw, %2d connections %,12.0f records/s",
                            round, flush, connections, singles);
                }
                var records = ("{\"value\":\"" + value + "\"},").repeat(BATCH);
                var body = "{\"records\":[" + records.substring(0, records.length() - 1) + "]}";
                double batches = new HttpBench(
                                url, path, "application/vnd.millrace.batch+json", body.getBytes(ISO_8859_1))
                        .run(8, seconds);
                print(
                        "round %d flush=%-6s JSON batches of %d, 8 connections %,12.0f records/s",
                        round, flush, BATCH, batches * BATCH);
            }
        }
    }

    private static void create(URI url, String topic, String flush) throws Exception {
        var created = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(url.resolve("/v1/topics/" + topic))
                                .header("content-type", "application/json")
                                .PUT(BodyPublishers.ofString(
                                        "{\"partitions\":1,\"config\":{\"flush\":\"" + flush + "\"}}"))
                                .build(),
                        BodyHandlers.ofString());
        if (created.statusCode() >= 300) throw new IllegalStateException(created.body());
    }

    /** Answers per second. */
    private double run(int connections, int seconds) throws IOException {
        for (int n = 0; n < connections; n++) {
            var channel = SocketChannel.open(address);
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_WRITE, new Connection(channel));
        }
        long began = System.nanoTime();
        long end = began + seconds * 1_000_000_000L;
        while (System.nanoTime() < end) {
            selector.select(10);
            var ready = selector.selectedKeys();
            for (var key : ready) ((Connection) key.attachment()).advance(key);
            ready.clear();
        }
        double rate = answers * 1e9 / (System.nanoTime() - began);
        for (var key : selector.keys()) key.channel().close();
        selector.close();
        return rate;
    }

    private final class Connection {
        private final SocketChannel channel;
        private final ByteBuffer out =
                ByteBuffer.allocateDirect(request.length).put(request).flip();
        private final ByteBuffer in = ByteBuffer.allocate(64 << 10);

        Connection(SocketChannel channel) {
            this.channel = channel;
        }

        void advance(SelectionKey key) throws IOException {
            if (key.isReadable()) {
                if (channel.read(in) < 0) throw new IOException("the server closed a connection");
                int size = answerSize();
                if (size < 0 || in.position() < size) return;
                in.clear();
                answers++;
                out.rewind();
            }
            channel.write(out);
            key.interestOps(out.hasRemaining() ? SelectionKey.OP_WRITE : SelectionKey.OP_READ);
        }

        /** The bytes of the answer that begins in the buffer; -1 while its head is not whole. */
        private int answerSize() {
            var text = new String(in.array(), 0, Math.min(in.position(), 1024), ISO_8859_1);
            int end = text.indexOf("\r\n\r\n");
            if (end < 0) return -1;
            if (!text.startsWith("HTTP/1.1 20")) throw new IllegalStateException(text);
            int length = text.indexOf("content-length: ");
            return end + 4 + Integer.parseInt(text.substring(length + 16, text.indexOf('\r', length)));
        }
    }

    private static void print(String format, Object... args) {
        System.out.println(String.format(Locale.ROOT, format, args));
    }
}
