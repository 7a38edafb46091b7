package io.millrace.server.client;

import static io.millrace.server.client.SmallBroker.problem;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.CommandRun;
import io.millrace.server.Exit;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommandsTest {
    @TempDir
    Path directory;

    private SmallBroker broker;

    @BeforeEach
    void start() throws IOException {
        broker = new SmallBroker();
    }

    @AfterEach
    void stop() {
        broker.close();
    }

    private CommandRun run(byte[] stdin, String... args) {
        return CommandRun.of(stdin, Map.of("MILLRACE_URL", broker.url()), args);
    }

    private CommandRun run(String... args) {
        return run(new byte[0], args);
    }

    @Test
    void linesOfAnyBytesComeBackAsTheyWere() {
        var input = new ByteArrayOutputStream();
        for (int n = 0; n < 256; n++) if (n != '\n') input.write(n);
        input.writeBytes("\n\n\r\n\0\n\u00e4\u20ac\ud83d\ude00 \"quoted\\\" \n".getBytes(UTF_8));
        input.writeBytes("\u00e4\n".getBytes(ISO_8859_1));
        input.writeBytes(("x".repeat(300_000) + "\n").getBytes(UTF_8));
        var bytes = input.toByteArray();
        var produced = run(bytes, "produce", "t");
        assertThat(produced.code()).as(produced.err()).isEqualTo(Exit.SUCCESS);
        assertThat(produced.out()).isEqualTo("7\n");
        assertThat(produced.err()).contains("7 records acknowledged");
        var consumed = run("consume", "t");
        assertThat(consumed.code()).isEqualTo(Exit.SUCCESS);
        assertThat(consumed.stdout()).isEqualTo(bytes);
        assertThat(consumed.err()).isEmpty();
    }

    @Test
    void manyLinesStayInOrderAndAreAllCounted() throws Exception {
        var input = new StringBuilder();
        for (int n = 0; n < 60_000; n++) input.append("line ").append(n).append(" of the log\n");
        var file = Files.writeString(directory.resolve("in"), input);
        assertThat(run("produce", "t", "--file", file.toString()).out()).isEqualTo("60000\n");
        broker.pageSize(10_000);
        assertThat(run("consume", "t").out()).isEqualTo(input.toString());
    }

    @Test
    void anEmptyInputIsNoRecord() {
        var run = run("produce", "t");
        assertThat(run.code()).isEqualTo(Exit.SUCCESS);
        assertThat(run.out()).isEqualTo("0\n");
        assertThat(run("consume", "t").stdout()).isEmpty();
    }

    @Test
    void keysAreCutOffAtTheSeparatorWhichEachLineMustHave() {
        assertThat(run("a\tb\tc\n\tx\n".getBytes(UTF_8), "produce", "t", "--key-separator", "\\t")
                        .code())
                .isEqualTo(Exit.SUCCESS);
        assertThat(broker.records).extracting(record -> record.get("key")).containsExactly("a", "");
        assertThat(broker.records).extracting(record -> record.get("valueText")).containsExactly("b\tc", "x");
        var wrong = run("a=1\nb\n".getBytes(UTF_8), "produce", "t", "--key-separator", "=");
        assertThat(wrong.code()).isEqualTo(Exit.FAILED);
        assertThat(wrong.err()).contains("line 2", "no key separator");
        assertThat(wrong.out()).isEqualTo("1\n");
    }

    @Test
    void thePartitionGoesWithEachRecord() {
        run("a\n".getBytes(UTF_8), "produce", "t", "--partition", "7");
        assertThat(broker.records.get(0).get("partition")).isEqualTo(7);
    }

    @Test
    void aLineOverTheLimitIsNamedWithSizeAndLimit() {
        broker.maxMessageBytes = 1000;
        var run = run(("ok\n" + "x".repeat(1001) + "\nafter\n").getBytes(UTF_8), "produce", "t");
        assertThat(run.code()).isEqualTo(Exit.FAILED);
        assertThat(run.err()).contains("line 2 ", "1001 bytes", "1000");
        assertThat(run.out()).isEqualTo("1\n");
        assertThat(broker.records).hasSize(1);
    }

    @Test
    void aLineThatIsTooLongForABatchGoesAloneInItsPlace() {
        broker.maxMessageBytes = 10 << 20;
        var large = "y".repeat(3 << 20);
        var run = run(("k=a\nkey=" + large + "\nk=b\n").getBytes(UTF_8), "produce", "t", "--key-separator", "=");
        assertThat(run.code()).as(run.err()).isEqualTo(Exit.SUCCESS);
        assertThat(broker.records).extracting(record -> record.get("valueText")).containsExactly("a", large, "b");
        assertThat(broker.records.get(1).get("key")).isEqualTo("key");
    }

    @Test
    void whatIsRefusedForNowIsSentAgainAndOnlyThat() {
        broker.refusals.add(n -> n % 2 == 0 ? problem("DISK_FULL", true) : null);
        broker.refusals.add(n -> problem("NOT_LEADER", true));
        var run = run("0\n1\n2\n3\n".getBytes(UTF_8), "produce", "t");
        assertThat(run.code()).as(run.err()).isEqualTo(Exit.SUCCESS);
        assertThat(run.out()).isEqualTo("4\n");
        assertThat(run.err()).contains("2 retries").containsOnlyOnce("tries again: DISK_FULL: because");
        assertThat(broker.records).extracting(record -> record.get("valueText")).containsExactly("1", "3", "0", "2");
    }

    @Test
    void whatIsRefusedForGoodNamesTheLineAndEndsIt() {
        broker.refusals.add(n -> n == 1 ? problem("RECORD_TOO_LARGE", false) : null);
        var run = run("0\n1\n2\n".getBytes(UTF_8), "produce", "t");
        assertThat(run.code()).isEqualTo(Exit.FAILED);
        assertThat(run.err()).contains("line 2: RECORD_TOO_LARGE: because");
        assertThat(run.out()).isEqualTo("2\n");
    }

    @Test
    void afterItsTimeARetryIsGivenUp() {
        broker.refusals.add(n -> problem("DISK_FULL", true));
        var run = run("0\n".getBytes(UTF_8), "produce", "t", "--retry-seconds", "0");
        assertThat(run.code()).isEqualTo(Exit.FAILED);
        assertThat(run.err()).contains("DISK_FULL");
        assertThat(run.out()).isEqualTo("0\n");
    }

    @Test
    void consumeEndsAtTheEndOrAfterSoManyRecords() {
        run("a\nb\nc\nd\ne\n".getBytes(UTF_8), "produce", "t");
        assertThat(run("consume", "t").out()).isEqualTo("a\nb\nc\nd\ne\n");
        assertThat(run("consume", "t", "--max", "4").out()).isEqualTo("a\nb\nc\nd\n");
        assertThat(run("consume", "t", "--max", "4", "--follow").out()).isEqualTo("a\nb\nc\nd\n");
        assertThat(run("consume", "t", "--from", "latest").out()).isEmpty();
        assertThat(run("consume", "t", "--max", "1", "--format", "json").out())
                .isEqualTo("{\"offset\":\"0\",\"valueText\":\"a\"}\n");
    }

    @Test
    void aBrokenPipeEndsQuietly() {
        run("a\nb\n".getBytes(UTF_8), "produce", "t");
        var broken = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("Broken pipe");
            }
        };
        var err = new ByteArrayOutputStream();
        int code = CommandRun.run(
                new ByteArrayInputStream(new byte[0]),
                broken,
                err,
                Map.of("MILLRACE_URL", broker.url()),
                "consume",
                "t");
        assertThat(code).isEqualTo(Exit.SUCCESS);
        assertThat(err.size()).isZero();
    }

    @Test
    void topicsAreListedOverAllPages() {
        assertThat(run("topic", "list").out()).isEqualTo("a\nb\n");
        assertThat(broker.requests).containsExactly("GET /v1/topics", "GET /v1/topics?pageToken=p%202");
    }

    @Test
    void administrationAsksWhatItSays() {
        assertThat(run("topic", "create", "new", "--partitions", "3", "--config", "retention.ms=7d")
                        .code())
                .isZero();
        assertThat(run("topic", "delete", "new").code()).isZero();
        assertThat(run("topic", "describe", "t").out()).contains("name: t", "max.message.bytes=1048588 (default)");
        assertThat(run("topic", "alter", "t", "--config", "a=b", "--reset", "c", "--partitions", "5")
                        .code())
                .isZero();
        assertThat(broker.requests)
                .containsExactly(
                        "PUT /v1/topics/new",
                        "DELETE /v1/topics/new",
                        "GET /v1/topics/t",
                        "PATCH /v1/topics/t/config",
                        "POST /v1/topics/t:addPartitions");
    }

    @Test
    void aRefusalIsToldInItsWords() {
        var run = run("topic", "describe", "no/../pe");
        assertThat(run.code()).isEqualTo(Exit.FAILED);
        assertThat(run.err()).isEqualTo("millrace topic describe: TOPIC_NOT_FOUND: because\n");
        assertThat(broker.requests).containsExactly("GET /v1/topics/no%2F..%2Fpe");
    }

    @Test
    void whateverAnswersInsteadOfABrokerIsAFailureInAFewWords() throws Exception {
        var answers = List.of(
                "",
                "SSH-2.0-OpenSSH\r\n",
                "HTTP/1.1 200 OK\r\n\r\nnot json",
                "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{",
                "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}x",
                "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
                "HTTP/1.1 502 Bad\r\nContent-Type: text/html\r\n\r\n<html>");
        for (var answer : answers) {
            try (var socket = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
                var server = new Thread(() -> {
                    try (var peer = socket.accept()) {
                        peer.getInputStream().read(new byte[4096]);
                        peer.getOutputStream().write(answer.getBytes(UTF_8));
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
                server.start();
                var run = CommandRun.of("topic", "list", "--url", "http://127.0.0.1:" + socket.getLocalPort());
                server.join();
                assertThat(run.code()).as(answer).isEqualTo(Exit.FAILED);
                assertThat(run.stdout()).isEmpty();
                assertThat(run.err())
                        .as(answer)
                        .startsWith("millrace topic list: ")
                        .hasLineCount(1);
            }
        }
    }

    @Test
    void aConnectionIsKeptAndOpenedAgainWhenTheBrokerHasClosedIt() throws Exception {
        var seen = new ArrayList<Integer>();
        try (var socket = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            var server = new Thread(() -> {
                try {
                    for (int connection = 0; connection < 2; connection++) {
                        try (var peer = socket.accept()) {
                            for (int n = 0; n < 2; n++) {
                                int read = peer.getInputStream().read(new byte[4096]);
                                if (read < 0) break;
                                seen.add(connection);
                                peer.getOutputStream()
                                        .write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}".getBytes(UTF_8));
                            }
                        }
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            server.start();
            try (var client = new ApiClient(URI.create("http://127.0.0.1:" + socket.getLocalPort()))) {
                for (int n = 0; n < 4; n++) assertThat(client.get("/x")).isEmpty();
            }
            server.join();
        }
        assertThat(seen).containsExactly(0, 0, 1, 1);
    }
}
