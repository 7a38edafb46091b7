package io.millrace.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.StorageType;
import io.millrace.gateway.http.HttpGatewayOptions;
import io.millrace.log.FlushLevel;
import io.millrace.sim.Seeds;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerConfigTest {
    @TempDir
    Path directory;

    private static final String WHOLE =
            """
            # everything
            data:
              dir: "/var/lib/millrace"
            host: localhost
            http.port: 9000
            storage:
              type: memory
              flush: os
              min.free: 2GiB
            node.id: n1
            event.loops: 2
            topic:
              retention.ms: 7d
            """;

    @Test
    void withoutAnyConfigurationTheDefaultsHold() {
        var options = ServerConfig.resolve(Map.of(), null, Map.of("PATH", "/bin"));
        assertThat(options.dataDir()).isEqualTo("./millrace-data");
        assertThat(options.host()).isEqualTo("127.0.0.1");
        assertThat(options.httpPort()).isEqualTo(8080);
        assertThat(options.storage()).isEqualTo(StorageType.SEGMENTS);
        assertThat(options.flush()).isEqualTo(FlushLevel.COMMIT);
        assertThat(options.minFreeBytes()).isEmpty();
        assertThat(options.nodeId()).isEmpty();
        assertThat(options.insecureNetwork()).isFalse();
        assertThat(options.topicDefaults()).isEmpty();
    }

    @Test
    void aYamlFileIsUnderstood() throws Exception {
        var options = ServerConfig.resolve(Map.of(), file("a.yaml", WHOLE), Map.of());
        assertThat(options.dataDir()).isEqualTo("/var/lib/millrace");
        assertThat(options.host()).isEqualTo("localhost");
        assertThat(options.httpPort()).isEqualTo(9000);
        assertThat(options.storage()).isEqualTo(StorageType.MEMORY);
        assertThat(options.flush()).isEqualTo(FlushLevel.OS);
        assertThat(options.minFreeBytes()).hasValue(2L << 30);
        assertThat(options.nodeId()).contains("n1");
        assertThat(options.eventLoops()).isEqualTo(2);
        assertThat(options.topicDefaults()).isEqualTo(Map.of("retention.ms", "604800000"));
    }

    @Test
    void aJsonFileIsUnderstood() throws Exception {
        var json = "{\"http\":{\"port\":0},\n \"host\":\"::1\",\"insecure.network\":true}";
        for (var name : List.of("a.json", "a.conf")) {
            var options = ServerConfig.resolve(Map.of(), file(name, json), Map.of());
            assertThat(options.httpPort()).isZero();
            assertThat(options.host()).isEqualTo("::1");
            assertThat(options.insecureNetwork()).isTrue();
        }
    }

    @Test
    void anEmptyYamlFileConfiguresNothing() throws Exception {
        for (var text : List.of("", "\n\n", "# only a comment\n")) {
            assertThat(ServerConfig.resolve(Map.of(), file("a.yaml", text), Map.of())
                            .httpPort())
                    .isEqualTo(8080);
        }
    }

    @Test
    void flagsWinOverTheEnvironmentThatOverTheFileThatOverTheDefault() throws Exception {
        var file = file("a.yaml", "http.port: 1000\nhost: 127.0.0.3\nnode.id: file\n");
        var environment = Map.of("MILLRACE_HTTP_PORT", "2000", "MILLRACE_HOST", "127.0.0.2");
        var options = ServerConfig.resolve(Map.of(ServerKey.HTTP_PORT, "3000"), file, environment);
        assertThat(options.httpPort()).isEqualTo(3000);
        assertThat(options.host()).isEqualTo("127.0.0.2");
        assertThat(options.nodeId()).contains("file");
        assertThat(options.eventLoops()).isEqualTo(1);
    }

    @Test
    void theFileMayBeNamedByTheEnvironment() throws Exception {
        var environment = Map.of("MILLRACE_CONFIG", file("a.yaml", "http.port: 1000"));
        assertThat(ServerConfig.resolve(Map.of(), null, environment).httpPort()).isEqualTo(1000);
    }

    @Test
    void aWrongValueStopsTheStartAlsoWhereItIsOverruled() throws Exception {
        var file = file("a.yaml", "http.port: 1000000");
        assertThatThrownBy(() -> ServerConfig.resolve(Map.of(ServerKey.HTTP_PORT, "1"), file, Map.of()))
                .isInstanceOf(ConfigException.class);
    }

    @Test
    void anUnknownKeyIsNamedWithItsLineAndTheNearestKey() {
        refused("host: localhost\nhttp.prot: 1").hasMessageContainingAll("line 2", "\"http.prot\"", "\"http.port\"");
        refused("http:\n  port: 1\n  prt: 2").hasMessageContainingAll("line 3", "\"http.prt\"", "\"http.port\"");
        refused("bogus:\n  deep: 1").hasMessageContainingAll("line 1", "\"bogus\"");
        refused("topic:\n  retention.mss: 1").hasMessageContainingAll("line 2", "\"topic.retention.ms\"");
    }

    @Test
    void aKeyThatIsThereTwiceIsRefused() {
        refused("host: a\nhost: b").hasMessageContainingAll("line 2", "\"host\"", "twice");
        refused("http.port: 1\nhttp:\n  port: 2").hasMessageContainingAll("line 3", "\"http.port\"", "twice");
        refused("http:\n  port: 1\nhttp:\n  port: 2").hasMessageContainingAll("line 3", "\"http\"", "twice");
        refusedJson("{\"host\":\"a\",\n\"host\":\"b\"}").hasMessageContainingAll("line 2", "\"host\"", "twice");
    }

    @Test
    void aWrongTypeIsRefused() {
        refused("http.port: '8080'").hasMessageContainingAll("line 1", "http.port", "a whole number");
        refused("http.port: 80.5").hasMessageContainingAll("http.port", "a whole number");
        refused("http.port: true").hasMessageContainingAll("http.port", "a whole number");
        refused("http.port:").hasMessageContainingAll("http.port", "a whole number");
        refused("http.port: [1]").hasMessageContainingAll("http.port", "a whole number");
        refused("host: 1").hasMessageContainingAll("host", "a text");
        refused("host:\n  name: x").hasMessageContainingAll("host");
        refused("insecure.network: yes").hasMessageContainingAll("insecure.network", "true or false");
        refused("- host").hasMessageContainingAll("line 1", "an object");
        refusedJson("[]").hasMessageContainingAll("line 1", "an object");
        refusedJson("7").hasMessageContainingAll("line 1", "an object");
        refusedJson("").hasMessageContainingAll("line 1", "empty");
    }

    @Test
    void aWrongUnitIsRefused() {
        refused("storage.min.free: 5 parsecs").hasMessageContainingAll("line 1", "storage.min.free", "GiB");
        refused("storage.min.free: 5d").hasMessageContainingAll("storage.min.free", "5d");
        refused("topic.retention.ms: 5MiB").hasMessageContainingAll("retention.ms", "5MiB");
    }

    @Test
    void numbersThatOverflowOrAreNegativeAreRefused() {
        refused("http.port: 65536").hasMessageContainingAll("line 1", "http.port", "65536");
        refused("http.port: -2").hasMessageContainingAll("http.port");
        refused("http.port: 99999999999999999999999999").hasMessageContainingAll("line 1", "http.port");
        refused("event.loops: 0").hasMessageContainingAll("event.loops");
        refused("storage.min.free: 99999999999GiB").hasMessageContainingAll("storage.min.free");
        refused("topic.retention.ms: -2").hasMessageContainingAll("retention.ms", "-2");
    }

    @Test
    void aByteOrderMarkIsRefusedByName() {
        refused("\ufeffhost: localhost").hasMessageContainingAll("line 1", "byte order mark");
        assertThatThrownBy(() -> ConfigFile.parse("a", new byte[] {(byte) 0xff, (byte) 0xfe, 'a', 0}, Map.of()))
                .hasMessageContaining("UTF-16");
    }

    @Test
    void bytesThatAreNotUtf8AreRefusedWithTheirLine() {
        assertThatThrownBy(
                        () -> ConfigFile.parse("a.yaml", "host: localhost\nx: \u00e4\n".getBytes(ISO_8859_1), Map.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessageContainingAll("line 2", "UTF-8");
    }

    @Test
    void aFileOverTheLimitIsRefusedWithoutBeingReadWhole() throws Exception {
        var large = directory.resolve("large.yaml");
        try (var file = new RandomAccessFile(large.toFile(), "rw")) {
            file.setLength(100L << 20);
        }
        assertThatThrownBy(() -> ConfigFile.read(large, Map.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessageContainingAll("large.yaml", "1048576");
    }

    @Test
    void whatIsNoFileIsRefused() {
        assertThatThrownBy(() -> ConfigFile.read(directory, Map.of())).hasMessageContaining("not a regular file");
        assertThatThrownBy(() -> ConfigFile.read(directory.resolve("none"), Map.of()))
                .hasMessageContaining("no such file");
    }

    @Test
    void variablesOfTheEnvironmentAreFilledIn() {
        var environment = Map.of("PORT", "81", "NAME", "n");
        var entries =
                ConfigFile.parse("a.yaml", "http.port: ${PORT}\nnode.id: a-${NAME}-$$b".getBytes(UTF_8), environment);
        assertThat(entries.get("http.port").text()).isEqualTo("81");
        assertThat(entries.get("node.id").text()).isEqualTo("a-n-$b");
    }

    @Test
    void anUnknownVariableIsRefused() {
        refused("host: localhost\nnode.id: ${NOPE}").hasMessageContainingAll("line 2", "node.id", "${NOPE}");
    }

    @Test
    void yamlThatIsMoreThanKeysAndValuesIsRefused() {
        refused("http: &a {port: 1}").hasMessageContainingAll("line 1", "anchors");
        refused("host: &a localhost\nnode.id: *a").hasMessageContainingAll("anchors");
        refused("host: !!java.net.URL [x]").hasMessageContainingAll("line 1", "tags");
        refused("host: localhost\n---\nhost: x").hasMessageContainingAll("line 3", "one document");
        refusedJson("{} {}").hasMessageContainingAll("one document");
        refused("host: [").hasMessageContainingAll("host");
        refused("a: {b: {c: {d: {e: {f: {g: {h: {i: {}}}}}}}}}").hasMessageContainingAll("\"a\"");
        refused("host: \"unfinished").hasMessageContainingAll("line 1");
        refusedJson("{\"host\": nope}").hasMessageContainingAll("line 1");
    }

    @Test
    void anUnknownVariableWithOurPrefixIsRefusedExceptWhatContainersPutThere() {
        assertThatThrownBy(() -> ServerConfig.resolve(Map.of(), null, Map.of("MILLRACE_HTTP_PROT", "1")))
                .hasMessageContainingAll("MILLRACE_HTTP_PROT", "MILLRACE_HTTP_PORT");
        var injected = new LinkedHashMap<String, String>();
        for (var name : List.of("SERVICE_HOST", "SERVICE_PORT_HTTP", "PORT", "PORT_8080_TCP_ADDR")) {
            injected.put("MILLRACE_" + name, "tcp://10.0.0.1:8080");
        }
        injected.put("MILLRACE_URL", "http://x");
        assertThat(ServerConfig.resolve(Map.of(), null, injected).httpPort()).isEqualTo(8080);
    }

    @Test
    void anAddressBeyondLoopbackNeedsAWord() {
        var open = Map.of(ServerKey.HOST, "0.0.0.0");
        assertThatThrownBy(() -> ServerConfig.resolve(open, null, Map.of()))
                .hasMessageContainingAll("0.0.0.0", "insecure.network=true", "127.0.0.1");
        var word = Map.of(ServerKey.HOST, "0.0.0.0", ServerKey.INSECURE_NETWORK, "true");
        assertThat(ServerConfig.resolve(word, null, Map.of()).host()).isEqualTo("0.0.0.0");
        var off = Map.of(ServerKey.HOST, "0.0.0.0", ServerKey.HTTP_PORT, "-1");
        assertThat(ServerConfig.resolve(off, null, Map.of()).httpPort()).isEqualTo(-1);
    }

    @Test
    void foreignTextInMessagesHasNoControlCharacters() {
        refused("\"a\\u001b[31m\\nb\": 1")
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\u001b", "\n"));
    }

    @Test
    void flagsAndVariablesAreUnique() {
        assertThat(ServerKey.ALL.values().stream().map(ServerKey::flag)).doesNotHaveDuplicates();
        assertThat(ServerKey.ALL.values().stream().map(ServerKey::variable)).doesNotHaveDuplicates();
    }

    @Test
    void everyDefaultIsAValidValue() {
        for (var key : ServerKey.ALL.values()) {
            if (key.fallback() != null) assertThat(key.parse(key.fallback())).isEqualTo(key.fallback());
        }
    }

    @Test
    void whateverIsInAFileItIsUnderstoodOrRefusedWithItsName() {
        var json = "{\"http\":{\"port\":0},\"host\":\"::1\",\"storage.min.free\":\"1GiB\",\"insecure.network\":true}";
        Seeds.forEach(3_000, random -> {
            boolean yaml = random.nextBoolean();
            var content = mutated((yaml ? WHOLE : json).getBytes(UTF_8), random);
            var name = yaml ? "a.yaml" : "a.json";
            try {
                ConfigFile.parse(name, content, Map.of("x", "y")).forEach((key, entry) -> {
                    assertThat(ServerKey.ALL).containsKey(key);
                    assertThat(entry.line()).isPositive();
                });
            } catch (ConfigException e) {
                assertThat(e.getMessage()).startsWith(name).contains("line ");
            }
        });
    }

    private static byte[] mutated(byte[] whole, Random random) {
        var grammar = "{}[]:,-#&*!|>'\"%@`$?~\t\n \\\0\u0085".getBytes(UTF_8);
        var bytes = whole.clone();
        for (int n = random.nextInt(1, 6); n > 0; n--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(4)) {
                case 0 -> bytes[at] = (byte) random.nextInt(256);
                case 1 -> bytes[at] = grammar[random.nextInt(grammar.length)];
                case 2 -> bytes = Arrays.copyOf(bytes, Math.max(1, at));
                default -> {
                    int length = Math.min(bytes.length - at, random.nextInt(1, 40));
                    int to = random.nextInt(bytes.length - length + 1);
                    System.arraycopy(bytes.clone(), at, bytes, to, length);
                }
            }
        }
        return bytes;
    }

    private String file(String name, String text) throws Exception {
        return Files.writeString(directory.resolve(name), text).toString();
    }

    private static AbstractThrowableAssert<?, ? extends Throwable> refused(String yaml) {
        return refusal("a.yaml", yaml);
    }

    private static AbstractThrowableAssert<?, ? extends Throwable> refusedJson(String json) {
        return refusal("a.json", json);
    }

    private static AbstractThrowableAssert<?, ? extends Throwable> refusal(String name, String text) {
        return assertThatThrownBy(() -> ConfigFile.parse(name, text.getBytes(UTF_8), Map.of())
                        .forEach((key, entry) -> {
                            try {
                                ServerKey.ALL.get(key).parse(entry.text());
                            } catch (ConfigException e) {
                                throw new ConfigException(name + " line " + entry.line() + ": " + e.getMessage());
                            }
                        }))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(name);
    }

    @Test
    void everyHttpKeyMeansSomethingToTheGateway() {
        var before = new HttpGatewayOptions().toJson();
        var values = Map.of("N", "7777", "SIZE", "2MiB", "TIME", "7s", "NAMES", "a.example,b.example");
        for (var key : ServerKey.HTTP) {
            var canonical = key.parse(values.getOrDefault(key.label(), ""));
            var after = HttpLimits.apply(Map.of(key.key(), canonical), new HttpGatewayOptions())
                    .toJson();
            assertThat(after).as(key.key()).isNotEqualTo(before);
        }
        assertThat(new HttpGatewayOptions().getMaxSocketStallMillis()).isEqualTo(10_000);
    }
}
