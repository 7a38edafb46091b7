package io.millrace.gateway.http;

import static io.millrace.gateway.http.Served.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.group.Claim;
import io.millrace.group.ConsumerProtocol;
import io.millrace.group.Groups;
import io.millrace.group.JoinRequest;
import io.millrace.group.OffsetToCommit;
import io.millrace.group.Protocol;
import io.millrace.group.SyncRequest;
import io.millrace.group.TopicPartition;
import io.millrace.server.CommandRun;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Consumer groups over HTTP. */
class GroupsTest {
    private static final String[] JSON = {"Content-Type", "application/json"};
    static Served served;

    @BeforeAll
    static void start() {
        served = new Served();
    }

    @AfterAll
    static void stop() {
        served.close();
    }

    private static Groups groups() {
        return served.broker.node().groups();
    }

    private static void publish(String topic, int records) {
        for (int n = 0; n < records; n++) served.post("/v1/topics/" + topic + "/records", "{\"n\":" + n + "}", JSON);
    }

    private static void commit(String group, String topic, long offset) {
        Served.await(
                groups().commit(group, Claim.NOBODY, Map.of(new TopicPartition(topic, 0), OffsetToCommit.of(offset))));
    }

    private static HttpResponse<String> seek(String group, String body) {
        return served.post("/v1/groups/" + group + ":seek", body, JSON);
    }

    private static String committed(String group) {
        return served.json("/v1/groups/" + group)
                .getJsonArray("partitions")
                .getJsonObject(0)
                .getString("committed");
    }

    @Test
    void aGroupShowsItsMembersAndHowFarItIsBehind() {
        served.topic("orders", 2);
        for (int n = 0; n < 4; n++) publish("orders", 1);
        var group = "billing";
        var subscription = ConsumerProtocol.encode(ConsumerProtocol.Subscription.of(List.of("orders"), List.of(), -1));
        var joined = Served.await(groups().join(new JoinRequest(
                group,
                "",
                null,
                "desk-1",
                "here",
                "consumer",
                List.of(new Protocol("range", subscription)),
                10_000,
                300_000,
                false)));
        var first = new TopicPartition("orders", 0);
        var share = ConsumerProtocol.encode(
                ConsumerProtocol.Assignment.of(List.of(first, new TopicPartition("orders", 1))));
        var claim = joined.claim(null);
        Served.await(
                groups().sync(new SyncRequest(group, claim, "consumer", "range", Map.of(joined.memberId(), share))));
        Served.await(groups().commit(group, claim, Map.of(first, new OffsetToCommit(0, -1, "noted"))));

        var described = served.json("/v1/groups/billing");
        assertThat(described.getString("state")).isEqualTo("Stable");
        assertThat(described.getString("assignor")).isEqualTo("range");
        assertThat(described.getInteger("idleMembers")).isZero();
        var member = described.getJsonArray("members").getJsonObject(0);
        assertThat(member.getString("clientId")).isEqualTo("desk-1");
        assertThat(member.getJsonArray("partitions")).containsExactly("orders/0", "orders/1");
        var lags = described.getJsonArray("partitions");
        assertThat(lags).hasSize(2);
        assertThat(lags.getJsonObject(0).getString("committed")).isEqualTo("0");
        assertThat(lags.getJsonObject(0).getString("metadata")).isEqualTo("noted");
        assertThat(lags.getJsonObject(1).getValue("committed")).isNull();
        long end = Long.parseLong(lags.getJsonObject(0).getString("end"));
        assertThat(described.getLong("lag")).isEqualTo(end);
        assertThat(served.json("/v1/groups/billing/members").getJsonArray("items"))
                .hasSize(1);
        assertThat(served.json("/v1/groups/billing/lag").getLong("lag")).isEqualTo(end);
        assertThat(served.get("/metrics").body())
                .contains("millrace_group_members{group=\"billing\"} 1")
                .contains("millrace_group_lag_records{group=\"billing\",topic=\"orders\"} " + end)
                .contains("millrace_group_rebalances_total{group=\"billing\"} 1");

        var busy = seek("billing", "{\"to\":\"earliest\"}");
        assertThat(busy.statusCode()).isEqualTo(409);
        assertThat(json(busy).getString("code")).isEqualTo("GROUP_NOT_EMPTY");
        assertThat(served.send(served.to("/v1/groups/billing").DELETE()).statusCode())
                .isEqualTo(409);
        Served.await(groups().leave(group, List.of(new Groups.Leaving(joined.memberId(), null))));
        assertThat(served.send(served.to("/v1/groups/billing").DELETE()).statusCode())
                .isEqualTo(204);
        assertThat(served.get("/v1/groups/billing").statusCode()).isEqualTo(404);
    }

