package io.millrace.partition;

import java.nio.ByteBuffer;

/**
 * The answer to a read.
 *
 * @param batches whole batches; the first contains the offset asked for and may begin before it; empty when there was
 *     nothing to read in time. The memory belongs to the reader.
 * @param start the log start
 * @param highWatermark consumers see only offsets below it
 */
public record Fetched(ByteBuffer batches, long start, long highWatermark) {}
