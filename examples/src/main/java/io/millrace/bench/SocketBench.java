package io.millrace.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Fan-out over WebSockets of a running server: so many sockets follow one topic, into which so many records a second are
 * published over another socket, and the time from there to each of them is measured; or so many sockets that are only
 * open, and what the server's memory grows by. {@code SocketBench URL fanout [sockets [records/s [seconds]]]} or {@code
 * SocketBench URL idle [sockets [pid of the server]]}. One thread, which looks for a time in the bytes and for nothing
 * else. The server needs limits to match: {@code --http-max-connections}, {@code --http-max-connections-per-address}.
 */
public final class SocketBench {
    private static final int VALUE_BYTES = 200;
    private static final int WARM_UP_SECONDS = 3;

    private final InetSocketAddress address;
    private final Selector selector;
    private final ByteBuffer in = ByteBuffer.allocateDirect(256 << 10);
    private long[] nanos = new long[1 << 20];
    private int count;
    private long received;

    /** One socket that follows; the time in a value is between two signs, which may come in two reads. */
    private static final class Follower {
        boolean isInTime;
        long time;
    }

    private SocketBench(URI url) throws IOException {
        this.address = new InetSocketAddress(url.getHost(), url.getPort());
        this.selector = Selector.open();
    }

    public static void main(String[] args) throws Exception {
        var url = URI.create(args[0]);
        int sockets = args.length > 2 ? Integer.parseInt(args[2]) : args[1].equals("idle") ? 10_000 : 500;
        var bench = new SocketBench(url);
        if (args[1].equals("idle")) {
            bench.idle(sockets, args.length > 3 ? args[3] : null);
        } else {
            int rate = args.length > 3 ? Integer.parseInt(args[3]) : 100;
            int seconds = args.length > 4 ? Integer.parseInt(args[4]) : 10;
            create(url);
            bench.fanout(sockets, rate, seconds);
        }
    }

