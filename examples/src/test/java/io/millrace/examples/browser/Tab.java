package io.millrace.examples.browser;

import static java.util.Objects.requireNonNull;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.http.WebSocket;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** One tab of a browser, steered by the Chrome DevTools Protocol. For a thread that may wait. */
final class Tab {
    private static final int SECONDS = 120;

    private final WebSocket socket;
    private final AtomicInteger nextId = new AtomicInteger();
    private final Map<Integer, Promise<JsonObject>> asked = new ConcurrentHashMap<>();
    private final List<String> complaints = new CopyOnWriteArrayList<>();

    Tab(WebSocket socket) {
        this.socket = socket;
        socket.textMessageHandler(text -> received(new JsonObject(text)));
        socket.closeHandler(closed ->
                asked.values().forEach(waiting -> waiting.tryFail(new IllegalStateException("the browser is gone"))));
    }

    /** What went wrong in the page: exceptions that nobody caught, and what the browser refused. */
    List<String> complaints() {
        return complaints;
    }

    private void received(JsonObject message) {
        var id = message.getInteger("id");
        if (id != null) {
            requireNonNull(asked.remove(id)).complete(message);
            return;
        }
        var params = message.getJsonObject("params");
        switch (message.getString("method")) {
            case "Runtime.exceptionThrown" -> complaints.add(describe(params.getJsonObject("exceptionDetails")));
            case "Log.entryAdded" -> {
                var entry = params.getJsonObject("entry");
                // That a server is away for a while is part of the tests.
                if ("error".equals(entry.getString("level")) && !"network".equals(entry.getString("source"))) {
                    complaints.add(entry.getString("text"));
                }
            }
            default -> {}
        }
    }

    private static String describe(JsonObject exception) {
        var thrown = exception.getJsonObject("exception", new JsonObject());
        return exception.getString("text") + " " + thrown.getString("description", thrown.getString("value", ""));
    }

    JsonObject call(String method, JsonObject params) {
        var answer = Promise.<JsonObject>promise();
        int id = nextId.incrementAndGet();
        asked.put(id, answer);
        socket.writeTextMessage(new JsonObject()
                .put("id", id)
                .put("method", method)
                .put("params", params)
                .encode());
        var message = await(answer.future());
        if (message.containsKey("error")) throw new AssertionError(method + ": " + message.getValue("error"));
        return message.getJsonObject("result");
    }

    private JsonObject call(String method) {
        return call(method, new JsonObject());
    }

    void listen() {
        call("Page.enable");
        call("Runtime.enable");
        call("Log.enable");
    }

    void open(String url) {
        call("Page.navigate", new JsonObject().put("url", url));
        until("document.readyState === 'complete' && location.href !== 'about:blank'");
    }

    /** The value of an expression, or of the promise that it gives; a failure there is a failure here. */
    Object evaluate(String expression) {
        var result = call(
                "Runtime.evaluate",
                new JsonObject()
                        .put("expression", expression)
                        .put("awaitPromise", true)
                        .put("returnByValue", true));
        var exception = result.getJsonObject("exceptionDetails");
        if (exception != null) throw new AssertionError(describe(exception));
        return result.getJsonObject("result").getValue("value");
    }

    long number(String expression) {
        return ((Number) evaluate(expression)).longValue();
    }

    /** Waits until an expression is true. */
    void until(String condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        while (!Boolean.TRUE.equals(evaluate("Boolean(" + condition + ")"))) {
            if (System.nanoTime() > deadline) throw new AssertionError("it never was true that " + condition);
            evaluate("new Promise((resolve) => setTimeout(resolve, 50))");
        }
    }

    void click(String selector) {
        evaluate("document.querySelector(" + new JsonArray().add(selector).encode() + "[0]).click()");
    }

    /** Sets the size of the window in CSS pixels, and whether the person prefers a dark page. */
    void look(int width, int height, boolean isDark) {
        call(
                "Emulation.setDeviceMetricsOverride",
                new JsonObject()
                        .put("width", width)
                        .put("height", height)
                        .put("deviceScaleFactor", 1)
                        .put("mobile", width < 600));
        call(
                "Emulation.setEmulatedMedia",
                new JsonObject()
                        .put(
                                "features",
                                new JsonArray()
                                        .add(new JsonObject()
                                                .put("name", "prefers-color-scheme")
                                                .put("value", isDark ? "dark" : "light"))));
    }

    void screenshot(Path file) throws java.io.IOException {
        var data = call("Page.captureScreenshot", new JsonObject().put("captureBeyondViewport", true))
                .getString("data");
        Files.write(file, Base64.getDecoder().decode(data));
    }

    void close() {
        call("Page.close");
    }

    static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(SECONDS, TimeUnit.SECONDS);
        } catch (Exception failed) {
            throw new AssertionError(failed);
        }
    }
}
