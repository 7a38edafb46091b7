/**
 * A log as segment files: {@code 00000000000000000000.log} holds nothing but record batches and is named by its base
 * offset; {@code .index}, {@code .timeindex} and {@code .snapshot} beside it are derived and can be rebuilt.
 *
 * <p>Read {@link io.millrace.log.segment.LogState} first (three numbers and their order), then {@link
 * io.millrace.log.segment.SegmentedLog} with {@link io.millrace.log.segment.Roll} and {@link
 * io.millrace.log.segment.LogReader}, {@link io.millrace.log.segment.GroupCommit}, {@link
 * io.millrace.log.segment.Recovery} and {@link io.millrace.log.segment.LogCompaction}. {@code LogState}, {@code OffsetIndex} and {@code TimeIndex} are
 * ring 0, the rest is ring 1. Appends run on the home thread; whatever may block is handed to {@link
 * io.millrace.log.disk.DiskWork}.
 */
@NullMarked
package io.millrace.log.segment;

import org.jspecify.annotations.NullMarked;
