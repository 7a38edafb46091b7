package io.millrace.examples.browser;

import io.millrace.server.Main;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** The programs in {@code scenarios.mjs}, with the server they run against. */
final class Scenarios implements AutoCloseable {
    static final Path DIRECTORY = Path.of("src/test/resources/browser").toAbsolutePath();
    static final int SECONDS = 120;
    private static final Pattern NAME = Pattern.compile("^  async (\\w+)\\(", Pattern.MULTILINE);

    final Vertx vertx = Vertx.vertx();
    final String server;
    final Control control;
    private final ServerProcess process;

    Scenarios(Path directory) throws Exception {
        int port = FreePort.find();
        server = "http://127.0.0.1:" + port;
        process = new ServerProcess(
                Main.class,
                "READY {",
                directory.resolve("server.log"),
                "server",
                "--http-port",
                Integer.toString(port),
                "--data-dir",
                directory.resolve("data").toString());
        process.start();
        control = new Control(vertx, process);
    }

    static List<String> names() throws IOException {
        var names = NAME.matcher(Files.readString(DIRECTORY.resolve("scenarios.mjs")))
                .results()
                .map((MatchResult found) -> found.group(1))
                .toList();
        if (names.isEmpty()) throw new IllegalStateException("there are no scenarios");
        return names;
    }

    @Override
    public void close() {
        control.close();
        process.close();
        Tab.await(vertx.close());
    }
}
