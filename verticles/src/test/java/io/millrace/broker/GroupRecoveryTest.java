package io.millrace.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.Broker;
import io.millrace.BrokerOptions;
import io.millrace.Codec;
import io.millrace.TopicOptions;
import io.millrace.group.Claim;
import io.millrace.group.OffsetToCommit;
import io.millrace.group.TopicPartition;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Groups of a broker on a real disk, over several lives and loops. */
class GroupRecoveryTest {
    private static final TopicPartition ORDERS = new TopicPartition("orders", 1);

    @TempDir
    Path directory;

    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void stop() throws Exception {
        await(vertx.close());
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    private EmbeddedBroker start() throws Exception {
        var options = new BrokerOptions()
                .setDataDir(directory.toString())
                .setMinFreeBytes(0)
                .setReserveBytes(0)
                .setEventLoops(2);
        var broker = EmbeddedBroker.create(vertx, options);
        await(broker.start());
        return broker;
    }

    private static void commit(EmbeddedBroker broker, String group, long offset) throws Exception {
        await(broker.node().groups().commit(group, Claim.NOBODY, Map.of(ORDERS, OffsetToCommit.of(offset))));
    }

    private static long committed(EmbeddedBroker broker, String group) throws Exception {
        var found = await(broker.node().groups().committed(group, null)).get(ORDERS);
        return found == null ? -1 : found.offset();
    }

    @Test
    void offsetsOfManyGroupsSurviveARestartAndThoseOfADeletedTopicDoNot() throws Exception {
        var broker = start();
        await(broker.createTopic("orders", new TopicOptions().setPartitions(2)));
        assertThat(await(broker.listGroups())).isEmpty();
        for (int n = 0; n < 20; n++) commit(broker, "g" + n, n);
        await(broker.close());

        broker = start();
        assertThat(await(broker.listGroups())).hasSize(20);
        for (int n = 0; n < 20; n++) assertThat(committed(broker, "g" + n)).isEqualTo(n);
        assertThat(await(broker.topics())).containsExactly("orders");

        await(broker.deleteTopic("orders"));
        await(broker.createTopic("orders", new TopicOptions().setPartitions(2)));
        for (int n = 0; n < 20; n++) assertThat(committed(broker, "g" + n)).isEqualTo(-1);
        await(broker.close());
    }

    @Test
    void nobodyPublishesToTheTopicOfTheGroups() throws Exception {
        Broker broker = start();
        assertThatThrownBy(() -> broker.producer("__consumer_offsets", Codec.string()))
                .hasMessageContaining("__consumer_offsets");
        await(broker.close());
    }
}
