package io.millrace.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The jar that users start, in processes of its own. */
class ServerIT {
    private static final String JAR = System.getProperty("millrace.jar");
    private static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin", "java").toString();

    @TempDir
    Path directory;

    private final List<Process> processes = new ArrayList<>();

    @AfterEach
    void endWhatIsLeft() {
        processes.forEach(Process::destroyForcibly);
    }

    private record Node(Process process, JsonObject ready, BufferedReader out) {
        String url() {
            return "http://" + ready.getString("http");
        }
    }

    private record Ended(int code, String out, String err) {}

    private Process launch(Path err, String... args) throws IOException {
        var command = new ArrayList<>(List.of(JAVA, "-jar", JAR));
        command.addAll(List.of(args));
        var builder = new ProcessBuilder(command).redirectError(err.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("MILLRACE_"));
        var process = builder.start();
        processes.add(process);
        return process;
    }

    private Ended run(String... args) throws Exception {
        var err = Files.createTempFile(directory, "err", null);
        var process = launch(err, args);
        process.getOutputStream().close();
        var out = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return new Ended(process.exitValue(), out, Files.readString(err));
    }

    private Node server(String... more) throws Exception {
        var args = new ArrayList<>(List.of("server", "--http-port", "0", "--data-dir", data()));
        args.addAll(List.of(more));
        var err = Files.createTempFile(directory, "server", null);
        var process = launch(err, args.toArray(String[]::new));
        var out = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
        var line = out.readLine();
        assertThat(line).as(Files.readString(err)).startsWith("READY {");
        return new Node(process, new JsonObject(line.substring("READY ".length())), out);
    }

    private String data() {
        return directory.resolve("data").toString();
    }

