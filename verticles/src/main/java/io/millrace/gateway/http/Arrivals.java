package io.millrace.gateway.http;

import io.millrace.gateway.Node;
import io.millrace.model.PartitionId;
import io.millrace.partition.ReadRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * Wakes those who wait for a record. However many wait on this event loop, each partition sees one waiting read, so that
 * clients that poll again and again leave nothing behind.
 */
final class Arrivals {
    private static final long PARK_MILLIS = 10_000;

    private final Node node;
    private final Map<PartitionId, Watch> watches = new HashMap<>();

    private static final class Watch {
        final Set<Runnable> waiting = new LinkedHashSet<>();
        boolean isReading;
    }

    Arrivals(Node node) {
        this.node = node;
    }

    /**
     * Calls {@code wake} once, when there may be something at {@code offset} or behind, or the partition has something to
     * say against it. Whoever is woken looks himself.
     */
    void await(PartitionId partition, long offset, Runnable wake) {
        var watch = watches.computeIfAbsent(partition, fresh -> new Watch());
        watch.waiting.add(wake);
        if (!watch.isReading) read(partition, watch, offset);
    }

    void forget(PartitionId partition, Runnable wake) {
        var watch = watches.get(partition);
        if (watch == null) return;
        watch.waiting.remove(wake);
        if (watch.waiting.isEmpty() && !watch.isReading) watches.remove(partition);
    }

    private void read(PartitionId partition, Watch watch, long offset) {
        watch.isReading = true;
        node.partitions()
                .read(partition, new ReadRequest(offset, 1, PARK_MILLIS))
                .onComplete(
                        fetched -> {
                            watch.isReading = false;
                            if (fetched.batches().hasRemaining()) wakeAll(partition, watch);
                            else if (watch.waiting.isEmpty()) watches.remove(partition, watch);
                            else read(partition, watch, fetched.highWatermark());
                        },
                        failure -> {
                            watch.isReading = false;
                            wakeAll(partition, watch);
                        });
    }

    private void wakeAll(PartitionId partition, Watch watch) {
        watches.remove(partition, watch);
        for (var wake : new ArrayList<>(watch.waiting)) wake.run();
    }
}
