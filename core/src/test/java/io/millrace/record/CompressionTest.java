package io.millrace.record;

import static io.millrace.model.Refusal.INVALID_RECORD;
import static io.millrace.model.Refusal.RECORD_TOO_LARGE;
import static io.millrace.model.Refusal.UNSUPPORTED_COMPRESSION;
import static io.millrace.record.Forgery.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.millrace.model.MillraceException;
import io.millrace.model.Refusal;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xerial.snappy.Snappy;

class CompressionTest {
    private static final int MEGABYTE = 1 << 20;
    /** Windows, buffers of the codecs and the exception. */
    private static final int SLACK = MEGABYTE / 2;

    /** 64 MiB of records with which nothing is wrong but that they are so many. */
    private static final int BOMB_RECORDS = 65_536;

    @ParameterizedTest
    @EnumSource(names = "NONE", mode = EnumSource.Mode.EXCLUDE)
    void aBombIsRefusedAtTheLimitInSmallMemory(Compression compression) {
        var bomb = bomb(compression);
        var check = new BatchCheck(8 * MEGABYTE, 100_000, 10 * MEGABYTE, 10);
        assertRefused(() -> check.check(bomb, Long.MAX_VALUE), RECORD_TOO_LARGE, "limit of 10485760");
        long allocated = Allocation.by(() -> check.check(bomb, Long.MAX_VALUE));
        assertThat(allocated).isLessThan(compression == Compression.SNAPPY ? bomb.limit() + SLACK : SLACK);

        assertRefused(() -> walk(bomb, 10 * MEGABYTE), RECORD_TOO_LARGE, "limit of 10485760");
        // Reading makes new memory for each window, for the slices that were given out.
        assertThat(Allocation.by(() -> walk(bomb, 10 * MEGABYTE))).isLessThan(bomb.limit() + 12L * MEGABYTE);
    }

    @ParameterizedTest
    @EnumSource(names = "NONE", mode = EnumSource.Mode.EXCLUDE)
    void aBatchThatUnpacksToTheLimitIsTakenAndOneByteMoreIsNot(Compression compression) {
        var records = Forgery.records(
                new RecordBatchBuilder().append(0, null, new byte[100_000]).append(0, null, new byte[50_000]));
        var batch = Forgery.around(compression.id(), 2, Forgery.pack(compression, records, 1));
        var exact = new BatchCheck(MEGABYTE, 2, records.length, 0);
        assertThat(exact.check(batch, 0).count()).isEqualTo(2);
        walk(batch, records.length);
        var less = new BatchCheck(MEGABYTE, 2, records.length - 1, 0);
        assertRefused(() -> less.check(batch, 0), RECORD_TOO_LARGE, "" + less.maxUnpackedBytes());
        assertRefused(() -> walk(batch, records.length - 1), RECORD_TOO_LARGE, "");
    }

    /** The bomb whose records end before its bytes do. */
    @ParameterizedTest
    @EnumSource(names = "NONE", mode = EnumSource.Mode.EXCLUDE)
    void bytesBehindTheLastRecordAreRefusedWithoutUnpackingThem(Compression compression) {
        var bomb = Forgery.change(bomb(compression), b -> b.putInt(57, 1).putInt(23, 0));
        var check = new BatchCheck(8 * MEGABYTE, 100_000, 100 * MEGABYTE, 10);
        assertRefused(() -> check.check(bomb, Long.MAX_VALUE), INVALID_RECORD, "bytes follow");
    }

    @ParameterizedTest
    @EnumSource(names = "NONE", mode = EnumSource.Mode.EXCLUDE)
    void aLargeRecordTakesOneAndAHalfOfItsSizeAtMost(Compression compression) {
        for (int size : new int[] {MEGABYTE, 5 * MEGABYTE, 20 * MEGABYTE}) {
            var records = Forgery.records(new RecordBatchBuilder().append(0, null, new byte[size]));
            var batch = Forgery.around(compression.id(), 1, Forgery.pack(compression, records, 1));
            assertThat(Allocation.by(() -> walk(batch, 64L * MEGABYTE)))
                    .isLessThan(size + size / 2 + batch.limit() + SLACK);
            var check = new BatchCheck(8 * MEGABYTE, 1, 64 * MEGABYTE, 0);
            assertThat(Allocation.by(() -> check.check(batch, 0)))
                    .as("checking keeps nothing")
                    .isLessThan(batch.limit() + SLACK);
        }
    }

