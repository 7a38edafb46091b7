package io.millrace.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.BrokerOptions;
import io.millrace.Codec;
import io.millrace.Producer;
import io.vertx.core.json.JsonObject;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Demand reaches from the client to the log, and from the disk to the publisher. */
class DemandTest {
    @TempDir
    Path directory;

    private static double metric(Served served, String name) {
        return served.get("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .sum();
    }

    private static long directBytes() {
        long netty = io.netty.buffer.PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
        return netty
                + ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                        .mapToLong(BufferPoolMXBean::getMemoryUsed)
                        .sum();
    }

    private static long heapBytes() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    /** Publishes as fast as it goes, for a while. */
    private static void publish(Producer<String, String> producer, long millis) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        var value = "v".repeat(200);
        while (System.nanoTime() < end) {
            for (int n = 0; n < 1_000; n++) {
                var last = producer.send("k", value);
                if (n == 999) Served.await(last);
            }
        }
    }

    @Test
    void aPausedChannelStopsTheReaderAtTheGrantedCreditAndMemoryStaysFlat() throws Exception {
        var broker = new BrokerOptions().setDataDir(directory.toString());
        try (var served = new Served(new HttpGatewayOptions(), broker);
                var wire = new Wire(served)) {
            served.topic("tab", 1);
            wire.send("{'t':'sub','ch':1,'topic':'tab','from':'latest'}");
            wire.next("position");
            wire.send("{'t':'credit','ch':1,'until':'1000'}");
            var producer = served.broker.producer("tab", Codec.string());
            publish(producer, 500);
            var records = wire.records(1_000);
            // Reads that were parked when the credit ended are over now.
            publish(producer, 200);
            double readsBefore = metric(served, "millrace_bytes_out_total");
            long heapBefore = heapBytes();
            long directBefore = directBytes();
            publish(producer, 2_000);
            assertThat(metric(served, "millrace_bytes_out_total")).isEqualTo(readsBefore);
            assertThat(metric(served, "millrace_http_records_out_total")).isEqualTo(1_000);
            assertThat(heapBytes() - heapBefore).isLessThan(8 << 20);
            assertThat(directBytes() - directBefore).isLessThan(8 << 20);
            assertThat(wire.rest(50)).isEmpty();

            wire.send("{'t':'credit','ch':1,'until':'3000'}");
            for (var record : wire.records(2_000)) records.add(record);
            for (int n = 0; n < records.size(); n++) {
                assertThat(records.get(n).getString("n")).isEqualTo(Integer.toString(n + 1));
                assertThat(offset(records.get(n))).isEqualTo(offset(records.get(0)) + n);
            }
        }
    }

    private static long offset(JsonObject record) {
        return Long.parseLong(record.getString("offset"));
    }

    @Test
    void aPublisherFasterThanTheDiskIsHeldBackByItsCreditAndNeverCutOff() throws Exception {
        var broker = new BrokerOptions().setDataDir(directory.toString());
        var options = new HttpGatewayOptions().setMaxInFlightBytesPerConnection(256 << 10);
        try (var served = new Served(options, broker);
                var wire = new Wire(served)) {
            served.topic("fast", 1);
            var value = "v".repeat(20_000);
            long until = Long.parseLong(wire.next("pubCredit").getString("until"));
            long sent = 0;
            long receipts = 0;
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(3);
            double most = 0;
            while (System.nanoTime() < end || receipts < sent) {
                while (sent < until && System.nanoTime() < end) {
                    var unused = wire.socket.writeTextMessage("{\"t\":\"pub\",\"rid\":\"" + sent++
                            + "\",\"topic\":\"fast\",\"valueText\":\"" + value + "\"}");
                }
                var frame = wire.next();
                if (frame.getString("t").equals("pubCredit")) until = Long.parseLong(frame.getString("until"));
                else if (frame.getString("t").equals("receipt")) receipts++;
                else if (!frame.getString("t").equals("hello")) throw new AssertionError(frame.encode());
                if (receipts % 100 == 0) most = Math.max(most, metric(served, "millrace_http_in_flight_bytes"));
            }
            assertThat(receipts).isEqualTo(sent).isGreaterThan(256);
            assertThat(wire.closed).isNotDone();
            // What one connection may have under way, and what was on its way when it was full.
            assertThat(most).isLessThan(2 << 20);
        }
    }

