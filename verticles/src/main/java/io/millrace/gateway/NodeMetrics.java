package io.millrace.gateway;

import io.millrace.log.CompactionStats;
import io.millrace.partition.PartitionStats;
import io.vertx.core.Future;
import java.util.List;

/** What the node counts. Any event loop; futures complete on the caller's loop. */
public interface NodeMetrics {
    /** One partition at one moment. */
    record PartitionGauge(
            String topic,
            int partition,
            PartitionStats stats,
            long logStart,
            long highWatermark,
            long bytes,
            int segments,
            boolean damaged,
            long tornBytes,
            CompactionStats compaction) {}

    /**
     * The work of the disk so far.
     *
     * @param syncs group commits performed
     * @param syncNanos time spent in them, in nanoseconds
     * @param syncMaxNanos the longest one since the last look
     * @param freeBytes bytes free on the volume; -1 without a data directory
     * @param full whether appends are refused for lack of space
     */
    record DiskGauge(long syncs, long syncNanos, long syncMaxNanos, long freeBytes, boolean full) {}

    Future<List<PartitionGauge>> partitions();

    DiskGauge disk();
}