    @ParameterizedTest
    @EnumSource(names = "NONE", mode = EnumSource.Mode.EXCLUDE)
    void aClaimMakesNoMemory(Compression compression) {
        // A record of 60 MiB, of which ten bytes come.
        var packed = Forgery.pack(compression, bytes(0x80, 0x80, 0x80, 0x3c, 0, 0, 0, 1, 0, 0), 1);
        var batch = Forgery.around(compression.id(), 1, packed);
        assertRefused(() -> walk(batch, 64L * MEGABYTE), INVALID_RECORD, "midst of a record");
        assertThat(Allocation.by(() -> walk(batch, 64L * MEGABYTE))).isLessThan(SLACK);
    }

    @ParameterizedTest
    @EnumSource(names = "NONE", mode = EnumSource.Mode.EXCLUDE)
    void whatIsCutOffIsRefused(Compression compression) {
        var packed = Forgery.pack(
                compression, Forgery.records(new RecordBatchBuilder().append(0, null, new byte[200_000])), 1);
        for (int size = 0; size < packed.length; size += 1 + packed.length / 200) {
            var cut = Forgery.around(compression.id(), 1, Arrays.copyOf(packed, size));
            assertRefused(() -> BatchCheck.upTo(MEGABYTE).check(cut, 0), INVALID_RECORD, "");
            assertRefused(() -> walk(cut, MEGABYTE), INVALID_RECORD, "");
        }
    }

    @Test
    void snappyBlocksThatClaimTooMuchAreRefused() {
        refused(2, INVALID_RECORD, "claims to unpack to 4294967295", 0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0);
        refused(2, INVALID_RECORD, "claims to unpack to 2147483647", 0xff, 0xff, 0xff, 0xff, 0x07, 0, 0);
        int[] framed = {0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0, 0, 0, 0, 1, 0, 0, 0, 1, 0x7f, 0xff, 0xff, 0xff, 1};
        refused(2, INVALID_RECORD, "a block claims 2147483647 bytes, where 1 are left", framed);
        framed[16] = 0xff;
        refused(2, INVALID_RECORD, "a block claims -1 bytes", framed);
        refused(2, INVALID_RECORD, "header is cut off", Arrays.copyOf(framed, 15));
        refused(2, INVALID_RECORD, "length of a block is cut off", Arrays.copyOf(framed, 18));
    }

    @Test
    void oneSnappyBlockWithoutHeaderIsReadAsLibrdkafkaWritesIt() throws IOException {
        var records = Forgery.records(new RecordBatchBuilder().append(7, null, new byte[100_000]));
        var batch = Forgery.around(2, 1, Snappy.compress(records));
        assertThat(BatchCheck.upTo(MEGABYTE).check(batch, 7).count()).isEqualTo(1);
        assertThat(Sample.readByUs(batch)).isEqualTo(Sample.readByKafka(batch)).hasSize(1);
        var less = new BatchCheck(MEGABYTE, 1, 100_000, 0);
        assertRefused(() -> less.check(batch, 7), RECORD_TOO_LARGE, "100000");
    }

    @Test
    void aZstdWindowOfTwoGibibytesIsRefused() {
        refused(4, INVALID_RECORD, "zstd", 0x28, 0xb5, 0x2f, 0xfd, 0, 0xa8, 1, 0, 0);
    }

    @Test
    void lz4WithoutEndMarkIsRefused() {
        var packed = Forgery.pack(
                Compression.LZ4, Forgery.records(new RecordBatchBuilder().append(0, null, new byte[9])), 1);
        var cut = Forgery.around(3, 1, Arrays.copyOf(packed, packed.length - 4));
        assertRefused(() -> BatchCheck.upTo(MEGABYTE).check(cut, 0), INVALID_RECORD, "frame is cut off");
        var more = Forgery.around(3, 1, Arrays.copyOf(packed, packed.length + 1));
        assertRefused(() -> BatchCheck.upTo(MEGABYTE).check(more, 0), INVALID_RECORD, "follow the end of the frame");
    }

