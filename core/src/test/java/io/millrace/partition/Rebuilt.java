package io.millrace.partition;

import io.millrace.log.DerivedState;
import io.millrace.record.RecordBatch;
import java.nio.ByteBuffer;

/** What a partition remembers when it has read nothing but its log. */
public final class Rebuilt {
    private Rebuilt() {}

    /** A memory without content, for whoever opens the log of a partition without the partition. */
    public static DerivedState empty(PartitionOptions options) {
        return new PartitionHistory(options);
    }

    /** The memory after these batches, led in {@code epoch} now, as a snapshot. */
    public static ByteBuffer from(PartitionOptions options, ByteBuffer batches, int epoch) {
        var history = new PartitionHistory(options);
        long end = 0;
        for (int at = batches.position(); at < batches.limit(); at += RecordBatch.sizeAt(batches, at)) {
            var batch = RecordBatch.at(batches, at);
            history.replay(batch);
            end = batch.nextOffset();
        }
        history.epochs().assign(epoch, end);
        return history.snapshot();
    }

    /** What an open partition remembers. */
    public static ByteBuffer memoryOf(Partition partition) {
        return partition.memory();
    }
}