    @Test
    void aGroupIsMovedToWhereItShallGoOn() {
        served.topic("pay", 1);
        publish("pay", 5);
        commit("audit", "pay", 3);
        var tried = json(seek("audit", "{\"to\":\"earliest\",\"dryRun\":true}"));
        assertThat(tried.getJsonArray("partitions").getJsonObject(0))
                .isEqualTo(new JsonObject("{\"topic\":\"pay\",\"partition\":0,\"from\":\"3\",\"to\":\"0\"}"));
        assertThat(committed("audit")).isEqualTo("3");
        for (var wish : List.of(
                "\"latest\" 5",
                "{\"offset\":\"2\"} 2",
                "{\"shiftBy\":2} 4",
                "{\"shiftBy\":-9} 0",
                "{\"shiftBy\":99} 5",
                "{\"time\":\"2001-01-01T00:00:00Z\"} 0",
                "{\"time\":\"2101-01-01T00:00:00Z\"} 5",
                "\"earliest\" 0")) {
            int space = wish.lastIndexOf(' ');
            assertThat(seek("audit", "{\"to\":" + wish.substring(0, space) + "}")
                            .statusCode())
                    .as(wish)
                    .isEqualTo(200);
            assertThat(committed("audit")).as(wish).isEqualTo(wish.substring(space + 1));
        }
        assertThat(seek("fresh", "{\"to\":\"latest\",\"topic\":\"pay\",\"partitions\":[0]}")
                        .statusCode())
                .isEqualTo(200);
        assertThat(committed("fresh")).isEqualTo("5");
    }

    @Test
    void aWishThatMakesNoSenseIsRefusedAndChangesNothing() {
        served.topic("odd", 1);
        publish("odd", 2);
        commit("strange", "odd", 1);
        for (var body : List.of(
                "{}",
                "{\"to\":\"sideways\"}",
                "{\"to\":{\"offset\":\"-1\"}}",
                "{\"to\":{\"offset\":\"3\"}}",
                "{\"to\":{\"offset\":1,\"time\":2}}",
                "{\"to\":{\"time\":\"yesterday\"}}",
                "{\"to\":\"latest\",\"partitions\":[0]}",
                "{\"to\":\"latest\",\"topic\":\"odd\",\"partitions\":[-1]}",
                "{\"to\":\"latest\",\"dryRun\":1}",
                "{\"to\":\"latest\",\"dryrun\":true}")) {
            assertThat(seek("strange", body).statusCode()).as(body).isEqualTo(400);
        }
        assertThat(seek("strange", "{\"to\":\"latest\",\"topic\":\"odd\",\"partitions\":[7]}")
                        .statusCode())
                .isEqualTo(404);
        assertThat(seek("strange", "{\"to\":\"latest\",\"topic\":\"nothing\"}").statusCode())
                .isEqualTo(404);
        assertThat(seek("nobody", "{\"to\":\"latest\"}").statusCode()).isEqualTo(404);
        assertThat(committed("strange")).isEqualTo("1");
        assertThat(served.get("/v1/groups/" + "g".repeat(250)).statusCode()).isEqualTo(400);
        assertThat(served.get("/v1/groups/a%00b").statusCode()).isEqualTo(400);
    }

    @Test
    void theCommandLineListsDescribesMovesAndDeletes() {
        served.topic("shell", 1);
        publish("shell", 4);
        commit("cli", "shell", 1);
        assertThat(command("list")).contains("cli\n");
        assertThat(command("describe", "cli")).contains("state: Empty", "lag: 3", "shell");
        assertThat(command("describe", "cli", "--format", "json")).contains("\"committed\":\"1\"");
        assertThat(command("seek", "cli", "--to", "shift:2", "--dry-run")).contains("shell", "3");
        assertThat(committed("cli")).isEqualTo("1");
        command("seek", "cli", "--to", "offset:2", "--topic", "shell", "--partition", "0");
        assertThat(committed("cli")).isEqualTo("2");
        command("delete", "cli");
        assertThat(served.get("/v1/groups/cli").statusCode()).isEqualTo(404);
        assertThat(run("seek", "cli", "--to", "nowhere").code()).isEqualTo(2);
        assertThat(run("describe", "cli").code()).isEqualTo(1);
    }

    private static CommandRun run(String... args) {
        var all = new String[args.length + 1];
        all[0] = "group";
        System.arraycopy(args, 0, all, 1, args.length);
        return CommandRun.of(new byte[0], Map.of("MILLRACE_URL", "http://" + served.address), all);
    }

    private static String command(String... args) {
        var run = run(args);
        assertThat(run.code()).as(run.err()).isZero();
        return run.out();
    }

    @Test
    void groupsAreListedByPagesAndTheirTopicIsOutOfReach() {
        served.topic("many", 1);
        for (int n = 0; n < 5; n++) commit("page-" + n, "many", 0);
        var seen = new java.util.ArrayList<String>();
        var page = served.json("/v1/groups?limit=2");
        while (true) {
            for (var item : page.getJsonArray("items")) seen.add(((JsonObject) item).getString("group"));
            if (page.getString("nextPageToken") == null) break;
            page = served.json("/v1/groups?limit=2&pageToken=" + page.getString("nextPageToken"));
        }
        assertThat(seen).contains("page-0", "page-4").isSorted().doesNotHaveDuplicates();
        assertThat(served.get("/v1/topics").body()).doesNotContain("__consumer_offsets");
        assertThat(served.post("/v1/topics/__consumer_offsets/records", "{}", JSON)
                        .statusCode())
                .isEqualTo(400);
    }
}
