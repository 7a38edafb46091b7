package io.millrace.partition;

import io.millrace.log.LogOptions;

/**
 * How one partition is kept and what it takes. Values follow the topic configuration and may change while it is open.
 *
 * @param log how its log is kept
 * @param maxBatchBytes a larger batch is refused
 * @param minInSync with {@link Acks#ALL}: refused when fewer replicas are in sync
 * @param isLogAppendTime whether records get the time of the broker instead of keeping their own
 * @param producers which idempotent producers are remembered
 * @param idempotency which idempotency keys are remembered
 * @param maxParkedReads how many reads may wait for a record at the same time
 */
public record PartitionOptions(
        LogOptions log,
        int maxBatchBytes,
        int minInSync,
        boolean isLogAppendTime,
        Memory producers,
        Memory idempotency,
        int maxParkedReads) {

    /**
     * How much is remembered, and for how long.
     *
     * @param max the most that are remembered; the oldest is forgotten
     * @param millis what is older is forgotten; for a producer, what was idle for longer
     */
    public record Memory(int max, long millis) {
        public Memory {
            if (max < 1) throw new IllegalArgumentException("a memory for " + max + " is below 1");
            if (millis < 1) throw new IllegalArgumentException("a memory of " + millis + " ms is below 1");
        }
    }

    private static final long DAY_MILLIS = 86_400_000L;

    public static final PartitionOptions DEFAULT = of(LogOptions.DEFAULT);

    public PartitionOptions {
        if (maxBatchBytes < 1) throw new IllegalArgumentException("maxBatchBytes " + maxBatchBytes + " is below 1");
        if (minInSync < 1) throw new IllegalArgumentException("minInSync " + minInSync + " is below 1");
        if (maxParkedReads < 0) throw new IllegalArgumentException("negative maxParkedReads " + maxParkedReads);
    }

    /** The defaults for everything but the log. */
    public static PartitionOptions of(LogOptions log) {
        return new PartitionOptions(
                log, 1 << 20, 1, false, new Memory(10_000, DAY_MILLIS), new Memory(100_000, DAY_MILLIS), 100_000);
    }

    public PartitionOptions withLog(LogOptions changed) {
        return new PartitionOptions(
                changed, maxBatchBytes, minInSync, isLogAppendTime, producers, idempotency, maxParkedReads);
    }

    public PartitionOptions withMaxBatchBytes(int bytes) {
        return new PartitionOptions(log, bytes, minInSync, isLogAppendTime, producers, idempotency, maxParkedReads);
    }

    public PartitionOptions withMinInSync(int replicas) {
        return new PartitionOptions(
                log, maxBatchBytes, replicas, isLogAppendTime, producers, idempotency, maxParkedReads);
    }

    public PartitionOptions withLogAppendTime(boolean given) {
        return new PartitionOptions(log, maxBatchBytes, minInSync, given, producers, idempotency, maxParkedReads);
    }

    public PartitionOptions withProducers(int max, long idleMillis) {
        var memory = new Memory(max, idleMillis);
        return new PartitionOptions(
                log, maxBatchBytes, minInSync, isLogAppendTime, memory, idempotency, maxParkedReads);
    }

    public PartitionOptions withIdempotency(int maxKeys, long windowMillis) {
        var memory = new Memory(maxKeys, windowMillis);
        return new PartitionOptions(log, maxBatchBytes, minInSync, isLogAppendTime, producers, memory, maxParkedReads);
    }

    public PartitionOptions withMaxParkedReads(int reads) {
        return new PartitionOptions(log, maxBatchBytes, minInSync, isLogAppendTime, producers, idempotency, reads);
    }
}
