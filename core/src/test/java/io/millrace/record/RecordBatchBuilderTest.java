package io.millrace.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.model.MillraceException;
import io.millrace.sim.Seeds;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class RecordBatchBuilderTest {
    @Test
    void theSizeIsExactWithoutCompressionAndARecordIsNeverLargerThanToldBefore() {
        Seeds.forEach(500, random -> {
            var builder = new RecordBatchBuilder();
            for (var record : Sample.random(random).records()) {
                int before = builder.sizeInBytes();
                long told = RecordBatchBuilder.sizeOf(record.key(), record.value(), record.headers());
                builder.append(record);
                assertThat((long) builder.sizeInBytes() - before).isPositive().isLessThanOrEqualTo(told);
            }
            int size = builder.sizeInBytes();
            assertThat(builder.build().remaining()).isEqualTo(size);
        });
    }

    @Test
    void theFirstRecordAlwaysHasRoomAndLaterOnesUpToTheLimit() {
        var builder = new RecordBatchBuilder();
        assertThat(builder.hasRoomFor(1_000, 100)).isTrue();
        builder.append(0, null, new byte[10]);
        int size = builder.sizeInBytes();
        assertThat(builder.hasRoomFor(50, size + 50)).isTrue();
        assertThat(builder.hasRoomFor(51, size + 50)).isFalse();
        assertThat(builder.hasRoomFor(Long.MAX_VALUE / 2, Integer.MAX_VALUE)).isFalse();
    }

    @Test
    void resetForgetsEverythingButTheCompressionAndLeavesWhatWasBuilt() {
        var builder = new RecordBatchBuilder(Compression.GZIP);
        var first = builder.producer(7, (short) 1, 5)
                .transactional()
                .append(90, new byte[] {1}, new byte[100])
                .build();
        var copy = Sample.array(first);
        var second = RecordBatch.of(builder.reset().append(30, null, null).build());
        assertThat(Sample.array(first)).isEqualTo(copy);
        assertThat(second.hasProducerId()).isFalse();
        assertThat(second.isTransactional()).isFalse();
        assertThat(second.baseSequence()).isEqualTo(RecordBatch.NO_SEQUENCE);
        assertThat(second.baseTimestamp()).isEqualTo(30);
        assertThat(second.maxTimestamp()).isEqualTo(30);
        assertThat(second.compression()).isEqualTo(Compression.GZIP);
    }

    @Test
    void buffersKeepTheirPositions() {
        var value = ByteBuffer.wrap(new byte[] {1, 2, 3, 4}).position(1).limit(3);
        var batch = new RecordBatchBuilder()
                .append(0, value, value, List.of(new RecordHeader("h", value)))
                .build();
        assertThat(value.position()).isEqualTo(1);
        var record = Sample.readByUs(batch).get(0);
        assertThat(record.key()).isEqualTo(value);
        assertThat(record.value()).isEqualTo(value);
        assertThat(record.headers()).containsExactly(new RecordHeader("h", value));
    }

    @Test
    void mistakesAreToldAtOnce() {
        var builder = new RecordBatchBuilder();
        assertThatThrownBy(builder::build).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> builder.append(-2, null, null))
                .isInstanceOf(MillraceException.class)
                .hasMessageContaining("timestamp -2");
        assertThatThrownBy(() -> builder.producer(1, (short) -1, 0)).isInstanceOf(MillraceException.class);
        assertThatThrownBy(() -> builder.transactional().append(0, null, null).build())
                .isInstanceOf(MillraceException.class)
                .hasMessageContaining("producer");
        builder.reset().append(0, null, null).build();
        assertThatThrownBy(() -> builder.append(0, null, null)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(builder::build).isInstanceOf(IllegalStateException.class);
    }
}
