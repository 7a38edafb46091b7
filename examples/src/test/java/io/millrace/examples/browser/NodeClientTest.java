package io.millrace.examples.browser;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** The JavaScript client keeps its promises in Node. */
@Tag("node")
class NodeClientTest {
    @TempDir
    static Path directory;

    static Scenarios scenarios;

    @BeforeAll
    static void start() throws Exception {
        scenarios = new Scenarios(directory);
    }

    @AfterAll
    static void stop() throws Exception {
        scenarios.close();
    }

    @TestFactory
    Stream<DynamicTest> inNode() throws IOException {
        return Scenarios.names().stream().map(name -> DynamicTest.dynamicTest(name, () -> run(name)));
    }

    private static void run(String name) throws Exception {
        var out = Files.createTempFile(directory, name, ".txt");
        var process = new ProcessBuilder(
                        System.getProperty("node.program", "node"),
                        "--experimental-websocket",
                        "node.mjs",
                        name,
                        scenarios.server,
                        scenarios.control.url())
                .directory(Scenarios.DIRECTORY.toFile())
                .redirectErrorStream(true)
                .redirectOutput(out.toFile())
                .start();
        try {
            assertThat(process.waitFor(Scenarios.SECONDS, TimeUnit.SECONDS))
                    .as(name + " is over")
                    .isTrue();
        } finally {
            process.destroyForcibly().waitFor();
        }
        assertThat(Files.readString(out, UTF_8)).contains(name + ": passed");
        assertThat(process.exitValue()).isZero();
    }
}
