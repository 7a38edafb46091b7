package io.millrace.log.segment;

import io.millrace.log.compact.KeyMap;

/**
 * What compaction may take of the machine; one log of a storage is compacted at a time.
 *
 * @param mapBytes the most memory for the map of keys; logs with more keys take several passes
 * @param bytesPerSecond how fast logs are read for it, on average
 * @param sliceBytes about how much is read before other work of the same lane gets its turn
 */
public record CompactionLimits(long mapBytes, long bytesPerSecond, int sliceBytes) {
    public static final CompactionLimits DEFAULT = new CompactionLimits(16 << 20, 64 << 20, 1 << 20);

    public CompactionLimits {
        if (mapBytes < KeyMap.ENTRY_BYTES) throw new IllegalArgumentException("mapBytes " + mapBytes + " is too small");
        if (bytesPerSecond < 1) throw new IllegalArgumentException("bytesPerSecond " + bytesPerSecond + " is below 1");
        if (sliceBytes < 1) throw new IllegalArgumentException("sliceBytes " + sliceBytes + " is below 1");
    }

    /** How long to wait after {@code bytes} that took {@code millis}. */
    long pauseMillis(long bytes, long millis) {
        return Math.max(0, bytes * 1000 / bytesPerSecond - millis);
    }
}
