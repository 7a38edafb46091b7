/**
 * The log of one partition as the rest of the broker sees it: append, read, truncate, forget.
 *
 * <p>Start with {@link io.millrace.log.PartitionLog}; {@link io.millrace.log.LogStorage} opens them; {@link
 * io.millrace.log.DerivedState} is what a partition rebuilds from its log. Implementations live in the sub-packages.
 * Ring 1: everything runs on the home thread of the partition, except what is handed to {@link
 * io.millrace.log.disk.DiskWork}.
 */
@NullMarked
package io.millrace.log;

import org.jspecify.annotations.NullMarked;
