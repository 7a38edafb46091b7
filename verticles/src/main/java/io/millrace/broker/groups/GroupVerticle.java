package io.millrace.broker.groups;

import static io.millrace.model.Refusal.COORDINATOR_NOT_AVAILABLE;

import io.millrace.broker.partitions.Home;
import io.millrace.broker.partitions.LoopTimers;
import io.millrace.broker.partitions.PartitionVerticle;
import io.millrace.group.GroupOptions;
import io.millrace.group.GroupShard;
import io.millrace.model.PartitionId;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * The shards whose internal partitions live on one home loop. The verticle gives them a life; they run beside their
 * partitions.
 */
public final class GroupVerticle extends VerticleBase {
    private final PartitionVerticle beside;
    private final GroupOptions options;
    /** By partition; a shard that is being opened is waited for, one that could not be is tried again. */
    private final Map<PartitionId, Future<GroupShard>> shards = new HashMap<>();

    private boolean closing;

    public GroupVerticle(PartitionVerticle beside, GroupOptions options) {
        this.beside = beside;
        this.options = options;
    }

    /** Where these shards live. */
    Home home() {
        return beside.home();
    }

    /** The shard of an internal partition that is open; to be used on the home loop. */
    Future<GroupShard> shard(PartitionId id) {
        if (closing) return Future.failedFuture(COORDINATOR_NOT_AVAILABLE.because("the groups are closed"));
        var known = shards.get(id);
        if (known != null && !known.failed()) return known;
        var log = new PartitionGroupLog(beside.partitions(), id);
        var name = "__consumer_offsets/" + id.index();
        var opening = GroupShard.open(name, log, new LoopTimers(home()), UUID::randomUUID, options);
        shards.put(id, opening);
        return opening;
    }

    /** Those that are served at this moment; to be used on the home loop. */
    List<GroupShard> open() {
        var open = new ArrayList<GroupShard>();
        for (var shard : shards.values()) if (shard.succeeded()) open.add(shard.result());
        return open;
    }

    @Override
    public Future<?> stop() {
        return close();
    }

    /** Answers nobody any more; completes when nothing is being written. Harmless when it was done before. */
    public Future<Void> close() {
        return home().run(() -> {
            closing = true;
            var each = new ArrayList<Future<Void>>();
            for (var shard : shards.values()) each.add(shard.compose(GroupShard::close));
            return each.isEmpty()
                    ? Future.succeededFuture()
                    : Future.join(each).otherwiseEmpty().mapEmpty();
        });
    }
}
