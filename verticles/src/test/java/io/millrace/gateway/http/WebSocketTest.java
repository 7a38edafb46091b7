package io.millrace.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.HashSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Channels, credit and publishes over one socket. */
class WebSocketTest {
    static Served served;

    @BeforeAll
    static void start() {
        served = new Served(new HttpGatewayOptions().setMaxChannelsPerSocket(3).setPublishWindow(20));
    }

    @AfterAll
    static void stop() {
        served.close();
    }

    private static void fill(String topic, int records) {
        var batch = new StringBuilder("{\"records\":[");
        for (int n = 0; n < records; n++) {
            batch.append(n > 0 ? "," : "").append("{\"value\":").append(n).append('}');
        }
        assertThat(served.batch(topic, batch.append("]}").toString()).statusCode())
                .isEqualTo(200);
    }

    @Test
    void helloSaysWhatHolds() {
        try (var wire = new Wire(served)) {
            var hello = wire.next();
            assertThat(hello.getString("t")).isEqualTo("hello");
            assertThat(hello.getInteger("maxFrame")).isEqualTo(256 << 10);
            assertThat(hello.getInteger("heartbeat")).isEqualTo(15_000);
            assertThat(hello.getString("session")).isNotEmpty();
            assertThat(wire.next().encode()).isEqualTo("{\"t\":\"pubCredit\",\"until\":\"20\"}");
            assertThat(wire.socket.subProtocol()).isEqualTo("millrace.v1+json");
            assertThat(wire.socket.headers().contains("sec-websocket-extensions"))
                    .isFalse();
        }
    }

    @Test
    void recordsComeAsFarAsTheCreditGoesAndNotFurther() throws Exception {
        served.topic("credit", 1);
        fill("credit", 100);
        try (var wire = new Wire(served)) {
            wire.send("{'t':'sub','ch':1,'topic':'credit'}");
            assertThat(wire.next("position").getInteger("ch")).isEqualTo(1);
            assertThat(wire.rest(100)).isEmpty();
            wire.send("{'t':'credit','ch':1,'until':'7'}");
            var first = wire.records(7);
            for (int n = 0; n < 7; n++) {
                assertThat(first.get(n).getString("n")).isEqualTo(Integer.toString(n + 1));
                assertThat(first.get(n).getInteger("value")).isEqualTo(n);
                assertThat(first.get(n).getString("offset")).isEqualTo(Integer.toString(n));
            }
            assertThat(wire.rest(100)).isEmpty();
            wire.send("{'t':'credit','ch':1,'until':'7'}");
            wire.send("{'t':'credit','ch':1,'until':3}");
            assertThat(wire.rest(100)).isEmpty();
            wire.send("{'t':'credit','ch':1,'until':'8'}");
            var one = wire.next();
            assertThat(one.getString("t")).isEqualTo("rec");
            assertThat(one.getString("n")).isEqualTo("8");
            assertThat(one.getInteger("ch")).isEqualTo(1);
            wire.send("{'ch':1,'until':'1000','drain':true,'t':'credit'}");
            var several = wire.next();
            assertThat(several.getString("t")).isEqualTo("recs");
            assertThat(several.getInteger("ch")).isEqualTo(1);
            assertThat(several.getJsonArray("items")).hasSize(92);
            assertThat(wire.next("drained").getString("n")).isEqualTo("100");
            fill("credit", 3);
            assertThat(wire.rest(100)).isEmpty();
            wire.send("{'t':'credit','ch':1,'until':'200'}");
            assertThat(wire.records(3).get(2).getString("n")).isEqualTo("103");
        }
    }

    @Test
    void bytesAreGrantedToo() throws Exception {
        served.topic("bytes", 1);
        fill("bytes", 100);
        try (var wire = new Wire(served)) {
            wire.send("{'t':'sub','ch':1,'topic':'bytes'}");
            wire.send("{'t':'credit','ch':1,'until':'100','bytes':1000}");
            int first = wire.rest(200).size();
            assertThat(first).isBetween(3, 8);
            wire.send("{'t':'credit','ch':1,'until':'100'}");
            assertThat(wire.rest(100)).isEmpty();
            wire.send("{'t':'credit','ch':1,'until':'100','bytes':'9000000000'}");
            assertThat(wire.records(100 - first)).hasSize(100 - first);
        }
    }

    @Test
    void aCursorLeadsOnAcrossPartitionsWithoutGapOrDuplicate() {
        served.topic("resume", 5);
        fill("resume", 50);
        fill("resume", 50);
        var seen = new HashSet<String>();
        String cursor = null;
        for (int round = 0; round < 10; round++) {
            try (var wire = new Wire(served)) {
                var from = cursor == null ? "" : ",'cursor':'" + cursor + "'";
                wire.send("{'t':'sub','ch':4,'topic':'resume'" + from + "}");
                wire.send("{'t':'credit','ch':4,'until':'10'}");
                for (var record : wire.records(10)) {
                    assertThat(seen.add(record.getInteger("partition") + "/" + record.getString("offset")))
                            .isTrue();
                    cursor = record.getString("cursor");
                }
            }
        }
        assertThat(seen).hasSize(100);
        try (var wire = new Wire(served)) {
            wire.send("{'t':'sub','ch':4,'topic':'resume','cursor':'" + cursor + "'}");
            wire.send("{'t':'credit','ch':4,'until':'10','drain':true}");
            assertThat(wire.next("drained").getString("n")).isEqualTo("0");
        }
    }

