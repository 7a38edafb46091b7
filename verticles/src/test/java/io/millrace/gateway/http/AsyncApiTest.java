package io.millrace.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The description of the frames says what the server sends and takes. */
class AsyncApiTest {
    static Served served;
    static JsonObject description;
    static Schemas schemas;

    @BeforeAll
    static void start() {
        served = new Served();
        description = served.json("/asyncapi.json");
        schemas = new Schemas(description);
    }

    @AfterAll
    static void stop() {
        served.close();
    }

    /** The schemas of one direction by the type of the frame. */
    private static Map<String, JsonObject> frames(String operation) {
        var found = new HashMap<String, JsonObject>();
        for (var reference :
                description.getJsonObject("operations").getJsonObject(operation).getJsonArray("messages")) {
            var message = schemas.resolve(schemas.resolve((JsonObject) reference));
            var schema = schemas.resolve(message.getJsonObject("payload"));
            var type = schema.getJsonObject("properties", new JsonObject()).getJsonObject("t");
            found.put(
                    type == null
                            ? message.getString("name")
                            : type.getJsonArray("enum").getString(0),
                    schema);
        }
        return found;
    }

    private static void fits(Map<String, JsonObject> frames, String type, JsonObject frame) {
        assertThat(frames).as(frame.encode()).containsKey(type);
        assertThat(schemas.mismatch(frames.get(type), frame, ""))
                .as(frame.encode())
                .isNull();
    }

    @Test
    void everyFrameIsWhatItsSchemaSaysAndEveryFrameThatIsDescribedIsSent() {
        var sent = frames("toClient");
        var taken = frames("fromClient");
        var seen = new TreeSet<String>();
        served.topic("d", 2);
        var wire = new Wire(served);
        var all = new ArrayList<JsonObject>();
        for (var frame : new String[] {
            "{'t':'ping'}",
            "{'t':'pub','rid':'1','topic':'d','key':'k','value':{'a':1},'acks':'all'}",
            "{'t':'pub','rid':'2','topic':'d','valueText':'x','acks':'0','headers':{'h':null},'id':'i'}",
            "{'t':'pub','rid':'3','topic':'d','value':1,'partition':7}",
            "{'t':'sub','ch':1,'topic':'d','from':'earliest','cursor':null,'lag':'100ms','view':'log','onGap':'skip'}",
            "{'t':'credit','ch':1,'until':'1','bytes':100000}",
            "{'t':'credit','ch':1,'until':'100','drain':true}",
            "{'t':'sub','ch':2,'topic':'d','group':'g'}",
            "{'t':'credit','ch':2,'until':100}",
            "{'t':'sub','ch':2,'topic':'d'}"
        }) {
            send(wire, taken, frame);
        }
        until(wire, all, "settled-due", 2);
        send(wire, taken, "{'t':'ack','ch':2,'upTo':'2','rid':'a'}");
        send(wire, taken, "{'t':'unsub','ch':2}");
        until(wire, all, "end", 1);
        var cursor = served.json("/v1/topics/d/records?limit=1").getString("cursor");
        for (int n = 0; n < 3; n++) {
            served.batch("d", "{\"records\":[{\"value\":1,\"partition\":0},{\"value\":2,\"partition\":1}]}");
        }
        served.post(
                "/v1/topics/d:deleteRecords",
                "{\"partitions\":[{\"partition\":0,\"before\":\"2\"},{\"partition\":1,\"before\":\"2\"}]}",
                "Content-Type",
                "application/json");
        send(wire, taken, "{'t':'sub','ch':3,'topic':'d','cursor':'" + cursor + "'}");
        send(wire, taken, "{'t':'credit','ch':3,'until':'100'}");
        until(wire, all, "gap", 1);
        until(wire, all, "recs", 1);
        until(wire, all, "lag", 1);
        Served.await(served.gateway.stop());
        assertThat(wire.closeCode()).isEqualTo(4503);
        all.addAll(wire.frames);
        for (var frame : all) {
            fits(sent, frame.getString("t"), frame);
            seen.add(frame.getString("t"));
        }
        assertThat(seen).containsExactlyInAnyOrderElementsOf(sent.keySet());
        assertThat(taken.keySet()).containsExactlyInAnyOrder("sub", "unsub", "credit", "ack", "pub", "ping");
    }

    private static void send(Wire wire, Map<String, JsonObject> taken, String frame) {
        var json = new JsonObject(frame.replace('\'', '"'));
        fits(taken, json.getString("t"), json);
        wire.send(frame);
    }

    /** Reads on until so many frames of a type have come, or so many records of the group. */
    private static void until(Wire wire, List<JsonObject> all, String type, int count) {
        for (int found = 0; found < count; ) {
            var frame = wire.next();
            all.add(frame);
            if (type.equals(frame.getString("t"))) found++;
            boolean isOfGroup = type.equals("settled-due") && Integer.valueOf(2).equals(frame.getInteger("ch"));
            if (isOfGroup && frame.getString("t").equals("rec")) found++;
            if (isOfGroup && frame.getString("t").equals("recs"))
                found += frame.getJsonArray("items").size();
        }
    }

    @Test
    void everyEventIsWhatItsSchemaSays() throws IOException {
        try (var other = new Served(new HttpGatewayOptions().setMaxStreamAgeMillis(2_000))) {
            var events = frames("events");
            other.topic("e", 1);
            other.post("/v1/topics/e/records", "a");
            var stream = new EventStreamTest.Stream(other, "/v1/topics/e/records", "Last-Event-ID", "x");
            var seen = new TreeSet<String>();
            for (var event = stream.next(); event != null; event = stream.next()) {
                fits(events, event.name(), event.json());
                seen.add(event.name());
            }
            assertThat(seen).containsExactly("end", "gap", "position", "record");
        }
    }
}