    @Test
    void whoExpiredIsToldHowMuchHeMissed() {
        try (var served = new Served();
                var wire = new Wire(served)) {
            served.topic("old", 1);
            var ten = "{\"records\":[" + String.join(",", java.util.Collections.nCopies(10, "{\"value\":1}")) + "]}";
            served.batch("old", ten);
            var cursor = served.json("/v1/topics/old/records?limit=2").getString("cursor");
            wire.send("{'t':'sub','ch':2,'topic':'old'}");
            wire.send("{'t':'credit','ch':2,'until':'1'}");
            assertThat(wire.records(1)).hasSize(1);
            served.post(
                    "/v1/topics/old:deleteRecords",
                    "{\"partitions\":[{\"partition\":0,\"before\":\"7\"}]}",
                    "Content-Type",
                    "application/json");
            // One that is there already, one that comes with a cursor, and one that wants to be told by an end.
            wire.send("{'t':'credit','ch':2,'until':'10'}");
            gap(wire.next("gap"), 2, "6");
            assertThat(wire.records(3).get(0).getString("offset")).isEqualTo("7");
            wire.send("{'t':'sub','ch':3,'topic':'old','cursor':'" + cursor + "'}");
            gap(wire.next("gap"), 3, "5");
            wire.next("position");
            wire.send("{'t':'sub','ch':4,'topic':'old','cursor':'" + cursor + "','onGap':'fail'}");
            var problem = wire.next("error").getJsonObject("problem");
            assertThat(problem.getString("code")).isEqualTo("CURSOR_EXPIRED");
            assertThat(problem.getString("lostRecords")).isEqualTo("5");
            assertThat(wire.next("end").getString("reason")).isEqualTo("gap");
        }
    }

    private static void gap(JsonObject gap, int channel, String missed) {
        assertThat(gap.getInteger("ch")).isEqualTo(channel);
        assertThat(gap.getString("missed")).isEqualTo(missed);
        assertThat(gap.getString("reason")).isEqualTo("expired");
        assertThat(gap.getString("resumedAt")).startsWith("c1.");
    }

    @Test
    void aChannelTellsHowFarItIsBehindAndFollowsItsTopicToItsEnd() {
        try (var served = new Served();
                var wire = new Wire(served)) {
            served.topic("behind", 1);
            served.post("/v1/topics/behind/records", "a");
            served.post("/v1/topics/behind/records", "b");
            wire.send("{'t':'sub','ch':1,'topic':'behind','lag':'500ms'}");
            var lag = wire.next("lag");
            assertThat(lag.getString("records")).isEqualTo("2");
            wire.send("{'t':'credit','ch':1,'until':'9'}");
            assertThat(wire.records(2)).hasSize(2);
            Awaitility.await()
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> wire.next("lag").getString("records").equals("0"));
            served.post("/v1/topics/behind:addPartitions", "{\"partitions\":2}", "Content-Type", "application/json");
            served.post("/v1/topics/behind/records", "c", "Record-Partition", "1");
            assertThat(wire.records(1).get(0).getInteger("partition")).isEqualTo(1);
            served.send(served.to("/v1/topics/behind").DELETE());
            assertThat(wire.next("end").getString("reason")).isEqualTo("topicDeleted");
        }
    }

    @Test
    void whenTheGatewayStopsClientsAreSentElsewhereAndWhatTheyHavePublishedIsAnswered() {
        var served = new Served();
        served.topic("t", 1);
        try (var wire = new Wire(served)) {
            wire.next("hello");
            for (int n = 0; n < 10; n++) wire.send("{'t':'pub','rid':'" + n + "','topic':'t','value':1}");
            served.close();
            wire.next("drain");
            assertThat(wire.closeCode()).isEqualTo(4503);
            assertThat(wire.frames.stream().map(frame -> frame.getString("t")).distinct())
                    .isSubsetOf(List.of("receipt", "pubCredit", "error"));
        }
    }

    @Test
    void compressedRecordsComeToo() {
        try (var served = new Served();
                var wire = new Wire(served)) {
            served.put("/v1/topics/packed", "{\"partitions\":1,\"config\":{\"compression.type\":\"gzip\"}}");
            var batch = new StringBuilder("{\"records\":[");
            for (int n = 0; n < 500; n++)
                batch.append(n > 0 ? "," : "").append("{\"value\":").append(n).append('}');
            served.batch("packed", batch.append("]}").toString());
            wire.send("{'t':'sub','ch':1,'topic':'packed'}");
            for (int until = 50; until <= 500; until += 50) {
                wire.send("{'t':'credit','ch':1,'until':'" + until + "'}");
                var records = wire.records(50);
                assertThat(records.get(0).getInteger("value")).isEqualTo(until - 50);
                assertThat(records.get(49).getString("n")).isEqualTo(Integer.toString(until));
            }
        }
    }
}
