package io.millrace.partition;

import io.millrace.log.LogOptions;

/**
 * How one partition is kept and what it takes. Values follow the topic configuration and may change while it is open.
 *
 * @param log how its log is kept
 * @param maxBatchBytes a larger batch is refused
 * @param minInSync with {@link Acks#ALL}: refused when fewer replicas are in sync
 * @param isLogAppendTime whether records get the time of the broker instead of keeping their own
 * @param maxProducers how many idempotent producers are remembered; the one idle for longest is forgotten
 * @param producerIdleMillis an idempotent producer that was idle for longer is forgotten
 * @param maxIdempotencyKeys how many idempotency keys are remembered; the oldest is forgotten
 * @param idempotencyWindowMillis how long an idempotency key is remembered
 * @param maxParkedReads how many reads may wait for a record at the same time
 */
public record PartitionOptions(
        LogOptions log,
        int maxBatchBytes,
        int minInSync,
        boolean isLogAppendTime,
        int maxProducers,
        long producerIdleMillis,
        int maxIdempotencyKeys,
        long idempotencyWindowMillis,
        int maxParkedReads) {

    public static final PartitionOptions DEFAULT = of(LogOptions.DEFAULT);

    public PartitionOptions {
        if (maxBatchBytes < 1) throw new IllegalArgumentException("maxBatchBytes " + maxBatchBytes + " is below 1");
        if (minInSync < 1) throw new IllegalArgumentException("minInSync " + minInSync + " is below 1");
        if (maxProducers < 1) throw new IllegalArgumentException("maxProducers " + maxProducers + " is below 1");
        if (producerIdleMillis < 1) throw new IllegalArgumentException("producerIdleMillis " + producerIdleMillis);
        if (maxIdempotencyKeys < 1) throw new IllegalArgumentException("maxIdempotencyKeys " + maxIdempotencyKeys);
        if (idempotencyWindowMillis < 1)
            throw new IllegalArgumentException("idempotencyWindowMillis " + idempotencyWindowMillis + " is below 1");
        if (maxParkedReads < 0) throw new IllegalArgumentException("negative maxParkedReads " + maxParkedReads);
    }

    /** The defaults for everything but the log. */
    public static PartitionOptions of(LogOptions log) {
        return new PartitionOptions(log, 1 << 20, 1, false, 10_000, 86_400_000L, 100_000, 86_400_000L, 100_000);
    }

    public PartitionOptions withMaxBatchBytes(int bytes) {
        return new PartitionOptions(
                log,
                bytes,
                minInSync,
                isLogAppendTime,
                maxProducers,
                producerIdleMillis,
                maxIdempotencyKeys,
                idempotencyWindowMillis,
                maxParkedReads);
    }

    public PartitionOptions withMinInSync(int replicas) {
        return new PartitionOptions(
                log,
                maxBatchBytes,
                replicas,
                isLogAppendTime,
                maxProducers,
                producerIdleMillis,
                maxIdempotencyKeys,
                idempotencyWindowMillis,
                maxParkedReads);
    }

    public PartitionOptions withLogAppendTime(boolean given) {
        return new PartitionOptions(
                log,
                maxBatchBytes,
                minInSync,
                given,
                maxProducers,
                producerIdleMillis,
                maxIdempotencyKeys,
                idempotencyWindowMillis,
                maxParkedReads);
    }

    public PartitionOptions withProducers(int max, long idleMillis) {
        return new PartitionOptions(
                log,
                maxBatchBytes,
                minInSync,
                isLogAppendTime,
                max,
                idleMillis,
                maxIdempotencyKeys,
                idempotencyWindowMillis,
                maxParkedReads);
    }

    public PartitionOptions withIdempotency(int maxKeys, long windowMillis) {
        return new PartitionOptions(
                log,
                maxBatchBytes,
                minInSync,
                isLogAppendTime,
                maxProducers,
                producerIdleMillis,
                maxKeys,
                windowMillis,
                maxParkedReads);
    }

    public PartitionOptions withMaxParkedReads(int reads) {
        return new PartitionOptions(
                log,
                maxBatchBytes,
                minInSync,
                isLogAppendTime,
                maxProducers,
                producerIdleMillis,
                maxIdempotencyKeys,
                idempotencyWindowMillis,
                reads);
    }
}
