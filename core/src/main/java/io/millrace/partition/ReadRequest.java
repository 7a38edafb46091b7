package io.millrace.partition;

/**
 * One bounded read of one partition.
 *
 * @param from the offset of the first record wanted
 * @param maxBytes no more batch bytes than this, but at least one batch
 * @param waitMillis how long to wait for the first record behind {@code from}; 0 answers at once
 */
public record ReadRequest(long from, int maxBytes, long waitMillis) {
    public ReadRequest {
        if (from < 0) throw new IllegalArgumentException("negative offset " + from);
        if (maxBytes < 1) throw new IllegalArgumentException("maxBytes " + maxBytes + " is below 1");
        if (waitMillis < 0) throw new IllegalArgumentException("negative waitMillis " + waitMillis);
    }
}
