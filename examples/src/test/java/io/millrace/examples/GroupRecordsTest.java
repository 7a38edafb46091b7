package io.millrace.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.group.Committed;
import io.millrace.group.GroupEvent.GroupRemoved;
import io.millrace.group.GroupEvent.GroupStored;
import io.millrace.group.GroupEvent.OffsetCommitted;
import io.millrace.group.GroupEvent.OffsetRemoved;
import io.millrace.group.GroupEvent.Stored;
import io.millrace.group.GroupImage;
import io.millrace.group.GroupRecords;
import io.millrace.group.TopicPartition;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.coordinator.group.GroupCoordinatorRecordSerde;
import org.apache.kafka.coordinator.group.generated.GroupMetadataValue;
import org.apache.kafka.coordinator.group.generated.OffsetCommitKey;
import org.apache.kafka.coordinator.group.generated.OffsetCommitValue;
import org.apache.kafka.tools.consumer.GroupMetadataMessageFormatter;
import org.apache.kafka.tools.consumer.OffsetsMessageFormatter;
import org.junit.jupiter.api.Test;

/** The records of our internal topic, read, written and printed by Kafka's own coordinator and tools. */
class GroupRecordsTest {
    private static final TopicPartition ORDERS = new TopicPartition("orders", 7);
    private static final OffsetCommitted COMMITTED =
            new OffsetCommitted("Gruppe ü", ORDERS, new Committed(1L << 40, 3, "noted", 1_750_000_000_000L));
    private static final GroupStored STORED = new GroupStored(
            "billing",
            new GroupImage(
                    "consumer",
                    12,
                    "range",
                    "m1",
                    1_750_000_000_000L,
                    List.of(member("m1", null, new byte[] {1, 2}), member("m2", "instance", new byte[0]))));

    private final GroupCoordinatorRecordSerde kafka = new GroupCoordinatorRecordSerde();

    private static GroupImage.MemberImage member(String id, String instance, byte[] share) {
        return new GroupImage.MemberImage(
                id,
                instance,
                "client",
                "/127.0.0.1",
                300_000,
                10_000,
                ByteBuffer.wrap(new byte[] {9}),
                ByteBuffer.wrap(share));
    }

    private static ByteBuffer wrap(byte[] bytes) {
        return bytes == null ? null : ByteBuffer.wrap(bytes);
    }

    @Test
    void kafkaReadsACommittedOffset() {
        var record = kafka.deserialize(wrap(GroupRecords.key(COMMITTED)), wrap(GroupRecords.value(COMMITTED)));
        var key = (OffsetCommitKey) record.key();
        assertThat(key.group()).isEqualTo("Gruppe ü");
        assertThat(key.topic()).isEqualTo("orders");
        assertThat(key.partition()).isEqualTo(7);
        var value = (OffsetCommitValue) record.value().message();
        assertThat(value.offset()).isEqualTo(1L << 40);
        assertThat(value.leaderEpoch()).isEqualTo(3);
        assertThat(value.metadata()).isEqualTo("noted");
        assertThat(value.commitTimestamp()).isEqualTo(1_750_000_000_000L);
    }

    @Test
    void kafkaReadsAStoredGroup() {
        var record = kafka.deserialize(wrap(GroupRecords.key(STORED)), wrap(GroupRecords.value(STORED)));
        var value = (GroupMetadataValue) record.value().message();
        assertThat(value.generation()).isEqualTo(12);
        assertThat(value.protocol()).isEqualTo("range");
        assertThat(value.leader()).isEqualTo("m1");
        assertThat(value.currentStateTimestamp()).isEqualTo(1_750_000_000_000L);
        assertThat(value.members()).hasSize(2);
        assertThat(value.members().get(0).groupInstanceId()).isNull();
        assertThat(value.members().get(0).assignment()).containsExactly(1, 2);
        assertThat(value.members().get(1).groupInstanceId()).isEqualTo("instance");
        assertThat(value.members().get(1).rebalanceTimeout()).isEqualTo(300_000);
    }

    @Test
    void kafkaWouldWriteTheSameBytesAndWeReadThemBack() {
        for (var event :
                List.<Stored>of(COMMITTED, STORED, new OffsetRemoved("billing", ORDERS), new GroupRemoved("billing"))) {
            var key = GroupRecords.key(event);
            var value = GroupRecords.value(event);
            var record = kafka.deserialize(wrap(key), wrap(value));
            assertThat(kafka.serializeKey(record)).isEqualTo(key);
            assertThat(kafka.serializeValue(record)).isEqualTo(value);
            assertThat(GroupRecords.decode(wrap(key), wrap(value))).isEqualTo(event);
        }
    }

    @Test
    void kafkasToolsPrintThem() {
        var out = new ByteArrayOutputStream();
        var print = new PrintStream(out, true, UTF_8);
        new OffsetsMessageFormatter().writeTo(record(COMMITTED), print);
        new GroupMetadataMessageFormatter().writeTo(record(STORED), print);
        assertThat(out.toString(UTF_8))
                .contains("\"group\":\"Gruppe ü\",\"topic\":\"orders\",\"partition\":7")
                .contains("\"offset\":1099511627776")
                .contains("\"generation\":12")
                .contains("\"memberId\":\"m2\"");
    }

    private static ConsumerRecord<byte[], byte[]> record(Stored event) {
        return new ConsumerRecord<>(GroupRecords.TOPIC, 0, 0, GroupRecords.key(event), GroupRecords.value(event));
    }
}