    private static void assertStopsCleanly(Node node) throws Exception {
        node.process.toHandle().destroy(); // SIGTERM; unlike Process.destroy it leaves stdout to be read
        assertThat(node.process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(node.process.exitValue()).isEqualTo(Exit.SUCCESS);
        assertThat(node.out.readLine()).as("READY is the only line").isNull();
    }

    private Path lines(int count) throws IOException {
        var text = new StringBuilder("\n\r\n");
        for (int n = 0; n < count; n++) text.append("line ").append(n).append(" of \u00e4 log\n");
        return Files.writeString(directory.resolve("lines"), text);
    }

    @Test
    void whatWasProducedIsConsumedAlsoAfterACleanStop() throws Exception {
        var node = server();
        assertThat(node.ready.fieldNames()).containsExactly("nodeId", "http", "dataDir", "startMillis");
        assertThat(node.ready.getString("dataDir"))
                .isEqualTo(Path.of(data()).toAbsolutePath().toString());
        var health =
                HttpRequest.newBuilder(URI.create(node.url() + "/health/ready")).build();
        assertThat(HttpClient.newHttpClient()
                        .send(health, BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(200);

        var lines = lines(20_000);
        assertThat(run("topic", "create", "logs", "--url", node.url()))
                .as("there is no data, so nothing on stdout")
                .isEqualTo(new Ended(Exit.SUCCESS, "", ""));
        assertThat(run("topic", "list", "--url", node.url()).out()).isEqualTo("logs\n");
        var produced = run("produce", "logs", "--file", lines.toString(), "--url", node.url());
        assertThat(produced.out()).as(produced.err()).isEqualTo("20002\n");
        assertThat(run("consume", "logs", "--url", node.url()).out()).isEqualTo(Files.readString(lines));
        assertStopsCleanly(node);

        var again = server();
        assertThat(again.ready.getString("nodeId")).isEqualTo(node.ready.getString("nodeId"));
        assertThat(run("consume", "logs", "--url", again.url()).out()).isEqualTo(Files.readString(lines));
        assertStopsCleanly(again);
    }

    @Test
    void jsonIsConsumedAsItWasPublishedWhiteSpaceAndAll() throws Exception {
        var node = server("--storage", "memory");
        assertThat(run("topic", "create", "t", "--url", node.url()).code()).isZero();
        var stored = "{ \"a\" : 1.50,\n \"b\":[ ] }";
        var publish = HttpRequest.newBuilder(URI.create(node.url() + "/v1/topics/t/records"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(stored));
        assertThat(HttpClient.newHttpClient()
                        .send(publish.build(), BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(201);
        assertThat(run("consume", "t", "--url", node.url()).out()).isEqualTo(stored + "\n");
        assertStopsCleanly(node);
    }

    @Test
    void whatWasAcknowledgedIsThereAfterTheProcessWasKilled() throws Exception {
        var node = server();
        var lines = lines(5_000);
        assertThat(run("topic", "create", "logs", "--url", node.url()).code()).isZero();
        assertThat(run("produce", "logs", "--file", lines.toString(), "--url", node.url())
                        .code())
                .isZero();
        node.process.destroyForcibly();
        node.process.waitFor();

        var again = server();
        assertThat(run("consume", "logs", "--url", again.url()).out()).isEqualTo(Files.readString(lines));
        assertStopsCleanly(again);
    }

    @Test
    void aSecondProcessOnTheDirectoryIsRefusedAndToldWhoHasIt() throws Exception {
        var node = server();
        var second = run("server", "--http-port", "0", "--data-dir", data());
        assertThat(second.code()).isEqualTo(Exit.USAGE);
        assertThat(second.out()).isEmpty();
        assertThat(second.err()).contains("pid " + node.process.pid());
        assertStopsCleanly(node);
    }

    @Test
    void aPortThatIsUsedIsRefusedByItsKey() throws Exception {
        var node = server();
        var port = node.ready.getString("http").replaceAll(".*:", "");
        var second = run("server", "--http-port", port, "--storage", "memory");
        assertThat(second.code()).isEqualTo(Exit.USAGE);
        assertThat(second.out()).isEmpty();
        assertThat(second.err()).contains("http.port");
        assertStopsCleanly(node);
    }

    @Test
    void aDataDirectoryThatCannotBeIsAMistakeOfTheConfiguration() throws Exception {
        var file = Files.createFile(directory.resolve("file"));
        for (var place : List.of(file, file.resolve("below"), Path.of("/proc/millrace"))) {
            var refused = run("server", "--http-port", "0", "--data-dir", place.toString());
            assertThat(refused.code()).as(refused.err()).isEqualTo(Exit.USAGE);
            assertThat(refused.out()).isEmpty();
            assertThat(refused.err()).contains("data.dir", place.toString(), "name a directory that this user can");
        }
    }

    /** The limit of the process on the size of files is a real error of a write, and not one of lack of space. */
    @Test
    void aFailureOfTheStorageEndsTheProcessAndLosesNothingThatWasAcknowledged() throws Exception {
        var err = directory.resolve("limited");
        var command = String.format(
                "ulimit -f 4096; exec '%s' -jar '%s' server --http-port 0 --storage-reserve 0 --storage-min-free 0"
                        + " --data-dir '%s'",
                JAVA, JAR, data());
        var process = new ProcessBuilder("bash", "-c", command)
                .redirectError(err.toFile())
                .start();
        processes.add(process);
        var out = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
        var ready = new JsonObject(out.readLine().substring("READY ".length()));
        var records = URI.create("http://" + ready.getString("http") + "/v1/topics/t/records");
        assertThat(run("topic", "create", "t", "--url", "http://" + ready.getString("http")))
                .extracting(Ended::code, Ended::out)
                .containsExactly(Exit.SUCCESS, "");

        int acknowledged = 0;
        String refusal = null;
        var client = HttpClient.newHttpClient();
        try {
            while (refusal == null && acknowledged < 100) {
                var body = HttpRequest.BodyPublishers.ofByteArray(new byte[500_000]);
                var answer =
                        client.send(HttpRequest.newBuilder(records).POST(body).build(), BodyHandlers.ofString());
                if (answer.statusCode() == 201) acknowledged++;
                else refusal = answer.body();
            }
        } catch (IOException gone) {
            refusal = "the process is gone: " + gone;
        }
        assertThat(refusal).as("after %d records", acknowledged).isNotNull();
        assertThat(acknowledged).isBetween(5, 50);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(Files.readString(err)).isEqualTo(Exit.STORAGE);
        assertThat(Files.readString(err)).contains("the storage failed");

        var again = server();
        var consumed = run("consume", "t", "--format", "json", "--url", again.url());
        assertThat(consumed.code()).isZero();
        assertThat(consumed.out().lines().count()).isGreaterThanOrEqualTo(acknowledged);
        assertStopsCleanly(again);
    }

    @Test
    void inMemoryThereIsNoDirectory() throws Exception {
        var node = server("--storage", "memory");
        assertThat(node.ready.fieldNames()).containsExactly("nodeId", "http", "startMillis");
        assertThat(Path.of(data())).doesNotExist();
        assertStopsCleanly(node);
    }

    @Test
    void theJarKnowsItsVersion() throws Exception {
        var run = run("--version");
        assertThat(run.code()).isZero();
        assertThat(run.out()).matches("millrace [0-9].*\n");
    }
}
