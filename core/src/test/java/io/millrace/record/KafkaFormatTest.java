package io.millrace.record;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.sim.Seeds;
import java.nio.ByteBuffer;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class KafkaFormatTest {
    @Test
    void ourBytesAreKafkasBytes() {
        Seeds.forEach(2_000, random -> {
            var sample = Sample.random(random);
            assertThat(Sample.array(sample.ours(Compression.NONE)))
                    .isEqualTo(Sample.array(sample.kafkas(Compression.NONE)));
        });
    }

    @ParameterizedTest
    @EnumSource
    void kafkaReadsWhatWeWrite(Compression compression) {
        Seeds.forEach(1_000, random -> {
            var sample = Sample.random(random);
            assertThat(Sample.readByKafka(sample.ours(compression))).isEqualTo(sample.records());
        });
    }

    @ParameterizedTest
    @EnumSource
    void weReadWhatKafkaWrites(Compression compression) {
        Seeds.forEach(1_000, random -> {
            var sample = Sample.random(random);
            var heap = sample.kafkas(compression);
            assertThat(Sample.readByUs(heap)).isEqualTo(sample.records());
            var direct = ByteBuffer.allocateDirect(heap.remaining() + 7)
                    .position(7)
                    .put(heap.duplicate())
                    .position(7);
            assertThat(Sample.readByUs(direct)).isEqualTo(sample.records());
            var batch = BatchCheck.upTo(16 << 20).check(direct, Long.MAX_VALUE);
            assertThat(batch.compression()).isEqualTo(compression);
            assertThat(batch.count()).isEqualTo(sample.records().size());
            assertThat(batch.bytes()).as("the check changes nothing").isEqualTo(heap);
        });
    }

    @Test
    void theMarkersOfTransactionsAreKafkas() {
        Seeds.forEach(200, random -> {
            long time = random.nextInt(3) == 0 ? -1 : random.nextLong() >>> 1;
            long producer = random.nextLong() >>> 1;
            short epoch = (short) random.nextInt(1 << 15);
            var marker = new TransactionMarker(random.nextBoolean(), random.nextInt());
            var kafkas = MemoryRecords.withEndTransactionMarker(
                            0,
                            time,
                            -1,
                            producer,
                            epoch,
                            new EndTransactionMarker(
                                    marker.committed() ? ControlRecordType.COMMIT : ControlRecordType.ABORT,
                                    marker.coordinatorEpoch()))
                    .buffer();
            assertThat(Sample.array(marker.toBatch(time, producer, epoch))).isEqualTo(Sample.array(kafkas));
            assertThat(TransactionMarker.of(RecordBatch.of(kafkas))).isEqualTo(marker);
        });
    }

    @Test
    void everyRecordOfABatchStampedByTheBrokerHasItsTime() {
        var bytes = new RecordBatchBuilder()
                .append(5, null, null)
                .append(9, null, null)
                .build();
        RecordBatch.of(bytes).stamp(40, 3);
        RecordBatch.of(bytes).stampLogAppendTime(1_000);
        assertThat(RecordBatch.of(bytes).isValid()).isTrue();
        assertThat(Sample.readByUs(bytes)).extracting(RecordView::timestamp).containsExactly(1_000L, 1_000L);
        assertThat(Sample.readByKafka(bytes)).extracting(RecordView::timestamp).containsExactly(1_000L, 1_000L);
        try (var records = RecordBatch.of(bytes).records(0)) {
            assertThat(records.next()).isTrue();
            assertThat(records.offset()).isEqualTo(40);
            assertThat(records.next()).isTrue();
            assertThat(records.offset()).isEqualTo(41);
            assertThat(records.next()).isFalse();
            assertThat(records.next()).isFalse();
        }
    }
}
