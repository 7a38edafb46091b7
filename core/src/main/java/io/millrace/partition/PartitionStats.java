package io.millrace.partition;

/**
 * What one partition has done since it was opened. All counters only grow, the last two are what is so at the moment.
 *
 * @param batchesIn batches appended
 * @param recordsIn records in them
 * @param bytesIn bytes of them
 * @param duplicates batches that were not stored again
 * @param refused batches that were refused
 * @param readsOut reads that gave something
 * @param bytesOut bytes that reads gave
 * @param parkedReads reads that wait for a record
 * @param pendingAcks appends that wait to become durable
 */
public record PartitionStats(
        long batchesIn,
        long recordsIn,
        long bytesIn,
        long duplicates,
        long refused,
        long readsOut,
        long bytesOut,
        int parkedReads,
        int pendingAcks) {}
