package io.millrace.partition;

/**
 * Where a partition stands.
 *
 * @param start the log start
 * @param highWatermark the end of what consumers see
 * @param end the log end, in front of or at the high watermark
 * @param leaderEpoch the epoch that new batches are stamped with
 * @param bytes bytes of the log
 * @param damaged whether a batch was found whose bytes are wrong
 */
public record Offsets(long start, long highWatermark, long end, int leaderEpoch, long bytes, boolean damaged) {}
