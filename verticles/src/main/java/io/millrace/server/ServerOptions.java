package io.millrace.server;

import io.millrace.BrokerOptions;
import io.millrace.StorageType;
import io.millrace.log.FlushLevel;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a server is started with; checked by {@link ServerConfig}.
 *
 * @param dataDir the directory that holds everything; not used with storage in memory
 * @param httpPort 0 for any free port, -1 for none
 * @param minFreeBytes appends are refused while less is free; empty for 1 GiB or 2 % of the volume, whichever is more
 * @param reserveBytes kept in a file that is given up when the disk is full after all
 * @param compactionBytesPerSecond how fast compaction reads on each event loop
 * @param compactionMemoryBytes the most memory that compaction takes for keys on each event loop
 * @param allowDamaged whether partitions that hold a damaged batch take new records
 * @param nodeId empty to keep the one in the data directory
 * @param topicDefaults configuration of topics that do not say it themselves, in canonical form
 * @param http limits of the HTTP gateway that were given, by key, in canonical form
 * @param insecureNetwork whether listeners without authentication may be bound beyond loopback
 */
public record ServerOptions(
        String dataDir,
        String host,
        int httpPort,
        StorageType storage,
        FlushLevel flush,
        OptionalLong minFreeBytes,
        long reserveBytes,
        long compactionBytesPerSecond,
        long compactionMemoryBytes,
        boolean allowDamaged,
        Optional<String> nodeId,
        int eventLoops,
        Map<String, String> topicDefaults,
        Map<String, String> http,
        boolean insecureNetwork) {

    /** The same in the words of an embedded broker. */
    public BrokerOptions broker() {
        var options = new BrokerOptions()
                .setStorage(storage)
                .setFlush(flush)
                .setEventLoops(eventLoops)
                .setNodeId(nodeId.orElse(null))
                .setMinFreeBytes(minFreeBytes.orElse(BrokerOptions.DEFAULT_MIN_FREE_BYTES))
                .setReserveBytes(reserveBytes)
                .setCompactionBytesPerSecond(compactionBytesPerSecond)
                .setCompactionMemoryBytes(compactionMemoryBytes)
                .setAllowDamaged(allowDamaged)
                .setTopicDefaults(topicDefaults);
        return storage == StorageType.MEMORY ? options : options.setDataDir(dataDir);
    }
}
