package io.millrace.gateway.http;

import static io.millrace.gateway.http.Served.json;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What is limited for all clients together, and who keeps the gateway waiting. */
class LimitsTest {
    private static final int BUDGET = 1 << 20;
    private static final int HELD = 900_000;
    private static final String HEAD = "POST /v1/topics/t/records HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";

    static Served served;

    @BeforeAll
    static void start() {
        served = new Served(new HttpGatewayOptions()
                .setMaxInFlightBytes(BUDGET)
                .setHeadTimeoutMillis(2_000)
                .setMinBodyBytesPerSecond(1_000));
        served.topic("t", 1);
    }

    @AfterAll
    static void stop() {
        served.close();
    }

    private static void assertTriedAgainLater(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).isEqualTo(429);
        assertThat(answer.headers().firstValueAsLong("Retry-After")).isPresent();
        var problem = json(answer);
        assertThat(problem.getString("code")).isEqualTo("BUFFER_FULL");
        assertThat(problem.getBoolean("retryable")).isTrue();
        assertThat(problem.getString("outcome")).isEqualTo("notStored");
    }

    @Test
    void publishesBeyondTheBudgetOfAllAreRefusedUntilThereIsRoomAgain() throws Exception {
        try (var socket = served.socket()) {
            var out = socket.getOutputStream();
            out.write((HEAD + "Content-Length: " + (HELD + 1) + "\r\n\r\n").getBytes(ISO_8859_1));
            out.write(new byte[HELD]);
            out.flush();
            await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> assertTriedAgainLater(publish(200_000)));
            assertThat(publish(10).statusCode()).as("there is room for it").isEqualTo(201);
            out.write('x');
            assertThat(Served.readAll(socket)).startsWith("HTTP/1.1 201");
        }
        assertThat(publish(200_000).statusCode()).isEqualTo(201);
    }

    private static HttpResponse<String> publish(int bytes) {
        return served.send(served.to("/v1/topics/t/records").POST(BodyPublishers.ofByteArray(new byte[bytes])));
    }

    @Test
    void readsBeyondTheBudgetOfAllAreRefusedUntilThereIsRoomAgain() throws Exception {
        served.topic("empty", 1);
        var path = "/v1/topics/empty/records?maxBytes=" + HELD;
        var waiting = served.sendLater(served.to(path + "&wait=20s").GET());
        await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> assertTriedAgainLater(served.get(path)));
        assertThat(served.get("/v1/topics/empty/records?maxBytes=1000").statusCode())
                .isEqualTo(200);
        assertThat(served.post("/v1/topics/empty/records", "x").statusCode())
                .as("readers keep nobody from writing")
                .isEqualTo(201);
        assertThat(json(waiting.get()).getJsonArray("records")).hasSize(1);
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(served.get(path).statusCode()).isEqualTo(200));
    }

    @Test
    void whoSendsHisBodySlowlyIsAnsweredAndCutWhileOthersWork() throws Exception {
        try (var socket = served.socket()) {
            var out = socket.getOutputStream();
            out.write((HEAD + "Content-Length: 5000\r\n\r\n").getBytes(ISO_8859_1));
            var dripping = new Thread(() -> {
                try {
                    for (int n = 0; n < 4_000; n++) {
                        out.write('x');
                        Thread.sleep(10);
                    }
                } catch (java.io.IOException | InterruptedException cut) {
                    // As it should be.
                }
            });
            dripping.start();
            int others = 0;
            while (socket.getInputStream().available() == 0 && others < 10_000) {
                assertThat(publish(10).statusCode()).isEqualTo(201);
                others++;
                Thread.sleep(5);
            }
            var answer = Served.readAll(socket);
            assertThat(answer).startsWith("HTTP/1.1 408").contains("REQUEST_TIMEOUT", "\"outcome\":\"notStored\"");
            assertThat(others).isGreaterThan(10);
            dripping.interrupt();
            dripping.join();
        }
    }
}
