package io.millrace.examples.browser;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.examples.desk.OrderDesk;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page of the order desk in a browser, with the desk in a process of its own. */
@Tag("chromium")
class OrderDeskTest {
    private static final Path PICTURES = Path.of("target/pictures");

    @TempDir
    static Path profile;

    @TempDir
    Path directory;

    static final Vertx VERTX = Vertx.vertx();
    static Chromium chromium;

    private int port;
    private int gatewayPort;
    private ServerProcess desk;
    private Tab tab;

    @BeforeAll
    static void openBrowser() throws Exception {
        chromium = new Chromium(VERTX, profile.resolve("profile"));
    }

    @AfterAll
    static void closeBrowser() throws Exception {
        try {
            if (chromium != null) chromium.close();
        } finally {
            VERTX.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
        }
    }

    @BeforeEach
    void start() throws Exception {
        port = FreePort.find();
        gatewayPort = FreePort.find();
        var config = new JsonObject()
                .put("dataDir", directory.resolve("data").toString())
                .put("port", port)
                .put("gatewayPort", gatewayPort)
                .put("ordersPerSecond", 30);
        desk = new ServerProcess(OrderDesk.class, "ORDER DESK at ", directory.resolve("desk.log"), config.encode());
        desk.start();
        tab = chromium.tab();
        tab.open("http://localhost:" + port + "/");
        tab.until("globalThis.desk?.feeds.socket.ledger.records > 0 && desk.feeds.events.ledger.records > 0");
    }

    @AfterEach
    void stop() {
        try {
            if (tab != null) tab.close();
        } finally {
            desk.close();
        }
    }

    private void customers(int perSecond) {
        tab.click("[name=customers][value='" + perSecond + "']");
    }

