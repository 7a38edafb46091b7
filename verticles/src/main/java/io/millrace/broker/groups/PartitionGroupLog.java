package io.millrace.broker.groups;

import io.millrace.group.GroupLog;
import io.millrace.model.PartitionId;
import io.millrace.partition.Acks;
import io.millrace.partition.Offsets;
import io.millrace.partition.Partitions;
import io.millrace.partition.ReadRequest;
import io.vertx.core.Future;
import java.nio.ByteBuffer;

/** One internal partition, as the shard sees it that is kept there. On the home loop of both. */
record PartitionGroupLog(Partitions partitions, PartitionId id) implements GroupLog {
    @Override
    public Future<Void> append(ByteBuffer batch) {
        return partitions.append(id, batch, Acks.ALL).mapEmpty();
    }

    @Override
    public Future<Page> read(long from, int maxBytes) {
        return partitions
                .read(id, new ReadRequest(from, maxBytes, 0))
                .map(fetched -> new Page(fetched.batches(), fetched.highWatermark()));
    }

    @Override
    public Future<Long> start() {
        return partitions.offsets(id).map(Offsets::start);
    }
}
