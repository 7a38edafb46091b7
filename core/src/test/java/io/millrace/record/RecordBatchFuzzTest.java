package io.millrace.record;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.model.MillraceException;
import io.millrace.sim.Seeds;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Any bytes are a batch or are refused, with no exception but our own, in bounded time and memory. {@link
 * RecordBatchFuzz} asks the same of bytes that Jazzer makes up.
 */
class RecordBatchFuzzTest {
    private static final long CAP = 256 << 10;
    private static final long LATEST = Long.MAX_VALUE;
    /** Windows, and the buffers that codecs make once. */
    private static final long SLACK = 512 << 10;

    private static final long MOST_NANOS = 5_000_000_000L;
    private static final BatchCheck CHECK = new BatchCheck(4 << 20, 100_000, CAP, 1_000);

    @Test
    void mutatedBatchesAreRefusedOrReadAlikeByKafka() {
        var taken = new int[1];
        Seeds.forEach(2_000, random -> {
            var compression = Compression.of(random.nextInt(5));
            var bytes = sealed(mutate(random, Sample.array(Sample.random(random).ours(compression))));
            if (examine(bytes)) {
                taken[0]++;
                assertThat(Sample.readByUs(ByteBuffer.wrap(bytes)))
                        .isEqualTo(Sample.readByKafka(ByteBuffer.wrap(bytes)));
            }
        });
        assertThat(taken[0]).as("mutations that leave a batch").isPositive();
    }

    /** Without compression Kafka's reader is safe to ask: it takes slices and makes no memory. */
    @Test
    void weReadWhatKafkaReadsAndRefuseWhatItRefuses() {
        var verdicts = new int[2];
        Seeds.forEach(5_000, random -> {
            var sample = Sample.random(random, 1 + random.nextInt(4));
            var bytes = Sample.array(sample.ours(Compression.NONE));
            int changes = 1 + random.nextInt(2);
            for (int n = 0; n < changes; n++)
                bytes[
                                RecordBatch.HEADER_BYTES
                                        + random.nextInt(Math.min(60, bytes.length - RecordBatch.HEADER_BYTES))] =
                        (byte) (random.nextBoolean() ? random.nextInt(20) - 5 : random.nextInt());
            var batch = ByteBuffer.wrap(sealed(bytes));

            List<RecordView> kafkas = null;
            try {
                kafkas = Sample.readByKafka(batch);
            } catch (RuntimeException refused) {
                verdicts[0]++;
            }
            try {
                assertThat(Sample.readByUs(batch)).isEqualTo(kafkas);
                verdicts[1]++;
            } catch (MillraceException refused) {
                // Kafka takes every negative size for "none", and does not look behind the last record.
                if (kafkas != null)
                    assertThat(refused.getMessage()).containsPattern("claims -\\d+ bytes|bytes follow the last");
            }
        });
        assertThat(verdicts).doesNotContain(0);
    }

    /** Whether the batch is taken; fails where something else happens than taking or refusing. */
    static boolean examine(byte[] bytes) {
        long began = System.nanoTime();
        var records = new ArrayList<RecordView>();
        boolean taken = isTaken(bytes);
        boolean readable = isReadable(bytes, records);
        assertThat(System.nanoTime() - began).as("nanoseconds").isLessThan(MOST_NANOS);
        if (taken) {
            assertThat(readable).as("what was taken can be read").isTrue();
            var batch = RecordBatch.of(ByteBuffer.wrap(bytes));
            assertThat(batch.isValid()).isTrue();
            var again = new RecordBatchBuilder(batch.compression());
            records.forEach(again::append);
            assertThat(Sample.readByUs(again.build())).isEqualTo(records);
        }
        return taken;
    }

    private static boolean isTaken(byte[] bytes) {
        var taken = new boolean[1];
        long allocated = Allocation.by(() -> {
            CHECK.check(ByteBuffer.wrap(bytes), LATEST);
            taken[0] = true;
        });
        assertThat(allocated).isLessThan(8L * bytes.length + SLACK);
        return taken[0];
    }

    private static boolean isReadable(byte[] bytes, List<RecordView> into) {
        if (bytes.length < RecordBatch.HEADER_BYTES) return false;
        var batch = RecordBatch.of(ByteBuffer.wrap(bytes));
        long allocated = Allocation.by(() -> {
            try (var records = batch.records(CAP)) {
                while (records.next()) {}
            }
        });
        assertThat(allocated).isLessThan(8L * bytes.length + SLACK + 3 * CAP);
        try (var records = batch.records(CAP)) {
            while (records.next()) into.add(records.view());
            return true;
        } catch (MillraceException refused) {
            return false;
        }
    }

    private static byte[] mutate(Random random, byte[] original) {
        var bytes = original.clone();
        int changes = 1 + random.nextInt(3);
        for (int n = 0; n < changes; n++) {
            int at = random.nextBoolean()
                    ? random.nextInt(bytes.length)
                    : RecordBatch.HEADER_BYTES + random.nextInt(bytes.length - RecordBatch.HEADER_BYTES);
            switch (random.nextInt(5)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt();
                case 2 -> bytes[at] = (byte) (random.nextBoolean() ? 0xff : 0);
                case 3 -> System.arraycopy(bytes, at, bytes, at / 2, Math.min(8, bytes.length - at));
                default ->
                    bytes = Arrays.copyOf(
                            bytes, Math.max(RecordBatch.HEADER_BYTES + 1, bytes.length - 3 + random.nextInt(7)));
            }
        }
        return bytes;
    }

    /** With magic, length and checksum put right, so that what lies behind them is looked at. */
    static byte[] sealed(byte[] bytes) {
        var sealed = ByteBuffer.wrap(bytes.clone())
                .put(RecordBatch.MAGIC_BYTE, RecordBatch.MAGIC)
                .putInt(RecordBatch.LENGTH, bytes.length - RecordBatch.LENGTH_PREFIX_BYTES);
        return sealed.putInt(RecordBatch.CRC, RecordBatch.of(sealed).computeCrc())
                .array();
    }
}
