package io.millrace.partition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.record.Compression;
import io.millrace.record.RecordBatch;
import io.millrace.record.RecordBatchBuilder;
import io.millrace.record.RecordHeader;
import io.millrace.sim.Seeds;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PartitionHistoryTest {
    private static final PartitionOptions OPTIONS =
            PartitionOptions.DEFAULT.withProducers(5, 1_000_000).withIdempotency(7, 1_000_000);

    /** A log of all kinds of batches. */
    private static List<RecordBatch> log(Random random) {
        var batches = new ArrayList<RecordBatch>();
        var next = new int[9];
        long end = 0;
        for (int n = 0; n < 60; n++) {
            int producer = random.nextInt(9);
            ByteBuffer bytes =
                    switch (random.nextInt(3)) {
                        case 0 -> Batches.of(n, "a", "b");
                        case 1 -> Batches.of(producer, 0, next[producer]++, 1, n);
                        default -> Batches.of(new IdempotencyKey("k\u00e9" + random.nextInt(12), n), n, "v");
                    };
            var batch = Batches.stamped(bytes, end, n / 25);
            batches.add(batch);
            end = batch.nextOffset();
        }
        return batches;
    }

    @Test
    void aSnapshotAndTheRestOfTheLogMakeTheSameAsTheWholeLog() {
        Seeds.forEach(300, random -> {
            var batches = log(random);
            var whole = new PartitionHistory(OPTIONS);
            batches.forEach(whole::replay);

            int cut = random.nextInt(batches.size() + 1);
            var first = new PartitionHistory(OPTIONS);
            batches.subList(0, cut).forEach(first::replay);
            var second = new PartitionHistory(OPTIONS);
            second.restore(first.snapshot());
            batches.subList(cut, batches.size()).forEach(second::replay);

            assertThat(second.snapshot()).isEqualTo(whole.snapshot());
            assertThat(second.time()).isEqualTo(59);
            assertThat(second.epochs().latest()).isEqualTo(2);
            long producers = batches.stream()
                    .filter(RecordBatch::hasProducerId)
                    .map(RecordBatch::producerId)
                    .distinct()
                    .count();
            long keys = batches.stream()
                    .map(IdempotencyKey::in)
                    .filter(Objects::nonNull)
                    .map(IdempotencyKey::key)
                    .distinct()
                    .count();
            assertThat(second.producers().size()).isEqualTo((int) Math.min(5, producers));
            assertThat(second.idempotency().size()).isEqualTo((int) Math.min(7, keys));
        });
    }

    @Test
    void bytesThatAreNoSnapshotAreRefusedAndLeaveNothingBehind() {
        var history = new PartitionHistory(OPTIONS);
        log(new Random(1)).forEach(history::replay);
        var good = history.snapshot();
        var empty = new PartitionHistory(OPTIONS).snapshot();
        for (int length = 0; length < good.remaining(); length++) {
            var torn = good.duplicate().limit(length);
            assertThatThrownBy(() -> history.restore(torn))
                    .as(length + " bytes")
                    .isInstanceOf(IllegalArgumentException.class);
            assertThat(history.snapshot()).isEqualTo(empty);
        }
        Seeds.forEach(2_000, random -> {
            var rotten =
                    ByteBuffer.allocate(good.remaining()).put(good.duplicate()).flip();
            for (int n = 0; n < 3; n++) rotten.put(random.nextInt(rotten.limit()), (byte) random.nextInt());
            try {
                history.restore(rotten);
            } catch (IllegalArgumentException refused) {
                assertThat(history.snapshot()).isEqualTo(empty);
            }
        });
    }

    @Test
    void aKeyIsFoundInASingleUncompressedRecordOnly() {
        var key = new IdempotencyKey("order-\u20ac", Long.MIN_VALUE);
        assertThat(IdempotencyKey.in(RecordBatch.of(Batches.of(key, 5, "v")))).isEqualTo(key);
        assertThat(IdempotencyKey.in(RecordBatch.of(Batches.of(5, "v")))).isNull();

        var two = new RecordBatchBuilder();
        for (int n = 0; n < 2; n++) two.append(1, null, null, key.headers());
        assertThat(IdempotencyKey.in(RecordBatch.of(two.build()))).isNull();
        var packed = new RecordBatchBuilder(Compression.GZIP).append(1, null, null, key.headers());
        assertThat(IdempotencyKey.in(RecordBatch.of(packed.build()))).isNull();

        var more = new ArrayList<>(key.headers());
        more.add(new RecordHeader("other", null));
        var withMore = new RecordBatchBuilder().append(1, ByteBuffer.allocate(300), ByteBuffer.allocate(0), more);
        assertThat(IdempotencyKey.in(RecordBatch.of(withMore.build()))).isEqualTo(key);
    }

    @Test
    void brokenRecordsAreNoKeyAndNoHarm() {
        var good = Batches.of(new IdempotencyKey("k", 1), 5, "v");
        Seeds.forEach(5_000, random -> {
            var bytes =
                    ByteBuffer.allocate(good.remaining()).put(good.duplicate()).flip();
            for (int n = 0; n < 4; n++) {
                int at = RecordBatch.HEADER_BYTES + random.nextInt(bytes.limit() - RecordBatch.HEADER_BYTES);
                bytes.put(at, (byte) random.nextInt());
            }
            var found = IdempotencyKey.in(RecordBatch.of(bytes));
            if (found != null) assertThat(found.key()).isNotEmpty();
        });
    }

    @Test
    void anchorsAreTheBatchesByWhichProducersAreKnown() {
        var history = new PartitionHistory(OPTIONS);
        for (int n = 0; n < 8; n++) history.replay(Batches.stamped(Batches.of(1, 0, 2 * n, 2, n), 10 + 2 * n, 0));
        history.replay(Batches.stamped(Batches.of(9, "a"), 26, 0));
        history.replay(Batches.stamped(Batches.of(2, 0, 5, 1, 9), 27, 0));
        assertThat(history.anchors()).containsExactlyInAnyOrder(16L, 18L, 20L, 22L, 24L, 27L);
    }
}