    @Test
    void anLz4HeaderMakesNoMemory() {
        // Blocks of 4 MiB are announced; the header checksum is right, then nothing comes.
        var batch = Forgery.around(3, 1, bytes(0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73));
        assertRefused(() -> walk(batch, 64L * MEGABYTE), INVALID_RECORD, "frame is cut off");
        assertThat(Allocation.by(() -> walk(batch, 64L * MEGABYTE))).isLessThan(64_000);
    }

    @Test
    void gzipInsideGzipIsUnpackedOnce() {
        var records = Forgery.records(new RecordBatchBuilder().append(0, null, new byte[9]));
        var twice = Forgery.pack(Compression.GZIP, Forgery.pack(Compression.GZIP, records, 1), 1);
        var batch = Forgery.around(1, 1, twice);
        assertRefused(() -> BatchCheck.upTo(MEGABYTE).check(batch, 0), INVALID_RECORD, "record 0");
    }

    @Test
    void aMissingJarIsNamed() throws Exception {
        var classes = List.of(classesOf(Compression.class), classesOf(org.jspecify.annotations.NullMarked.class));
        try (var loader = new URLClassLoader(classes.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
            for (var compression : Compression.values()) {
                var alone = loader.loadClass(Compression.class.getName()).getEnumConstants()[compression.id()];
                var available = alone.getClass().getMethod("isAvailable").invoke(alone);
                boolean inTheJdk = compression == Compression.NONE || compression == Compression.GZIP;
                assertThat(available).as(alone.toString()).isEqualTo(inTheJdk);
                assertThat(compression.isAvailable()).isTrue();
                if (inTheJdk) continue;
                var refusal = catchThrowable(
                                () -> alone.getClass().getMethod("require").invoke(alone))
                        .getCause();
                assertThat(refusal.getClass().getName()).isEqualTo(MillraceException.class.getName());
                assertThat(refusal)
                        .hasMessageContaining(
                                switch (compression) {
                                    case SNAPPY -> "org.xerial.snappy:snappy-java";
                                    case LZ4 -> "at.yawk.lz4:lz4-java";
                                    default -> "com.github.luben:zstd-jni";
                                });
            }
        }
    }

    @Test
    void numbersWithoutCodecAreRefused() {
        for (var compression : Compression.values())
            assertThat(Compression.of(compression.id())).isSameAs(compression);
        for (int id : new int[] {-1, 5, 7, Integer.MAX_VALUE})
            assertRefused(() -> Compression.of(id), UNSUPPORTED_COMPRESSION, "codec " + id);
    }

    private static URL classesOf(Class<?> type) {
        return type.getProtectionDomain().getCodeSource().getLocation();
    }

    private static ByteBuffer bomb(Compression compression) {
        var builder = new RecordBatchBuilder();
        var kilobyte = new byte[1_024];
        for (int n = 0; n < BOMB_RECORDS; n++) builder.append(0, null, kilobyte);
        return Forgery.around(compression.id(), BOMB_RECORDS, Forgery.pack(compression, Forgery.records(builder), 1));
    }

    private static void walk(ByteBuffer batch, long cap) {
        try (var records = RecordBatch.of(batch).records(cap)) {
            while (records.next()) records.value();
        }
    }

    private static void refused(int compressionId, Refusal refusal, String detail, int... packed) {
        var batch = Forgery.around(compressionId, 1, bytes(packed));
        assertRefused(() -> BatchCheck.upTo(MEGABYTE).check(batch, 0), refusal, detail);
        assertRefused(() -> walk(batch, 64L * MEGABYTE), refusal, detail);
        assertThat(Allocation.by(() -> walk(batch, 64L * MEGABYTE))).isLessThan(SLACK);
    }

    private static void assertRefused(Runnable work, Refusal refusal, String detail) {
        var thrown = catchThrowableOfType(MillraceException.class, work::run);
        assertThat(thrown).isNotNull().hasMessageContaining(detail);
        assertThat(thrown.refusal()).isEqualTo(refusal);
    }
}