    @Test
    void whatIsPublishedGetsItsReceiptAndComesToThoseWhoFollow() {
        served.topic("chat", 2);
        try (var wire = new Wire(served);
                var other = new Wire(served)) {
            other.send("{'t':'sub','ch':1,'topic':'chat','from':'latest'}");
            other.send("{'t':'credit','ch':1,'until':'10'}");
            other.next("position");
            wire.send("{'t':'pub','rid':'9','topic':'chat','key':'k','value':{'a':[1,2]},'headers':{'h':'x'}}");
            var receipt = wire.next("receipt");
            assertThat(receipt.getString("rid")).isEqualTo("9");
            assertThat(receipt.getString("offset")).isEqualTo("0");
            assertThat(receipt.getString("acks")).isEqualTo("all");
            var record = other.records(1).get(0);
            assertThat(record.getJsonObject("value")).isEqualTo(new JsonObject("{\"a\":[1,2]}"));
            assertThat(record.getString("key")).isEqualTo("k");
            assertThat(record.getJsonObject("headers").getString("h")).isEqualTo("x");
            assertThat(record.getString("partition")).isEqualTo(receipt.getString("partition"));

            wire.send("{'value':1,'rid':'10','t':'pub','topic':'chat','idempotencyKey':'i'}");
            assertThat(wire.next("receipt").getBoolean("duplicate")).isFalse();
            wire.send("{'t':'pub','rid':'11','topic':'chat','value':1,'idempotencyKey':'i'}");
            assertThat(wire.next("receipt").getBoolean("duplicate")).isTrue();
            wire.send("{'t':'pub','rid':'12','topic':'chat','value':1,'acks':'0'}");
            assertThat(wire.next("receipt").getString("durable")).isEqualTo("none");
        }
    }

    @Test
    void aPublishThatIsRefusedIsAnErrorOfItsOwn() {
        served.topic("strict", 1);
        try (var wire = new Wire(served)) {
            wire.send("{'t':'pub','rid':'1','topic':'nowhere','value':1}");
            error(wire, "1", "TOPIC_NOT_FOUND");
            wire.send("{'t':'pub','rid':'2','topic':'strict','value':1,'valueText':'x'}");
            error(wire, "2", "INVALID_ARGUMENT");
            wire.send("{'t':'pub','rid':'3','value':1}");
            error(wire, "3", "INVALID_ARGUMENT");
            wire.send("{'t':'pub','rid':'4','topic':'strict','value':1,'partition':9}");
            error(wire, "4", "PARTITION_NOT_FOUND");
            wire.send("{'t':'pub','rid':'5','topic':'strict','value':1,'acks':'2'}");
            error(wire, "5", "INVALID_ARGUMENT");
            wire.send("{'t':'pub','rid':'6','topic':'strict','value':1,'colour':2}");
            error(wire, "6", "INVALID_ARGUMENT");
            wire.send("{'t':'pub','rid':'7','topic':'strict','value':1}");
            assertThat(wire.next("receipt").getString("rid")).isEqualTo("7");
        }
    }

    private static void error(Wire wire, String rid, String code) {
        var error = wire.next("error");
        assertThat(error.getString("rid")).isEqualTo(rid);
        assertThat(error.getJsonObject("problem").getString("code")).isEqualTo(code);
        assertThat(error.getJsonObject("problem").getString("outcome")).isEqualTo("notStored");
    }

    @Test
    void creditForPublishersMovesOnWithWhatIsStored() {
        served.topic("window", 1);
        try (var wire = new Wire(served)) {
            long until = Long.parseLong(wire.next("pubCredit").getString("until"));
            int receipts = 0;
            for (int sent = 0; sent < 200; sent++) {
                while (sent >= until) {
                    var frame = wire.next();
                    if (frame.getString("t").equals("pubCredit")) until = Long.parseLong(frame.getString("until"));
                    else if (frame.getString("t").equals("receipt")) receipts++;
                }
                wire.send("{'t':'pub','rid':'" + sent + "','topic':'window','value':" + sent + "}");
            }
            for (; receipts < 200; receipts++) wire.next("receipt");
        }
    }

    @Test
    void channelsAreIndependentAndHaveALimit() {
        served.topic("left", 1);
        served.topic("right", 1);
        fill("left", 10);
        fill("right", 10);
        try (var wire = new Wire(served)) {
            wire.send("{'t':'sub','ch':1,'topic':'left'}");
            wire.send("{'t':'sub','ch':2,'topic':'right'}");
            wire.send("{'t':'credit','ch':2,'until':'10'}");
            assertThat(wire.records(10))
                    .allMatch(record -> record.getString("topic").equals("right"));
            wire.send("{'t':'unsub','ch':2}");
            var end = wire.next("end");
            assertThat(end.getInteger("ch")).isEqualTo(2);
            assertThat(end.getString("reason")).isEqualTo("unsubscribed");
            wire.send("{'t':'sub','ch':1,'topic':'right'}");
            assertThat(wire.next("error").getInteger("ch")).isEqualTo(1);
            wire.send("{'t':'credit','ch':1,'until':'10'}");
            assertThat(wire.records(10))
                    .allMatch(record -> record.getString("topic").equals("left"));
            wire.send("{'t':'sub','ch':2,'topic':'right'}");
            wire.send("{'t':'sub','ch':3,'topic':'right'}");
            wire.send("{'t':'sub','ch':4,'topic':'right'}");
            var refused = wire.next("error");
            assertThat(refused.getInteger("ch")).isEqualTo(4);
            assertThat(refused.getJsonObject("problem").getString("code")).isEqualTo("LIMIT_EXCEEDED");
            wire.send("{'t':'ping'}");
            wire.next("pong");
        }
    }
}
