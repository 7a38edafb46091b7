package io.millrace.examples.browser;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.examples.desk.OrderDesk;
import io.netty.util.internal.PlatformDependent;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A tab that pauses, while a producer goes on as fast as it can. The desk is in this process, so that its memory can be
 * looked at; {@code -Dpause.seconds=60} looks for longer.
 */
@Tag("chromium")
class PausedTabTest {
    private static final int SECONDS = Integer.getInteger("pause.seconds", 20);
    private static final int CONNECTIONS = 8;
    private static final int BATCH = 20;
    private static final long FLAT_BYTES = 16L << 20;
    private static final int CREDIT = 64;
    private static final int PARTITIONS = 3;
    private static final String OPEN = "millrace_http_sockets ";

    @TempDir
    Path directory;

    private final Vertx vertx = Vertx.vertx();
    private final AtomicLong stored = new AtomicLong();
    private int gatewayPort;

    @Test
    void aPausedTabStopsTheReaderAndMemoryStaysFlatAndItGoesOnWithoutGapOrDuplicate() throws Exception {
        int port = FreePort.find();
        gatewayPort = FreePort.find();
        var config = new JsonObject()
                .put("dataDir", directory.resolve("data").toString())
                .put("port", port)
                .put("gatewayPort", gatewayPort)
                .put("ordersPerSecond", 0)
                .put("services", new JsonArray());
        Tab.await(vertx.deployVerticle(new OrderDesk(), new DeploymentOptions().setConfig(config)));
        try (var chromium = new Chromium(vertx, directory.resolve("profile"))) {
            var tab = chromium.tab();
            tab.open("http://localhost:" + port + "/");
            tab.until("globalThis.desk?.millrace.state === 'open' && desk.feeds.events.state === 'live'");
            produce(System.nanoTime() + TimeUnit.SECONDS.toNanos(2));
            everythingCame(tab);

            tab.click("#socket .pause");
            tab.click("#events .pause");
            watch(tab);
            tab.click("#socket .pause");
            tab.click("#events .pause");
            everythingCame(tab);
            assertThat(tab.complaints()).isEmpty();
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
        }
    }

    private void watch(Tab tab) throws Exception {
        // The server has heard of both: the stream is closed, and the credit came before the answer to this.
        while (metric(OPEN) > 1) Thread.sleep(20);
        tab.evaluate("desk.millrace.publish('nowhere', { value: 0 }).catch(() => 0)");
        long before = stored.get();
        long sentBefore = metric("millrace_http_records_out_total ");
        long readsBefore = metric("millrace_reads_total\\{topic=\"desk.orders\"\\} ");
        long heapBefore = heap();
        long directBefore = direct();
        long directMost = 0;
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        var produced = produceLater(deadline);
        while (System.nanoTime() < deadline) {
            directMost = Math.max(directMost, direct());
            Thread.sleep(50);
        }
        Tab.await(produced);
        long more = stored.get() - before;
        assertThat(more).as("records produced meanwhile").isGreaterThan(500L * SECONDS);
        assertThat(metric("millrace_http_records_out_total ")).isEqualTo(sentBefore);
        // One read waited on each partition for whoever comes next; nothing has read behind that.
        assertThat(metric("millrace_reads_total\\{topic=\"desk.orders\"\\} "))
                .isBetween(readsBefore, readsBefore + PARTITIONS);
        assertThat(tab.number("desk.feeds.socket.waiting")).isLessThanOrEqualTo(CREDIT);
        tab.until("desk.feeds.socket.behind.records === " + more);
        long heapAfter = heap();
        System.out.printf(
                "paused for %d s: %d records, heap %d -> %d KiB, direct memory %d -> at most %d KiB%n",
                SECONDS, more, heapBefore >> 10, heapAfter >> 10, directBefore >> 10, directMost >> 10);
        assertThat(heapAfter).as("heap").isLessThan(heapBefore + FLAT_BYTES);
        assertThat(directBefore).as("direct memory is measured").isPositive();
        assertThat(directMost).as("direct memory").isLessThan(directBefore + FLAT_BYTES);
    }

    private void everythingCame(Tab tab) {
        for (var feed : new String[] {"socket", "events"}) {
            var ledger = "desk.feeds." + feed + ".ledger";
            tab.until(ledger + ".records === " + stored.get());
            assertThat(tab.number(ledger + ".missing + " + ledger + ".twice")).isZero();
        }
    }

    private static long heap() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    /** What Netty takes by itself, and what it takes by the JDK. */
    private static long direct() {
        long pools = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
        return pools + Math.max(0, PlatformDependent.usedDirectMemory());
    }

    private long metric(String name) throws Exception {
        var found = Pattern.compile("^" + name + "(\\d+)", Pattern.MULTILINE).matcher(metrics());
        return found.find() ? Long.parseLong(found.group(1)) : 0;
    }

    private String metrics() throws Exception {
        var client = vertx.createHttpClient();
        var text = client.request(HttpMethod.GET, gatewayPort, "127.0.0.1", "/metrics")
                .compose(open -> open.send())
                .compose(answer -> answer.body())
                .map(Buffer::toString);
        try {
            return Tab.await(text);
        } finally {
            client.close();
        }
    }

    private void produce(long deadline) {
        Tab.await(produceLater(deadline));
    }

    /** Publishes one batch of orders after the other on each of some connections. */
    private Future<Void> produceLater(long deadline) {
        var client = vertx.createHttpClient(new PoolOptions().setHttp1MaxSize(CONNECTIONS));
        var order = "{\"value\":{\"customer\":\"a machine\",\"item\":\"Egg timer\",\"pieces\":1,\"cents\":990}}";
        var orders = Buffer.buffer("{\"records\":[" + String.join(",", Collections.nCopies(BATCH, order)) + "]}");
        var all = new ArrayList<Future<Void>>();
        for (int n = 0; n < CONNECTIONS; n++) {
            var done = Promise.<Void>promise();
            all.add(done.future());
            next(client, orders, deadline, done);
        }
        return Future.all(all).<Void>mapEmpty().eventually(() -> client.close());
    }

    private void next(HttpClient client, Buffer orders, long deadline, Promise<Void> done) {
        var request = new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setHost("127.0.0.1")
                .setPort(gatewayPort)
                .setURI("/v1/topics/desk.orders/records")
                .putHeader("content-type", "application/vnd.millrace.batch+json");
        client.request(request)
                .compose(open -> open.send(orders))
                .compose(answer -> answer.body().map(body -> answer.statusCode()))
                .onComplete(
                        status -> {
                            if (status == 200) stored.addAndGet(BATCH);
                            if (status != 200) done.fail("status " + status);
                            else if (System.nanoTime() >= deadline) done.complete();
                            else next(client, orders, deadline, done);
                        },
                        done::fail);
    }
}
