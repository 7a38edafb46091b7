package io.millrace.broker;

import io.millrace.cluster.AllocateProducerIds;
import io.vertx.core.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Producer ids for this node, from blocks that were allocated for it and are never used again. Any thread; ids of a block
 * that was not used up are lost with the broker, which is harmless.
 */
final class ProducerIds {
    private static final int BLOCK = 1000;

    /** What is left of a block: ids from {@code next} to below {@code end}. */
    private record Rest(long next, long end) {}

    private final BrokerHost host;
    private final AtomicReference<@Nullable Rest> rest = new AtomicReference<>();

    ProducerIds(BrokerHost host) {
        this.host = host;
    }

    Future<Long> next() {
        while (true) {
            var seen = rest.get();
            if (seen == null || seen.next == seen.end) return allocate();
            if (rest.compareAndSet(seen, new Rest(seen.next + 1, seen.end))) return Future.succeededFuture(seen.next);
        }
    }

    /** Takes the first id of a new block. Who allocated at the same time has another one; the later one is kept. */
    private Future<Long> allocate() {
        return host.change(new AllocateProducerIds(BLOCK)).map(block -> {
            rest.set(new Rest(block.first() + 1, block.first() + block.count()));
            return block.first();
        });
    }
}
