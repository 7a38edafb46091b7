package io.millrace.examples.browser;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A Chromium without windows, with a profile of its own. */
final class Chromium implements AutoCloseable {
    private static final int SECONDS = 60;
    private static final int MAX_MESSAGE_BYTES = 64 << 20;

    private final Process process;
    private final WebSocketClient client;
    private final int port;
    private final Tab browser;

    /** @param profile a directory that does not exist yet */
    Chromium(Vertx vertx, Path profile) throws Exception {
        Files.createDirectories(profile);
        process = new ProcessBuilder(
                        System.getProperty("chromium.program", "/usr/bin/chromium"),
                        "--headless",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-quic",
                        "--disable-dev-shm-usage",
                        "--no-first-run",
                        "--disable-background-networking",
                        "--disable-component-update",
                        "--disable-sync",
                        "--remote-debugging-port=0",
                        "--user-data-dir=" + profile,
                        "about:blank")
                .redirectErrorStream(true)
                .redirectOutput(profile.resolve("chromium.log").toFile())
                .start();
        var address = address(profile);
        port = Integer.parseInt(address.get(0));
        client = vertx.createWebSocketClient(
                new WebSocketClientOptions().setMaxFrameSize(MAX_MESSAGE_BYTES).setMaxMessageSize(MAX_MESSAGE_BYTES));
        browser = connect(address.get(1));
    }

    /** Where it listens: its port, and the path of the socket for the whole browser. */
    private List<String> address(Path profile) throws Exception {
        var file = profile.resolve("DevToolsActivePort");
        for (long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS); ; Thread.sleep(20)) {
            if (Files.exists(file)) {
                var lines = Files.readAllLines(file);
                if (lines.size() == 2) return lines;
            }
            if (process.isAlive() && System.nanoTime() < deadline) continue;
            process.destroyForcibly();
            throw new IOException("Chromium does not start: " + Files.readString(profile.resolve("chromium.log")));
        }
    }

    private Tab connect(String path) {
        return new Tab(Tab.await(client.connect(port, "127.0.0.1", path)));
    }

    Tab tab() {
        var target = browser.call("Target.createTarget", new JsonObject().put("url", "about:blank"));
        var tab = connect("/devtools/page/" + target.getString("targetId"));
        tab.listen();
        return tab;
    }

    @Override
    public void close() {
        try {
            browser.call("Browser.close", new JsonObject());
            Tab.await(Future.fromCompletionStage(process.onExit()));
        } finally {
            process.destroyForcibly();
            Tab.await(client.close());
        }
    }
}
