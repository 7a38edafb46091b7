package io.millrace.gateway.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What hostile clients send over a WebSocket, as bytes, and that others are served as before. */
class HostileSocketTest {
    private static final int TEXT = 1;
    private static final int BINARY = 2;
    private static final int CLOSE = 8;
    private static final int PING = 9;
    private static final int FINAL = 0x80;

    static Served served;

    @BeforeAll
    static void start() {
        served = new Served(new HttpGatewayOptions()
                .setMaxSocketFrameBytes(64 << 10)
                .setSocketHeartbeatMillis(1_000)
                .setMaxSocketStallMillis(1_500)
                .setPublishWindow(10)
                .setMaxSockets(40));
        served.topic("t", 1);
    }

    @AfterAll
    static void stop() {
        served.close();
    }

    /** A WebSocket whose bytes are written by hand. */
    static final class Raw implements AutoCloseable {
        final Socket socket;
        final DataInputStream in;
        final List<String> texts = new ArrayList<>();

        Raw(String... headers) throws IOException {
            socket = served.socket();
            in = new DataInputStream(socket.getInputStream());
            var head = new StringBuilder("GET /v1/ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
                    + "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
            for (var header : headers) head.append(header).append("\r\n");
            if (headers.length == 0) head.append("Sec-WebSocket-Protocol: millrace.v1+json\r\n");
            write(head.append("\r\n").toString().getBytes(ISO_8859_1));
        }

        static Raw open(String... headers) throws IOException {
            var raw = new Raw(headers);
            assertThat(raw.head()).startsWith("HTTP/1.1 101");
            return raw;
        }

        String head() throws IOException {
            var head = new ByteArrayOutputStream();
            while (!head.toString(ISO_8859_1).endsWith("\r\n\r\n")) {
                int b = in.read();
                if (b < 0) break;
                head.write(b);
            }
            return head.toString(ISO_8859_1);
        }

        void write(byte[] bytes) throws IOException {
            socket.getOutputStream().write(bytes);
            socket.getOutputStream().flush();
        }

        /** One frame, masked with zeros. */
        void frame(int first, byte[] payload) throws IOException {
            frame(first, payload.length, payload);
        }

        void frame(int first, long announced, byte[] payload) throws IOException {
            var out = new ByteArrayOutputStream();
            out.write(first);
            if (announced < 126) {
                out.write(0x80 | (int) announced);
            } else if (announced < 65_536) {
                out.write(0x80 | 126);
                out.write((int) announced >> 8);
                out.write((int) announced);
            } else {
                out.write(0x80 | 127);
                for (int shift = 56; shift >= 0; shift -= 8) out.write((int) (announced >>> shift));
            }
            out.write(new byte[4]);
            out.write(payload);
            write(out.toByteArray());
        }

        void text(String text) throws IOException {
            frame(FINAL | TEXT, text.replace('\'', '"').getBytes(UTF_8));
        }

        /** Reads until the server closes; gives its code, or -1 when there was none. */
        int closeCode() throws IOException {
            try {
                while (true) {
                    int first = in.readUnsignedByte();
                    long length = in.readUnsignedByte();
                    if (length == 126) length = in.readUnsignedShort();
                    else if (length == 127) length = in.readLong();
                    var payload = in.readNBytes((int) length);
                    if ((first & 15) == TEXT) texts.add(new String(payload, UTF_8));
                    if ((first & 15) == CLOSE) return (payload[0] & 0xff) << 8 | (payload[1] & 0xff);
                }
            } catch (EOFException | SocketException gone) {
                return -1;
            }
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private static void closes(Raw raw, int code) throws IOException {
        try (raw) {
            assertThat(raw.closeCode()).as(raw.texts.toString()).isEqualTo(code);
        }
        assertThat(served.get("/health/live").statusCode()).isEqualTo(200);
    }

    @Test
    void whatIsNoWebSocketFrameClosesTheConnection() throws IOException {
        var unmasked = Raw.open();
        unmasked.write(new byte[] {(byte) (FINAL | TEXT), 2, '{', '}'});
        closes(unmasked, 1002);
        for (int opcode : new int[] {3, 4, 5, 6, 7, 11, 15}) {
            var raw = Raw.open();
            raw.frame(FINAL | opcode, new byte[0]);
            closes(raw, 1002);
        }
        var reserved = Raw.open();
        reserved.frame(FINAL | 0x40 | TEXT, "{}".getBytes(UTF_8));
        closes(reserved, 1002);
        var longPing = Raw.open();
        longPing.frame(FINAL | PING, new byte[126]);
        closes(longPing, 1002);
        var splitPing = Raw.open();
        splitPing.frame(PING, new byte[1]);
        closes(splitPing, 1002);
        var lone = Raw.open();
        lone.frame(FINAL, "{}".getBytes(UTF_8));
        closes(lone, 1002);
        var notMinimal = Raw.open();
        notMinimal.write(new byte[] {(byte) (FINAL | TEXT), (byte) (0x80 | 126), 0, 2, 0, 0, 0, 0, '{', '}'});
        closes(notMinimal, 1002);
    }

    @Test
    void whatIsTooLargeIsRefusedBeforeItIsThere() throws IOException {
        var huge = Raw.open();
        huge.frame(FINAL | TEXT, Long.MAX_VALUE, new byte[10]);
        closes(huge, 1009);
        var large = Raw.open();
        large.frame(FINAL | TEXT, (64 << 10) + 1, new byte[10]);
        closes(large, 1009);
        var endless = Raw.open();
        endless.frame(TEXT, new byte[30_000]);
        endless.frame(0, new byte[30_000]);
        endless.frame(0, new byte[30_000]);
        closes(endless, 1009);
    }

    @Test
    void textIsUtf8AndBinaryFramesAreNone() throws IOException {
        var latin = Raw.open();
        latin.frame(FINAL | TEXT, "{\"t\":\"ping\u00e4\"}".getBytes(ISO_8859_1));
        closes(latin, 1007);
        var binary = Raw.open();
        binary.frame(FINAL | BINARY, "{}".getBytes(UTF_8));
        closes(binary, 4400);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{}",
                "null",
                "{'t':'sub'",
                "{'t':'dance'}",
                "{'t':7}",
                "{'t':'sub','topic':'t'}",
                "{'t':'sub','ch':-1,'topic':'t'}",
                "{'t':'sub','ch':1.5,'topic':'t'}",
                "{'t':'sub','ch':99999999999,'topic':'t'}",
                "{'t':'sub','ch':1,'topic':{'a':1}}",
                "{'t':'sub','ch':1,'topic':'t','colour':'red'}",
                "{'t':'sub','ch':1,'topic':'t','view':'queue'}",
                "{'t':'sub','ch':1,'topic':'t','onGap':'cry'}",
                "{'t':'credit','ch':1}",
                "{'t':'credit','ch':1,'until':-1}",
                "{'t':'credit','ch':1,'until':'+1'}",
                "{'t':'credit','ch':1,'until':'99999999999999999999'}",
                "{'t':'credit','ch':1,'until':1,'drain':'yes'}",
                "{'t':'credit','ch':1,'until':1,'until':2}",
                "{'t':'ack','ch':1}",
                "{'t':'pub','topic':'t','value':1,'value':2}",
                "{'t':'pub','topic':'t','value':NaN}",
                "{'t':'ping'} {'t':'ping'}"
            })
    void aFrameThatIsNoneIsNamedAndClosesTheSocket(String frame) throws IOException {
        var raw = Raw.open();
        raw.text(frame);
        closes(raw, 4400);
        assertThat(raw.texts.get(raw.texts.size() - 1))
                .startsWith("{\"t\":\"error\",\"problem\":{")
                .contains("INVALID_ARGUMENT");
    }

    @Test
    void aBadPositionOrCursorIsAnErrorOfItsChannelOnly() {
        try (var wire = new Wire(served)) {
            for (var bad : new String[] {
                "'topic':'t','from':'middle'",
                "'topic':'t','cursor':'c1.x'",
                "'topic':'t','partition':5",
                "'topic':'t','from':'latest','cursor':'x'",
                "'topic':'../t'",
                "'topic':'nothing'",
                "'group':'g'"
            }) {
                wire.send("{'t':'sub','ch':1," + bad + "}");
                var error = wire.next("error");
                assertThat(error.getInteger("ch")).as(bad).isEqualTo(1);
                assertThat(error.getJsonObject("problem").getInteger("status")).isBetween(400, 404);
            }
            wire.send("{'t':'sub','ch':1,'topic':'t'}");
            wire.next("position");
        }
    }

    @Test
    void compressionIsNeverNegotiated() throws IOException {
        try (var raw = new Raw(
                "Sec-WebSocket-Protocol: millrace.v1+json",
                "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits, x-webkit-deflate-frame")) {
            assertThat(raw.head()).startsWith("HTTP/1.1 101").doesNotContainIgnoringCase("extensions");
            raw.frame(FINAL | 0x40 | TEXT, new byte[] {(byte) 0xab, 0x56, 0x2a, 0x51, (byte) 0xb2, 0, 0});
            assertThat(raw.closeCode()).isEqualTo(1002);
        }
    }

    @Test
    void theHandshakeKnowsItsHostsOriginsAndProtocols() throws IOException {
        var protocol = "Sec-WebSocket-Protocol: millrace.v1+json";
        refused(400, "Sec-WebSocket-Protocol: chat");
        refused(400, "X: y");
        refused(403, protocol, "Origin: https://evil.example");
        refused(403, protocol, "Origin: null");
        refused(400, protocol, "Host: localhost");
        try (var own = new Raw(protocol, "Origin: http://localhost")) {
            assertThat(own.head()).startsWith("HTTP/1.1 101");
        }
        var foreign = served.raw("GET /v1/ws HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
        assertThat(foreign).startsWith("HTTP/1.1 421");
        assertThat(served.get("/v1/ws").statusCode()).isEqualTo(426);
    }

    private static void refused(int status, String... headers) throws IOException {
        try (var raw = new Raw(headers)) {
            assertThat(raw.head()).as(String.join(" ", headers)).startsWith("HTTP/1.1 " + status);
        }
    }

    @Test
    void socketsHaveALimit() throws IOException {
        var all = new ArrayList<Raw>();
        try {
            int refusals = 0;
            for (int n = 0; n < 45 && refusals == 0; n++) {
                var raw = new Raw();
                all.add(raw);
                if (raw.head().startsWith("HTTP/1.1 503")) refusals++;
            }
            assertThat(refusals).isPositive();
        } finally {
            for (var raw : all) raw.close();
        }
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .until(() -> served.get("/metrics").body().contains("millrace_http_sockets 0"));
    }

    @Test
    void whoIsSilentIsGivenUpAndWhoAnswersPingsStays() throws Exception {
        var silent = Raw.open();
        try (var wire = new Wire(served)) {
            closes(silent, 4408);
            Thread.sleep(1_000);
            wire.send("{'t':'ping'}");
            wire.next("pong");
        }
    }

    @Test
    void aFloodOfPingsIsAFlowViolation() throws IOException {
        var raw = Raw.open();
        try {
            for (int n = 0; n < 5_000; n++) raw.frame(FINAL | PING, new byte[100]);
        } catch (SocketException cut) {
            // Cut off already.
        }
        try (raw) {
            assertThat(raw.closeCode()).isIn(4429, -1);
        }
        assertThat(served.get("/metrics").body()).contains("millrace_http_socket_closes_total{code=\"4429\"}");
    }

    @Test
    void whoPublishesFarBeyondHisCreditGoes() throws IOException {
        var raw = Raw.open();
        var frame = "{'t':'pub','topic':'t','value':1}";
        var many = new ByteArrayOutputStream();
        for (int n = 0; n < 1_000; n++) {
            many.write(FINAL | TEXT);
            many.write(0x80 | frame.length());
            many.write(new byte[4]);
            many.write(frame.replace('\'', '"').getBytes(UTF_8));
        }
        try {
            raw.write(many.toByteArray());
        } catch (SocketException cut) {
            // Cut off already.
        }
        try (raw) {
            assertThat(raw.closeCode()).isIn(4429, -1);
        }
    }

    @Test
    void whoNeverReadsIsCutWith4507AndTheLogIsNotReadForHim() {
        served.topic("slow", 1);
        var body = "x".repeat(50_000);
        for (int n = 0; n < 200; n++) served.post("/v1/topics/slow/records", body, "Content-Type", "text/plain");
        try (var wire = new Wire(served)) {
            wire.next("hello");
            wire.socket.pause();
            wire.send("{'t':'sub','ch':1,'topic':'slow'}");
            wire.send("{'t':'credit','ch':1,'until':'1000000'}");
            Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> served.get("/metrics")
                    .body()
                    .contains("millrace_http_socket_closes_total{code=\"4507\"} 1"));
            wire.socket.resume();
            assertThat(wire.closeCode()).isEqualTo(4507);
            long sent = wire.frames.stream()
                    .filter(frame -> frame.getString("t").startsWith("rec"))
                    .count();
            assertThat(sent * 50_000).isLessThan(8 << 20);
        }
    }
}
