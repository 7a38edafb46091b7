package io.millrace.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.BrokerOptions;
import io.millrace.broker.client.LocalMembers;
import io.millrace.group.ConsumerProtocol;
import io.millrace.group.Groups;
import io.millrace.group.JoinRequest;
import io.millrace.group.Joined;
import io.millrace.group.Protocol;
import io.millrace.group.SyncRequest;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Members that ended with the process of the broker. */
@Timeout(60)
class LocalMembersTest {
    @TempDir
    Path directory;

    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void close() throws Exception {
        await(vertx.close());
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    private LocalHost start() throws Exception {
        var host = new LocalHost(vertx, new BrokerOptions().setDataDir(directory.toString()));
        await(host.start());
        return host;
    }

    /** Alone in a group of its own, as far as a stable generation. */
    private static void join(Groups groups, String group, String from, @Nullable String instance) throws Exception {
        var request = new JoinRequest(
                group,
                "",
                instance,
                "client",
                from,
                ConsumerProtocol.TYPE,
                List.of(new Protocol("range", ByteBuffer.allocate(0))),
                600_000,
                600_000,
                false);
        Joined joined = await(groups.join(request));
        await(groups.sync(new SyncRequest(
                group,
                joined.claim(instance),
                ConsumerProtocol.TYPE,
                "range",
                Map.of(joined.memberId(), ByteBuffer.allocate(0)))));
    }

    @Test
    void membersOfThisProcessLeaveWhenTheBrokerComesBackAndOthersStay() throws Exception {
        var host = start();
        join(host.groups(), "dynamic", LocalMembers.HOST, null);
        join(host.groups(), "static", LocalMembers.HOST, "one");
        join(host.groups(), "remote", "127.0.0.1", null);
        await(host.close());

        host = start();
        assertThat(await(host.groups().describe("dynamic")).members()).isEmpty();
        assertThat(await(host.groups().describe("static")).members()).hasSize(1);
        assertThat(await(host.groups().describe("remote")).members()).hasSize(1);
        await(host.close());
    }
}
