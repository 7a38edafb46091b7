package io.millrace.broker.partitions;

import io.millrace.log.LogStorage;
import io.millrace.partition.LocalPartitions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The partitions of one home loop, from opening their storage to closing it. The verticle gives them a life; they run on
 * their home, which an application may share with its own verticles.
 */
public final class PartitionVerticle extends VerticleBase {
    private static final long UPKEEP_MILLIS = 5_000;

    private final Home home;
    private final LoopTimers timers;
    private final Supplier<Future<LogStorage>> openStorage;
    private @Nullable LocalPartitions partitions;
    private boolean closing;

    /** @param openStorage called once, on the home loop */
    public PartitionVerticle(Home home, Supplier<Future<LogStorage>> openStorage) {
        this.home = home;
        this.timers = new LoopTimers(home);
        this.openStorage = openStorage;
    }

    @Override
    public Future<?> start() {
        return home.run(() -> openStorage.get().map(storage -> {
            partitions = new LocalPartitions(storage, timers);
            upkeepLater();
            return partitions;
        }));
    }

    private void upkeepLater() {
        timers.after(UPKEEP_MILLIS, () -> {
            if (closing) return;
            partitions().upkeep().onComplete(done -> upkeepLater());
        });
    }

    /** Where these partitions live. */
    public Home home() {
        return home;
    }

    /** To be used on the home loop. */
    public LocalPartitions partitions() {
        return Objects.requireNonNull(partitions, "not started");
    }

    @Override
    public Future<?> stop() {
        return close();
    }

    /** Closes all partitions and their storage; harmless when it was done before. */
    public Future<Void> close() {
        return home.run(() -> {
            closing = true;
            return partitions == null ? Future.succeededFuture() : partitions.close();
        });
    }
}
