package io.millrace.gateway.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Streams of records. */
class NdjsonTest {
    static final String HEAD =
            "POST /v1/topics/s/records HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n";
    static Served served;

    @BeforeAll
    static void start() {
        served = new Served(new HttpGatewayOptions().setMaxInFlightBytesPerConnection(64 << 10));
        served.topic("s", 1);
    }

    @AfterAll
    static void stop() {
        served.close();
    }

    @Test
    void eachLineIsAnsweredInOrderAndABadOneHarmsNoOther() {
        var answer = served.post(
                "/v1/topics/s/records",
                "{\"value\":1}\n{\"value\":\n\r\n{\"partition\":9,\"value\":1}\n{\"value\":2}",
                "Content-Type",
                "application/x-ndjson");
        var lines = answer.body().lines().map(JsonObject::new).toList();
        assertThat(lines).hasSize(4);
        assertThat(lines.get(0).getString("offset")).isNotNull();
        assertThat(lines.get(1).getInteger("status")).isEqualTo(400);
        assertThat(lines.get(2).getString("code")).isEqualTo("PARTITION_NOT_FOUND");
        assertThat(Long.parseLong(lines.get(3).getString("offset")))
                .isGreaterThan(Long.parseLong(lines.get(0).getString("offset")));
    }

    @Test
    void receiptsComeWhileTheStreamIsOpen() throws Exception {
        try (var socket = served.socket()) {
            var out = socket.getOutputStream();
            out.write((HEAD + "Transfer-Encoding: chunked\r\n\r\n").getBytes(UTF_8));
            var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
            long last = -1;
            for (int n = 0; n < 20; n++) {
                out.write("c\r\n{\"value\":1}\n\r\n".getBytes(UTF_8));
                var line = in.readLine();
                while (!line.startsWith("{")) line = in.readLine();
                long offset = Long.parseLong(new JsonObject(line).getString("offset"));
                assertThat(offset).isGreaterThan(last);
                last = offset;
            }
        }
    }

    @Test
    void whoDoesNotReadHisReceiptsIsNotReadFromUntilHeDoes() throws Exception {
        var sent = new AtomicLong();
        int lines = 400_000;
        try (var socket = served.socket()) {
            var out = socket.getOutputStream();
            out.write((HEAD + "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n").getBytes(UTF_8));
            var line = "{\"value\":\"" + "x".repeat(100) + "\"}\n";
            var chunk = (Integer.toHexString(100 * line.length()) + "\r\n" + line.repeat(100) + "\r\n").getBytes(UTF_8);
            var writer = new Thread(() -> {
                try {
                    for (int n = 0; n < lines / 100; n++) {
                        out.write(chunk);
                        sent.addAndGet(100);
                    }
                    out.write("0\r\n\r\n".getBytes(UTF_8));
                } catch (java.io.IOException gone) {
                    sent.set(Long.MIN_VALUE);
                }
            });
            writer.start();
            // The writer stands still while nobody reads; what the kernel buffers is far from all.
            long before = -1;
            for (long now = sent.get(); now != before; now = sent.get()) {
                before = now;
                TimeUnit.MILLISECONDS.sleep(700);
            }
            assertThat(before).isBetween(1L, lines - 100L);
            var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
            long receipts = 0;
            for (var text = in.readLine(); text != null; text = in.readLine()) {
                if (text.startsWith("{\"id\"")) receipts++;
            }
            writer.join();
            assertThat(receipts).isEqualTo(lines);
        }
        assertThat(served.get("/metrics").body()).contains("millrace_http_in_flight_bytes 0\n");
    }
}
