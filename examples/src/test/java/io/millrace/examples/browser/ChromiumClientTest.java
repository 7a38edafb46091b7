package io.millrace.examples.browser;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** The JavaScript client keeps its promises in a browser. */
@Tag("chromium")
class ChromiumClientTest {
    @TempDir
    static Path directory;

    static Scenarios scenarios;
    static Chromium chromium;
    static Tab tab;

    @BeforeAll
    static void start() throws Exception {
        scenarios = new Scenarios(directory);
        chromium = new Chromium(scenarios.vertx, directory.resolve("profile"));
        tab = chromium.tab();
        // A page of the gateway, because it takes nothing from pages of others.
        tab.open(scenarios.server + "/health/live");
        var source = Files.readAllBytes(Scenarios.DIRECTORY.resolve("scenarios.mjs"));
        tab.evaluate(
                "import('data:text/javascript;base64," + Base64.getEncoder().encodeToString(source)
                        + "').then((module) => { globalThis.scenario = module.run; })");
    }

    @AfterAll
    static void stop() throws Exception {
        try {
            if (chromium != null) chromium.close();
        } finally {
            scenarios.close();
        }
    }

    @TestFactory
    Stream<DynamicTest> inChromium() throws IOException {
        return Scenarios.names().stream().map(name -> DynamicTest.dynamicTest(name, () -> run(name)));
    }

    private static void run(String name) {
        var call = "scenario('" + name + "', '" + scenarios.server + "', '" + scenarios.control.url() + "')";
        assertThat(tab.evaluate(call)).isEqualTo(name + ": passed");
        assertThat(tab.complaints()).isEmpty();
    }
}