    private static void create(URI url) throws Exception {
        var created = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(url.resolve("/v1/topics/bench-fanout"))
                                .header("content-type", "application/json")
                                .PUT(BodyPublishers.ofString("{\"partitions\":1}"))
                                .build(),
                        BodyHandlers.ofString());
        if (created.statusCode() >= 300) throw new IllegalStateException(created.body());
    }

    private SocketChannel open() throws IOException {
        var channel = SocketChannel.open(address);
        var host = address.getHostString() + ":" + address.getPort();
        write(
                channel,
                ("GET /v1/ws HTTP/1.1\r\nHost: " + host + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                                + "Sec-WebSocket-Protocol: millrace.v1+json\r\n\r\n")
                        .getBytes(ISO_8859_1));
        var answer = ByteBuffer.allocate(64);
        if (channel.read(answer) < 12 || !new String(answer.array(), 0, 12, ISO_8859_1).equals("HTTP/1.1 101")) {
            throw new IOException("no WebSocket: " + new String(answer.array(), ISO_8859_1).strip());
        }
        return channel;
    }

    private static void write(SocketChannel channel, byte[] bytes) throws IOException {
        for (var out = ByteBuffer.wrap(bytes); out.hasRemaining(); ) channel.write(out);
    }

    /** A text frame, masked with zeros. */
    private static byte[] frame(String text) {
        var out = new ByteArrayOutputStream();
        out.write(0x81);
        if (text.length() < 126) {
            out.write(0x80 | text.length());
        } else {
            out.write(0x80 | 126);
            out.write(text.length() >> 8);
            out.write(text.length());
        }
        out.writeBytes(new byte[4]);
        out.writeBytes(text.getBytes(ISO_8859_1));
        return out.toByteArray();
    }

    private void fanout(int sockets, int rate, int seconds) throws IOException {
        for (int n = 0; n < sockets; n++) {
            var channel = open();
            write(channel, frame("{\"t\":\"sub\",\"ch\":1,\"topic\":\"bench-fanout\",\"from\":\"latest\"}"));
            write(channel, frame("{\"t\":\"credit\",\"ch\":1,\"until\":\"1000000000\"}"));
            follow(channel);
        }
        var publisher = open();
        publisher.configureBlocking(false);
        publisher.register(selector, SelectionKey.OP_READ, new Follower());
        long begun = System.nanoTime();
        long published = 0;
        long total = (long) rate * (WARM_UP_SECONDS + seconds);
        long end = begun + 1_000_000_000L * (WARM_UP_SECONDS + seconds + 2);
        boolean isWarm = false;
        var pad = "x".repeat(VALUE_BYTES - 21);
        while (System.nanoTime() < end) {
            long now = System.nanoTime();
            if (!isWarm && now - begun > WARM_UP_SECONDS * 1_000_000_000L) {
                isWarm = true;
                count = 0;
                received = 0;
            }
            long due = Math.min(total, (now - begun) * rate / 1_000_000_000L);
            for (; published < due; published++) {
                var value = "@" + String.format(Locale.ROOT, "%019d", now) + "@" + pad;
                write(publisher, frame("{\"t\":\"pub\",\"topic\":\"bench-fanout\",\"valueText\":\"" + value + "\"}"));
            }
            read(1);
        }
        Arrays.sort(nanos, 0, count);
        System.out.printf(
                Locale.ROOT,
                "%d sockets, %d records/s of %d bytes: %,d of %,d deliveries, p50 %.1f ms, p99 %.1f ms, max %.1f ms%n",
                sockets,
                rate,
                VALUE_BYTES,
                received,
                (long) sockets * rate * seconds,
                nanos[count / 2] / 1e6,
                nanos[(int) (count * 0.99)] / 1e6,
                nanos[Math.max(0, count - 1)] / 1e6);
    }

    private void follow(SocketChannel channel) throws IOException {
        channel.configureBlocking(false);
        channel.register(selector, SelectionKey.OP_READ, new Follower());
    }

    private void read(long millis) throws IOException {
        selector.select(
                key -> {
                    try {
                        read((SocketChannel) key.channel(), (Follower) key.attachment());
                    } catch (IOException failed) {
                        throw new IllegalStateException(failed);
                    }
                },
                millis);
    }

    private void read(SocketChannel channel, Follower follower) throws IOException {
        in.clear();
        if (channel.read(in) < 0) throw new IOException("the server has closed a socket");
        in.flip();
        long now = System.nanoTime();
        while (in.hasRemaining()) {
            byte b = in.get();
            if (b == '@') {
                if (follower.isInTime && follower.time > 0) took(now - follower.time);
                follower.isInTime = !follower.isInTime;
                follower.time = 0;
            } else if (follower.isInTime) {
                follower.time = b >= '0' && b <= '9' ? 10 * follower.time + b - '0' : 0;
            }
        }
    }

    private void took(long time) {
        received++;
        if (count == nanos.length) nanos = Arrays.copyOf(nanos, 2 * count);
        nanos[count++] = time;
    }

    private void idle(int sockets, @Nullable String pid) throws Exception {
        var open = new ArrayList<SocketChannel>();
        long before = resident(pid);
        open(open, sockets);
        Thread.sleep(3_000);
        long after = resident(pid);
        System.out.printf(
                Locale.ROOT,
                "%d idle sockets: resident memory %,d KiB -> %,d KiB, %.1f KiB each%n",
                sockets,
                before,
                after,
                (after - before) / (double) sockets);
        for (var channel : open) channel.close();
    }

    private void open(List<SocketChannel> open, int sockets) throws IOException {
        for (int n = 0; n < sockets; n++) open.add(open());
    }

    /** What the process has in memory, in KiB; 0 without a process. */
    private static long resident(@Nullable String pid) throws IOException {
        if (pid == null) return 0;
        for (var line : Files.readAllLines(Path.of("/proc", pid, "status"))) {
            if (line.startsWith("VmRSS:")) return Long.parseLong(line.replaceAll("[^0-9]", ""));
        }
        return 0;
    }
}
