package io.millrace.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.group.ConsumerProtocol.Assignment;
import io.millrace.group.ConsumerProtocol.Subscription;
import io.millrace.model.MillraceException;
import io.millrace.sim.Seeds;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor;
import org.junit.jupiter.api.Test;

/** Our bytes against those of Kafka's own consumer, in all versions. */
class ConsumerProtocolTest {
    private static final short VERSIONS = 3;

    private static Subscription subscription(Random random) {
        var topics = new ArrayList<String>();
        for (int n = random.nextInt(4); n > 0; n--) topics.add("topic-" + n + (random.nextBoolean() ? "-ü" : ""));
        var userData = random.nextBoolean() ? null : ByteBuffer.wrap(new byte[] {1, 2, 3});
        return new Subscription(
                topics, userData, partitions(random), random.nextInt(5) - 1, random.nextBoolean() ? null : "rack-1");
    }

    private static List<TopicPartition> partitions(Random random) {
        var partitions = new ArrayList<TopicPartition>();
        for (int topic = random.nextInt(3); topic > 0; topic--) {
            for (int index = random.nextInt(4); index > 0; index--)
                partitions.add(new TopicPartition("t" + topic, index));
        }
        return partitions;
    }

    private static List<org.apache.kafka.common.TopicPartition> kafka(List<TopicPartition> ours) {
        return ours.stream()
                .map(each -> new org.apache.kafka.common.TopicPartition(each.topic(), each.partition()))
                .toList();
    }

    private static ConsumerPartitionAssignor.Subscription kafka(Subscription ours) {
        return new ConsumerPartitionAssignor.Subscription(
                ours.topics(),
                ours.userData(),
                kafka(ours.owned()),
                ours.generation(),
                Optional.ofNullable(ours.rack()));
    }

    @Test
    void aSubscriptionIsReadByKafkaAsItWasWritten() {
        Seeds.forEach(200, random -> {
            var ours = subscription(random);
            for (short version = 0; version <= VERSIONS; version++) {
                var read = org.apache.kafka.clients.consumer.internals.ConsumerProtocol.deserializeSubscription(
                        ConsumerProtocol.encode(ours, version));
                assertThat(read.topics()).isEqualTo(ours.topics());
                assertThat(read.userData()).isEqualTo(ours.userData());
                assertThat(read.ownedPartitions())
                        .containsExactlyInAnyOrderElementsOf(version < 1 ? List.of() : kafka(ours.owned()));
                assertThat(read.generationId().orElse(-1)).isEqualTo(version < 2 ? -1 : ours.generation());
                assertThat(read.rackId()).isEqualTo(Optional.ofNullable(version < 3 ? null : ours.rack()));
            }
        });
    }

    @Test
    void aSubscriptionOfKafkaIsReadAsItWasWritten() {
        Seeds.forEach(200, random -> {
            var ours = subscription(random);
            for (short version = 0; version <= VERSIONS; version++) {
                var bytes = org.apache.kafka.clients.consumer.internals.ConsumerProtocol.serializeSubscription(
                        kafka(ours), version);
                var read = ConsumerProtocol.decodeSubscription(bytes);
                assertThat(read.topics()).containsExactlyInAnyOrderElementsOf(ours.topics());
                assertThat(read.userData()).isEqualTo(ours.userData());
                assertThat(read.owned()).containsExactlyInAnyOrderElementsOf(version < 1 ? List.of() : ours.owned());
                assertThat(read.generation()).isEqualTo(version < 2 ? -1 : ours.generation());
                assertThat(read.rack()).isEqualTo(version < 3 ? null : ours.rack());
            }
        });
    }

    @Test
    void anAssignmentGoesToKafkaAndBack() {
        Seeds.forEach(200, random -> {
            var ours = Assignment.of(partitions(random));
            for (short version = 0; version <= VERSIONS; version++) {
                var read = org.apache.kafka.clients.consumer.internals.ConsumerProtocol.deserializeAssignment(
                        ConsumerProtocol.encode(ours, version));
                assertThat(read.partitions()).containsExactlyInAnyOrderElementsOf(kafka(ours.partitions()));
                var back = ConsumerProtocol.decodeAssignment(
                        org.apache.kafka.clients.consumer.internals.ConsumerProtocol.serializeAssignment(
                                read, version));
                assertThat(back.partitions()).containsExactlyInAnyOrderElementsOf(ours.partitions());
            }
        });
    }

    @Test
    void bytesThatAreNoSubscriptionAreRefused() {
        var good = ConsumerProtocol.encode(
                Subscription.of(List.of("orders"), List.of(new TopicPartition("orders", 1)), 4));
        for (int length = 0; length < good.limit() - 1; length++) {
            var cut = good.slice(0, length);
            assertThatThrownBy(() -> ConsumerProtocol.decodeSubscription(cut)).isInstanceOf(MillraceException.class);
        }
        var claims = ByteBuffer.allocate(6)
                .putShort((short) 3)
                .putInt(Integer.MAX_VALUE)
                .flip();
        assertThatThrownBy(() -> ConsumerProtocol.decodeSubscription(claims)).hasMessageContaining("claims 2147483647");
    }

    @Test
    void noBytesAreAnEmptyAssignment() {
        assertThat(ConsumerProtocol.decodeAssignment(ByteBuffer.allocate(0)).partitions())
                .isEmpty();
    }
}
