/**
 * One partition: who may append, what readers may see, who waits for what.
 *
 * <p>Start with {@link io.millrace.partition.Partitions}, the way in from everywhere; {@link
 * io.millrace.partition.LocalPartitions} keeps the open ones of a thread, and {@link io.millrace.partition.Partition}
 * conducts one (ring 1). What it conducts is ring 0 and knows nothing of futures: {@code PartitionState} decides, {@code
 * PartitionHistory} ({@code ProducerTable}, {@code IdempotencyTable}, {@code LeaderEpochs}) remembers what lies in the
 * log, {@code ReplicaProgress} knows how far the replicas are, {@code OffsetWaiters} who waits. Everything about one partition happens on its home thread.
 */
@NullMarked
package io.millrace.partition;

import org.jspecify.annotations.NullMarked;
