package io.millrace.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Members of groups as processes of their own, one of which is killed while it works. */
class MembersKillIT {
    private static final int RECORDS = Integer.getInteger("members.records", 20_000);
    private static final int PARTITIONS = 10;
    private static final int MEMBERS = 5;
    private static final int BATCH = 500;
    private static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin", "java").toString();

    @TempDir
    Path directory;

    private final HttpClient http = HttpClient.newHttpClient();
    private final List<Process> processes = new ArrayList<>();
    private String address = "";

    private ProcessBuilder jar(String... args) {
        var command = new ArrayList<>(List.of(
                JAVA,
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx256m",
                "-jar",
                System.getProperty("millrace.jar")));
        command.addAll(Arrays.asList(args));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("err").toFile()));
    }

    @BeforeEach
    void startTheServer() throws Exception {
        var server = jar(
                        "server",
                        "--http-port",
                        "0",
                        "--data-dir",
                        directory.resolve("data").toString())
                .start();
        processes.add(server);
        var ready = new BufferedReader(new InputStreamReader(server.getInputStream(), UTF_8)).readLine();
        assertThat(ready).as(err()).startsWith("READY ");
        address = "http://" + new JsonObject(ready.substring(6)).getString("http");
        send(HttpRequest.newBuilder(URI.create(address + "/v1/topics/t"))
                .header("content-type", "application/json")
                .PUT(BodyPublishers.ofString("{\"partitions\":" + PARTITIONS + "}")));
    }

    @AfterEach
    void stopAll() throws Exception {
        for (var process : processes) process.destroyForcibly().waitFor();
    }

    private String err() throws IOException {
        return Files.readString(directory.resolve("err"));
    }

    private JsonObject send(HttpRequest.Builder request) throws Exception {
        var answer = http.send(request.build(), BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 299);
        return new JsonObject(answer.body());
    }

    private void publish(int from) throws Exception {
        var batch = new JsonArray();
        for (int n = from; n < from + BATCH; n++) {
            batch.add(new JsonObject().put("key", "k" + n).put("valueText", "v" + n));
        }
        send(HttpRequest.newBuilder(URI.create(address + "/v1/topics/t/records"))
                .header("content-type", "application/vnd.millrace.batch+json")
                .POST(BodyPublishers.ofString(
                        new JsonObject().put("records", batch).encode())));
    }

    /** A member that writes what it gets to a file. */
    private Process member(String group, Path out, String... more) throws IOException {
        var args = new ArrayList<>(List.of("consume", "t", "--group", group, "--format", "json", "--url", address));
        args.addAll(Arrays.asList(more));
        var process =
                jar(args.toArray(String[]::new)).redirectOutput(out.toFile()).start();
        processes.add(process);
        return process;
    }

    private static List<JsonObject> records(Path out) throws IOException {
        var text = Files.readString(out);
        // Who was killed may have been in the midst of a line, which then was not settled either.
        return text.substring(0, text.lastIndexOf('\n') + 1)
                .lines()
                .map(JsonObject::new)
                .toList();
    }

    private static String place(JsonObject record) {
        return record.getInteger("partition") + "/" + record.getString("offset");
    }

    private Map<Integer, Long> committed() throws Exception {
        var committed = new HashMap<Integer, Long>();
        for (var each : lag()) {
            var offset = each.getString("committed");
            if (offset != null) committed.put(each.getInteger("partition"), Long.parseLong(offset));
        }
        return committed;
    }

    private List<JsonObject> lag() throws Exception {
        var lag = send(HttpRequest.newBuilder(URI.create(address + "/v1/groups/shared/lag")));
        return lag.getJsonArray("partitions").stream()
                .map(JsonObject.class::cast)
                .toList();
    }

    private boolean hasReadAll() throws Exception {
        long done = 0;
        for (var each : lag()) {
            var offset = each.getString("committed");
            if (offset != null) done += Long.parseLong(offset);
        }
        return done == RECORDS;
    }

    @Test
    void aKilledMemberHandsItsPartitionsOverAndNothingSettledComesAgain() throws Exception {
        var outs = new ArrayList<Path>();
        var members = new ArrayList<Process>();
        for (int n = 0; n < MEMBERS; n++) {
            outs.add(directory.resolve("member" + n));
            members.add(member("shared", outs.get(n), "--follow"));
        }
        int published = 0;
        for (; published < RECORDS / 2; published += BATCH) publish(published);
        await().atMost(Duration.ofSeconds(90)).until(() -> {
            for (var out : outs) if (Files.size(out) == 0) return false;
            return true;
        });
        var survivors = new ArrayList<Path>(outs.subList(1, MEMBERS));
        for (; published < RECORDS * 3 / 4; published += BATCH) publish(published);
        var settled = committed();
        var before = new HashMap<Path, Integer>();
        members.get(0).destroyForcibly().waitFor();
        for (var out : survivors) before.put(out, records(out).size());
        for (; published < RECORDS; published += BATCH) publish(published);
        // The session timeout is 10 s; a socket that breaks is noticed at once.
        await().atMost(Duration.ofSeconds(30)).until(this::hasReadAll);

        var times = new HashMap<String, Integer>();
        for (var out : outs) for (var record : records(out)) times.merge(place(record), 1, Integer::sum);
        assertThat(times).hasSize(RECORDS);
        for (var out : survivors) {
            var all = records(out);
            for (var record : all.subList(before.get(out), all.size())) {
                long offset = Long.parseLong(record.getString("offset"));
                assertThat(offset)
                        .as("partition %s", record.getInteger("partition"))
                        .isGreaterThanOrEqualTo(settled.getOrDefault(record.getInteger("partition"), 0L));
            }
        }
    }

    @Test
    void eachGroupSeesAllRecordsOnce() throws Exception {
        for (int n = 0; n < RECORDS; n += BATCH) publish(n);
        var outs = new ArrayList<Path>();
        var members = new ArrayList<Process>();
        for (var group : List.of("billing", "stock", "mail")) {
            var out = directory.resolve(group);
            outs.add(out);
            members.add(member(group, out));
        }
        for (var member : members) assertThat(member.waitFor()).as(err()).isZero();
        for (var out : outs) {
            assertThat(records(out).stream().map(MembersKillIT::place))
                    .hasSize(RECORDS)
                    .doesNotHaveDuplicates();
        }
    }
}