    /** How many orders there are, of each partition. */
    private JsonObject ends() throws Exception {
        var topic = URI.create("http://127.0.0.1:" + gatewayPort + "/v1/topics/desk.orders");
        var answer = HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(topic).build(), BodyHandlers.ofString())
                .body();
        var ends = new JsonObject();
        for (var one : new JsonObject(answer).getJsonArray("partitions")) {
            var partition = (JsonObject) one;
            long end = Long.parseLong(partition.getString("end"));
            if (end > 0) ends.put(partition.getValue("partition").toString(), end);
        }
        return ends;
    }

    /** Waits until both columns have all orders there are, and have them once. */
    private void everythingCameOnce() throws Exception {
        var ends = ends();
        for (var feed : new String[] {"socket", "events"}) {
            var ledger = "desk.feeds." + feed + ".ledger";
            for (var end : ends) {
                tab.until(ledger + ".ends['" + end.getKey() + "'] === " + end.getValue());
            }
            assertThat(tab.number(ledger + ".missing")).as(feed + " missing").isZero();
            assertThat(tab.number(ledger + ".twice")).as(feed + " twice").isZero();
            assertThat(tab.number(ledger + ".deleted")).as(feed + " deleted").isZero();
        }
    }

    @Test
    void thePageFollowsOrdersOverBothAndShowsWhoIsDoneWithThem() throws Exception {
        tab.until("document.querySelectorAll('#socket .done li:not([hidden])').length >= 6");
        tab.until("document.querySelectorAll('#events .ticket').length === 6");
        Files.createDirectories(PICTURES);
        tab.look(1180, 1000, false);
        tab.screenshot(PICTURES.resolve("light.png"));
        tab.look(1180, 1000, true);
        tab.screenshot(PICTURES.resolve("dark.png"));

        customers(0);
        tab.click("#place");
        tab.until("document.querySelector('#placed').textContent.includes('on disk')");
        for (var column : new String[] {"socket", "events"}) {
            tab.until("document.querySelector('#" + column + " .tickets').textContent.includes('for you')");
        }
        everythingCameOnce();
        tab.until("document.querySelector('#socket [data-show=behind]').textContent.startsWith('Nothing is held')");
        assertThat(tab.complaints()).isEmpty();
    }

    @Test
    void thePageFitsOnAPhoneAndCanBeUsedWithoutSight() throws Exception {
        tab.look(360, 760, false);
        tab.until("document.querySelectorAll('.ticket').length === 12");
        Files.createDirectories(PICTURES);
        tab.screenshot(PICTURES.resolve("phone.png"));
        assertThat(tab.number("document.documentElement.scrollWidth")).isLessThanOrEqualTo(360);
        assertThat(tab.number("[...document.querySelectorAll('button')].filter("
                        + "(button) => button.getBoundingClientRect().height < 44).length"))
                .as("buttons that are too small for a thumb")
                .isZero();
        assertThat(tab.evaluate("document.documentElement.lang")).isEqualTo("en");
        assertThat(tab.number("document.querySelectorAll('h1').length")).isEqualTo(1);
        assertThat(
                        tab.number(
                                "[...document.querySelectorAll('section, ol, fieldset')].filter((one) => "
                                        + "!one.ariaLabel && !one.hasAttribute('aria-labelledby') && !one.querySelector('legend')).length"))
                .as("parts without a name")
                .isZero();
        tab.click("#socket .pause");
        assertThat(tab.evaluate("document.querySelector('#socket .pause').ariaPressed"))
                .isEqualTo("true");
        assertThat(tab.evaluate("document.querySelector('#socket [role=status]').textContent"))
                .isEqualTo("paused");
    }

    @Test
    void ordersThatWereDeletedBeforeTheyWereReadAreToldOf() throws Exception {
        tab.click("#socket .pause");
        tab.click("#events .pause");
        var before = ends();
        Awaitility.await().atMost(60, TimeUnit.SECONDS).until(() -> total(ends()) > total(before) + 200);
        delete();
        tab.click("#socket .pause");
        tab.click("#events .pause");
        for (var feed : new String[] {"socket", "events"}) {
            tab.until("desk.feeds." + feed + ".ledger.deleted > 0");
            tab.until("document.querySelector('#" + feed + " [data-show=behind]').textContent.includes('deleted')");
            assertThat(tab.number("desk.feeds." + feed + ".ledger.missing")).isZero();
        }
        long seen = tab.number("desk.feeds.socket.ledger.records");
        tab.until("desk.feeds.socket.ledger.records > " + (seen + 20));
        assertThat(tab.number("desk.feeds.socket.ledger.twice + desk.feeds.socket.ledger.missing"))
                .isZero();
        assertThat(tab.complaints()).isEmpty();
    }

    private static long total(JsonObject ends) {
        return ends.stream()
                .mapToLong(end -> ((Number) end.getValue()).longValue())
                .sum();
    }

    private void delete() throws Exception {
        var partitions = new JsonArray();
        for (int n = 0; n < 3; n++) {
            partitions.add(new JsonObject().put("partition", n).put("before", "latest"));
        }
        var url = URI.create("http://127.0.0.1:" + gatewayPort + "/v1/topics/desk.orders:deleteRecords");
        var body = new JsonObject().put("partitions", partitions).encode();
        var request = HttpRequest.newBuilder(url)
                .header("content-type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body));
        assertThat(HttpClient.newHttpClient()
                        .send(request.build(), BodyHandlers.discarding())
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void bothGoOnWithoutGapOrDuplicateAfterTheServerWasKilled() throws Exception {
        for (int round = 0; round < 2; round++) {
            long seen = tab.number("desk.feeds.socket.ledger.records");
            tab.until("desk.feeds.socket.ledger.records > " + (seen + 20));
            desk.kill();
            tab.until("document.querySelector('#socket').dataset.state === 'away'");
            tab.until("document.querySelector('#events').dataset.state === 'away'");
            desk.start();
            tab.until("document.querySelector('#socket').dataset.state === 'live'");
            tab.until("document.querySelector('#events').dataset.state === 'live'");
        }
        customers(300);
        customers(0);
        tab.evaluate("new Promise((resolve) => setTimeout(resolve, 500))");
        everythingCameOnce();
        assertThat(tab.complaints()).isEmpty();
    }
}
