package io.millrace.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Channels that share a topic as members of a group. */
class GroupChannelTest {
    static Served served;

    @BeforeAll
    static void start() {
        served = new Served();
    }

    @AfterAll
    static void stop() {
        served.close();
    }

    private static void fill(String topic, int partitions, int perPartition) {
        for (int partition = 0; partition < partitions; partition++) {
            var batch = new StringBuilder("{\"records\":[");
            for (int n = 0; n < perPartition; n++) {
                batch.append(n > 0 ? "," : "")
                        .append("{\"partition\":")
                        .append(partition)
                        .append(",\"key\":\"k\",\"headers\":{\"h\":\"x\"},\"value\":")
                        .append(n)
                        .append('}');
            }
            assertThat(served.batch(topic, batch.append("]}").toString()).statusCode())
                    .isEqualTo(200);
        }
    }

    private static String place(JsonObject record) {
        return record.getInteger("partition") + "/" + record.getString("offset");
    }

    @Test
    void whatWasAcknowledgedIsNotDeliveredAgainAndTheRestIs() {
        served.topic("work", 1);
        fill("work", 1, 20);
        try (var wire = new Wire(served)) {
            wire.send("{'t':'sub','ch':1,'topic':'work','group':'g1'}");
            wire.send("{'t':'credit','ch':1,'until':'10'}");
            var records = wire.records(10);
            for (int n = 0; n < 10; n++) {
                assertThat(records.get(n).getString("n")).isEqualTo(Integer.toString(n + 1));
                assertThat(records.get(n).getInteger("value")).isEqualTo(n);
                assertThat(records.get(n).getString("key")).isEqualTo("k");
                assertThat(records.get(n).getJsonObject("headers").getString("h"))
                        .isEqualTo("x");
            }
            wire.send("{'t':'ack','ch':1,'upTo':'5','rid':'a'}");
            assertThat(wire.next("settled").getInteger("records")).isEqualTo(5);
            // Behind a hole: done, but the position does not pass the hole.
            wire.send("{'t':'ack','ch':1,'n':'8','rid':'b'}");
            assertThat(wire.next("settled").encode())
                    .isEqualTo("{\"t\":\"settled\",\"rid\":\"b\",\"ch\":1,\"records\":1}");
            wire.send("{'t':'ack','ch':1,'n':'8','rid':'c'}");
            assertThat(wire.next("settled").getInteger("records")).isZero();
        }
        try (var wire = new Wire(served)) {
            wire.send("{'t':'sub','ch':1,'topic':'work','group':'g1'}");
            wire.send("{'t':'credit','ch':1,'until':'100'}");
            var records = wire.records(15);
            assertThat(records.get(0).getString("offset")).isEqualTo("5");
            assertThat(records.get(14).getString("offset")).isEqualTo("19");
            wire.send("{'t':'ack','ch':1,'upTo':'100'}");
            wire.send("{'t':'unsub','ch':1}");
            assertThat(wire.next("end").getString("reason")).isEqualTo("unsubscribed");
            wire.send("{'t':'sub','ch':2,'topic':'work','group':'g1'}");
            wire.send("{'t':'credit','ch':2,'until':'100'}");
            fill("work", 1, 1);
            assertThat(wire.records(1).get(0).getString("offset")).isEqualTo("20");
        }
    }

    @Test
    void membersShareTheirTopicAndTakeOverFromWhoLeaves() {
        served.topic("shared", 4);
        try (var stays = new Wire(served)) {
            var goes = new Wire(served);
            stays.send("{'t':'sub','ch':1,'topic':'shared','group':'g2'}");
            goes.send("{'t':'sub','ch':1,'topic':'shared','group':'g2'}");
            var first = assigned(stays, 2);
            var second = assigned(goes, 2);
            var both = new TreeSet<>(first);
            both.addAll(second);
            assertThat(both).containsExactly(0, 1, 2, 3);
            fill("shared", 4, 5);
            stays.send("{'t':'credit','ch':1,'until':'1000'}");
            goes.send("{'t':'credit','ch':1,'until':'1000'}");
            var seen = new HashSet<String>();
            for (var record : stays.records(10)) {
                assertThat(first).contains(record.getInteger("partition"));
                assertThat(seen.add(place(record))).isTrue();
            }
            for (var record : goes.records(10))
                assertThat(seen.add(place(record))).isTrue();
            stays.send("{'t':'ack','ch':1,'upTo':'10','rid':'x'}");
            stays.next("settled");
            // Gone without an acknowledgement: somebody else gets it all.
            goes.close();
            var again = new HashSet<String>();
            for (var record : stays.records(10)) {
                assertThat(second).contains(record.getInteger("partition"));
                again.add(place(record));
            }
            assertThat(again).hasSize(10);
        }
    }

    /** Waits until so many partitions are assigned. */
    private static Set<Integer> assigned(Wire wire, int count) {
        while (true) {
            var partitions = wire.next("assigned").getJsonArray("partitions");
            if (partitions.size() != count) continue;
            var set = new TreeSet<Integer>();
            partitions.forEach(one -> set.add((Integer) one));
            return set;
        }
    }

    @Test
    void aMemberWithoutCreditStaysAMemberAndGetsNothing() throws Exception {
        served.topic("paused", 1);
        fill("paused", 1, 10);
        try (var wire = new Wire(served)) {
            wire.send("{'t':'sub','ch':1,'topic':'paused','group':'g3'}");
            assigned(wire, 1);
            wire.send("{'t':'credit','ch':1,'until':'4'}");
            assertThat(wire.records(4)).hasSize(4);
            wire.send("{'t':'credit','ch':1,'until':'2'}");
            assertThat(wire.rest(200)).isEmpty();
            wire.send("{'t':'credit','ch':1,'until':'9','drain':true}");
            assertThat(wire.next("drained").getString("n")).isEqualTo("4");
            wire.send("{'t':'credit','ch':1,'until':'10'}");
            assertThat(wire.records(6).get(5).getString("n")).isEqualTo("10");
        }
    }

    @Test
    void whatAGroupDoesNotTakeIsRefused() {
        served.topic("refused", 1);
        try (var wire = new Wire(served)) {
            for (var bad : new String[] {
                "'group':'g'",
                "'group':'','topic':'refused'",
                "'group':'g','topic':'nothing'",
                "'group':'g','topic':'refused','partition':0",
                "'group':'g','topic':'refused','cursor':'c1.x'",
                "'group':'g','topic':'refused','from':'middle'"
            }) {
                wire.send("{'t':'sub','ch':1," + bad + "}");
                assertThat(wire.next("error").getInteger("ch")).as(bad).isEqualTo(1);
            }
            wire.send("{'t':'sub','ch':1,'topic':'refused'}");
            wire.send("{'t':'ack','ch':1,'n':'1'}");
            assertThat(wire.next("error").getInteger("ch")).isEqualTo(1);
        }
    }
}
