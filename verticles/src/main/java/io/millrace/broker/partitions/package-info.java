/**
 * Partitions on event loops: {@link io.millrace.broker.partitions.Home} is the loop a partition lives on, {@link
 * io.millrace.broker.partitions.PartitionVerticle} opens and closes what lives there, {@link
 * io.millrace.broker.partitions.PartitionRouter} takes calls from other loops there and back. {@link
 * io.millrace.broker.partitions.DiskThreads} and {@link io.millrace.broker.partitions.LoopTimers} are the seams of core
 * on a real runtime. Nothing is decided here. Ring 2.
 */
@NullMarked
package io.millrace.broker.partitions;

import org.jspecify.annotations.NullMarked;
