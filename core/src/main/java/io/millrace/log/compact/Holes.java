package io.millrace.log.compact;

import io.millrace.record.BatchRewrite;
import io.millrace.record.RecordBatch;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * Puts an empty batch where batches went, one for each leader epoch. So batches go on to follow each other without a gap,
 * which is what guards a base offset (it lies outside the checksum), and the epochs can be rebuilt from the log.
 *
 * <p>Invariant: everything below {@code from} has been given to {@code out}.
 */
public final class Holes {
    private final Consumer<ByteBuffer> out;
    private long from;
    private long to;
    private int epoch;

    /**
     * @param from where the first batch begins
     * @param out takes the batches that are left, and empty ones between them; the memory is theirs during the call only
     */
    public Holes(long from, Consumer<ByteBuffer> out) {
        this.from = from;
        this.to = from;
        this.out = out;
    }

    /** A batch goes. */
    public void dropped(RecordBatch batch) {
        if (batch.leaderEpoch() != epoch) fill();
        epoch = batch.leaderEpoch();
        to = batch.nextOffset();
    }

    /** A batch stays, as it was or as it is now. */
    public void kept(ByteBuffer bytes) {
        fill();
        from = RecordBatch.of(bytes).nextOffset();
        to = from;
        out.accept(bytes);
    }

    /** Stands in for what went last. */
    public void fill() {
        if (to > from) out.accept(BatchRewrite.hole(from, to, epoch));
        from = to;
    }
}
