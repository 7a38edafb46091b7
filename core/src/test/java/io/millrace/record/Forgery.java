package io.millrace.record;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** Batches that no builder makes, with a checksum that is right nevertheless. */
final class Forgery {
    private Forgery() {}

    /** Changes bytes of a batch, then puts the checksum right. */
    static ByteBuffer change(ByteBuffer batch, Consumer<ByteBuffer> change) {
        var copy = ByteBuffer.wrap(Sample.array(batch));
        change.accept(copy);
        return seal(copy);
    }

    /** A batch around whatever bytes take the place of its records. */
    static ByteBuffer around(int compressionId, int count, byte[] records) {
        var bytes = ByteBuffer.allocate(RecordBatch.HEADER_BYTES + records.length);
        bytes.put(new RecordBatchBuilder().append(0, null, null).build().limit(RecordBatch.HEADER_BYTES));
        bytes.put(records).flip();
        bytes.putInt(RecordBatch.LENGTH, bytes.limit() - RecordBatch.LENGTH_PREFIX_BYTES)
                .putShort(RecordBatch.ATTRIBUTES, (short) compressionId)
                .putInt(RecordBatch.LAST_OFFSET_DELTA, count - 1)
                .putInt(RecordBatch.COUNT, count);
        return seal(bytes);
    }

    private static ByteBuffer seal(ByteBuffer bytes) {
        return bytes.putInt(RecordBatch.CRC, RecordBatch.of(bytes).computeCrc());
    }

    /** The encoded records of a batch without compression. */
    static byte[] records(RecordBatchBuilder builder) {
        return Sample.array(RecordBatch.of(builder.build()).encodedRecords());
    }

    /** Packs {@code piece} as often as told. */
    static byte[] pack(Compression compression, byte[] piece, int times) {
        var packed = new ByteArrayOutputStream();
        try (var out = compression.pack(packed)) {
            for (int n = 0; n < times; n++) out.write(piece);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return packed.toByteArray();
    }

    static byte[] bytes(int... values) {
        var bytes = new byte[values.length];
        for (int n = 0; n < values.length; n++) bytes[n] = (byte) values[n];
        return bytes;
    }
}
