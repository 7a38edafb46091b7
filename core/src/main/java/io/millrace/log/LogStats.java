package io.millrace.log;

/**
 * A look at one open log.
 *
 * @param bytes bytes of all batches that can be read
 * @param segments files that hold them; 0 where there are no files
 * @param damaged whether a batch was found whose bytes are wrong
 * @param tornBytes bytes cut off the tail and kept aside when the log was opened
 * @param compaction what compaction has done
 */
public record LogStats(long bytes, int segments, boolean damaged, long tornBytes, CompactionStats compaction) {}
