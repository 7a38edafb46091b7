package io.millrace.gateway.http;

import static io.millrace.gateway.http.Served.json;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The end of a gateway. */
class DrainTest {
    @Test
    void whoWaitsIsAnsweredNewRequestsAreSentAwayAndWorkUnderWayIsFinished() throws Exception {
        var served = new Served();
        served.topic("d", 1);
        var waiting = served.sendLater(served.to("/v1/topics/d/records?wait=25s"));
        while (!served.get("/metrics").body().contains("millrace_http_long_polls 1")) Thread.onSpinWait();
        try (var socket = served.socket()) {
            // A publish whose body is not complete yet.
            socket.getOutputStream()
                    .write(
                            "POST /v1/topics/d/records HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 2\r\n\r\na"
                                    .getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            socket.getOutputStream().flush();
            while (!served.get("/metrics").body().contains("millrace_http_in_flight_bytes 1")) Thread.onSpinWait();
            var stopped = served.gateway.stop();
            assertThat(json(waiting.get(10, TimeUnit.SECONDS)).getJsonArray("records"))
                    .isEmpty();
            var refused = served.post("/v1/topics/d/records", "x");
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(json(refused).getString("code")).isEqualTo("DRAINING");
            assertThat(refused.headers().firstValue("Retry-After")).isPresent();
            socket.getOutputStream().write('b');
            socket.getOutputStream().flush();
            assertThat(Served.readAll(socket)).startsWith("HTTP/1.1 201");
            Served.await(stopped);
        }
        served.close();
    }
}
