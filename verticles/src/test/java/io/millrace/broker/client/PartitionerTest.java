package io.millrace.broker.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.model.KeyHash;
import java.nio.ByteBuffer;
import java.util.Random;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.Test;

class PartitionerTest {
    @Test
    void keysGoWhereKafkaSendsThem() {
        var random = new Random(7);
        for (int n = 0; n < 10_000; n++) {
            var key = new byte[random.nextInt(40)];
            random.nextBytes(key);
            if (n % 2 == 0) key = ("customer-" + n).getBytes(UTF_8);
            int partitions = 1 + random.nextInt(100);
            assertThat(KeyHash.murmur2(ByteBuffer.wrap(key))).isEqualTo(Utils.murmur2(key));
            assertThat(Partitioner.ofKey(ByteBuffer.wrap(key), partitions))
                    .isEqualTo(BuiltInPartitioner.partitionForKey(key, partitions));
        }
    }

    @Test
    void aKeyInTheMiddleOfABufferIsReadFromThereAndLeftAlone() {
        var bytes =
                ByteBuffer.wrap("..customer-7..".getBytes(UTF_8)).position(2).limit(12);
        assertThat(KeyHash.murmur2(bytes)).isEqualTo(Utils.murmur2("customer-7".getBytes(UTF_8)));
        assertThat(bytes.position()).isEqualTo(2);
    }

    @Test
    void recordsWithoutAKeyStayUntilTheirBatchIsComplete() {
        var partitioner = new Partitioner(-5);
        int first = partitioner.ofNoKey(4);
        assertThat(partitioner.ofNoKey(4)).isEqualTo(first);
        partitioner.completed((first + 1) % 4, 4);
        assertThat(partitioner.ofNoKey(4)).isEqualTo(first);
        partitioner.completed(first, 4);
        assertThat(partitioner.ofNoKey(4)).isEqualTo((first + 1) % 4);
    }
}
