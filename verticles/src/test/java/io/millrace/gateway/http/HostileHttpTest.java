package io.millrace.gateway.http;

import static io.millrace.gateway.http.Served.json;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What hostile clients send, as bytes on the socket, and that the gateway serves others as before. */
class HostileHttpTest {
    static final String HEAD = "POST /v1/topics/t/records HTTP/1.1\r\nHost: localhost\r\n";
    static Served served;

    @BeforeAll
    static void start() {
        served = new Served(new HttpGatewayOptions()
                .setHeadTimeoutMillis(1_000)
                .setMaxConnectionsPerAddress(20)
                .setMaxJsonBodyBytes(64 << 10));
        served.topic("t", 1);
    }

    @AfterAll
    static void stop() {
        served.close();
    }

    private static void refused(String bytes, int status) {
        var answer = served.raw(bytes);
        assertThat(answer)
                .as(bytes.substring(0, Math.min(100, bytes.length())))
                .containsPattern("^HTTP/1\\.[01] " + status + " ");
        assertThat(answer).contains("application/problem+json").contains("\"outcome\":\"notStored\"");
        assertThat(served.get("/health/live").statusCode()).isEqualTo(200);
    }

    @Test
    void lengthsThatContradictEachOtherAreRefused() {
        refused(HEAD + "Content-Length: 3\r\nContent-Length: 5\r\n\r\nabcde", 400);
        refused(HEAD + "Content-Length: abc\r\n\r\nabc", 400);
        refused(HEAD + "Content-Length: -1\r\n\r\nabc", 400);
        refused(HEAD + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400);
    }

    @Test
    void linesThatTwoReadersUnderstandDifferentlyAreRefused() {
        refused(HEAD + "X-Folded: one\r\n two\r\nContent-Length: 0\r\n\r\n", 400);
        refused(HEAD + "Content-Length : 3\r\n\r\nabc", 400);
        refused("POST /v1/topics/t/records HTTP/1.1\nHost: localhost\nContent-Length: 0\n\n", 400);
        refused("\u0001GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n", 400);
        refused("\u0016\u0003\u0001\u0002\r\n\r\n", 400);
    }

    @Test
    void whatIsTooLongIsRefused() {
        refused("GET /" + "a".repeat(5_000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n", 414);
        refused(HEAD + "X-Long: " + "a".repeat(9_000) + "\r\n\r\n", 431);
        refused(HEAD + "Content-Length: 2147483648\r\n\r\n", 413);
        refused(HEAD + "Content-Length: 99999999999999999999\r\n\r\n", 400);
        refused(HEAD + "Content-Type: " + MediaType.BATCH + "\r\nContent-Length: 70000\r\n\r\n", 413);
        var chunked =
                new StringBuilder(HEAD + "Content-Type: " + MediaType.BATCH + "\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (int n = 0; n < 20; n++)
            chunked.append("1000\r\n").append("a".repeat(0x1000)).append("\r\n");
        refused(chunked.toString(), 413);
    }

    @Test
    void aNameThatIsNotOursIsMisdirectedAndAForeignPageIsForbidden() {
        refused("GET /v1/topics HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", 421);
        refused("GET /v1/topics HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\nConnection: close\r\n\r\n", 400);
        refused("GET /v1/topics HTTP/1.1\r\nConnection: close\r\n\r\n", 400);
        refused(
                "GET /v1/topics HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\nConnection: close\r\n\r\n",
                403);
        refused("GET /v1/topics HTTP/1.1\r\nHost: localhost\r\nOrigin: null\r\nConnection: close\r\n\r\n", 403);
        var own = served.raw(
                "GET /v1/topics HTTP/1.1\r\nHost: localhost:1\r\nOrigin: http://localhost:1\r\nConnection: close\r\n\r\n");
        assertThat(own).startsWith("HTTP/1.1 200");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v1/topics/..%2f..%2fetc",
                "/v1/topics/%00",
                "/v1/topics/a;b",
                "/v1/topics/%252e",
                "/v1/topics/%zz",
                "/v1/topics/..",
                "/v1/topics/%2e%2e/records",
                "/v1/topics/a%20b/records"
            })
    void pathsThatMeanSomethingElseAreRefused(String path) {
        var answer = served.raw("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        assertThat(answer).matches("(?s)HTTP/1.1 (400|404) .*");
        assertThat(answer).contains("application/problem+json");
    }

    @Test
    void wrongMethodsTypesAndParametersAreNamed() {
        var wrong = served.send(served.to("/v1/topics/t/records").DELETE());
        assertThat(wrong.statusCode()).isEqualTo(405);
        assertThat(wrong.headers().firstValue("Allow")).contains("POST, GET, OPTIONS");
        assertThat(served.get("/nothing").statusCode()).isEqualTo(404);
        assertThat(served.post("/v1/topics/t/records", "x", "Content-Encoding", "gzip")
                        .statusCode())
                .isEqualTo(415);
        assertThat(served.post("/v1/topics/t/records", "{}", "Content-Type", "application/json; charset=utf-16")
                        .statusCode())
                .isEqualTo(415);
        assertThat(served.post("/v1/topics/t:addPartitions", "x", "Content-Type", "text/plain")
                        .statusCode())
                .isEqualTo(415);
        assertThat(served.get("/v1/topics/t/records?" + "a=1&".repeat(800)).statusCode())
                .isEqualTo(400);
        assertThat(served.get("/v1/topics/t/records?limt=1").body()).contains("limt");
        assertThat(served.send(served.to("/v1/topics/t/records").header("Accept", "image/png"))
                        .statusCode())
                .isEqualTo(406);
        assertThat(served.post("/v1/topics/t/records", "x", "Record-Delay", "5s")
                        .statusCode())
                .isEqualTo(400);
        assertThat(served.post("/v1/topics/t/records", "x", "Acks", "2").statusCode())
                .isEqualTo(400);
        assertThat(json(served.post("/v1/topics/tt/records", "x")).getString("detail"))
                .contains("near names: t");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"records\":[{\"value\":1,\"value\":2}]}",
                "{\"records\":[{\"value\":{\"a\":1,\"a\":2}}]}",
                "{\"records\":[{\"value\":NaN}]}",
                "{\"records\":[{\"value\":1e400}]}",
                "{\"records\":[{\"value\":\"\\ud800\"}]}",
                "{\"records\":[{\"value\":01}]}",
                "{\"records\":[{\"value\":1}]} {}",
                "{\"records\":[{\"value\":1}",
                "\u00ef\u00bb\u00bf{\"records\":[]}",
                "{\"records\":[{\"key\":\"\u00ff\"}]}",
                "",
                "[]",
                "{\"records\":{}}",
                "{\"records\":[],\"x\":1}",
                "{\u0000\"records\":[]}",
                "{'records':[]}",
                "// c\n{\"records\":[]}"
            })
    void jsonThatIsNoneIsRefusedWithItsPositionAndNothingIsStored(String body) {
        served.put("/v1/topics/clean", "{}");
        var bytes = body.getBytes(ISO_8859_1);
        var head = "POST /v1/topics/clean/records HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: "
                + MediaType.BATCH + "\r\nContent-Length: " + bytes.length + "\r\n\r\n";
        refused(head + body, 400);
        assertThat(served.json("/v1/topics/clean/records").getJsonArray("records"))
                .isEmpty();
    }

    @Test
    void deepNestingIsRefused() {
        var deep = "{\"records\":[{\"value\":" + "[".repeat(100) + "]".repeat(100) + "}]}";
        var answer = served.batch("t", deep);
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("line 1, column");
    }

    @Test
    void whoSendsHisHeadersSlowlyIsCutOff() throws Exception {
        try (var socket = served.socket()) {
            long begun = System.nanoTime();
            socket.getOutputStream().write("GET / HTTP/1.1\r\nHost:".getBytes(ISO_8859_1));
            assertThat(Served.readAll(socket)).isEmpty();
            assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun)).isBetween(900L, 15_000L);
        }
    }

    @Test
    void connectionsBeyondTheLimitOfAnAddressAreClosed() throws Exception {
        var sockets = new java.util.ArrayList<java.net.Socket>();
        try {
            int closed = 0;
            for (int n = 0; n < 40; n++) sockets.add(served.socket());
            for (var socket : sockets) {
                socket.setSoTimeout(300);
                try {
                    if (socket.getInputStream().read() < 0) closed++;
                } catch (java.net.SocketTimeoutException open) {
                    // Let in.
                } catch (java.net.SocketException reset) {
                    closed++;
                }
                if (closed > 0) break;
            }
            assertThat(closed).isPositive();
        } finally {
            for (var socket : sockets) socket.close();
        }
    }
}
