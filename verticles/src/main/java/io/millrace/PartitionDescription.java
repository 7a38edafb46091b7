package io.millrace;

import io.vertx.codegen.annotations.DataObject;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where a partition stands, and who keeps it. */
@DataObject
public final class PartitionDescription {
    private final int partition;
    private final @Nullable String leader;
    private final int leaderEpoch;
    private final List<String> replicas;
    private final List<String> inSync;
    private final long start;
    private final long highWatermark;
    private final long end;
    private final long bytes;
    private final boolean damaged;

    public PartitionDescription(
            int partition,
            @Nullable String leader,
            int leaderEpoch,
            List<String> replicas,
            List<String> inSync,
            long start,
            long highWatermark,
            long end,
            long bytes,
            boolean damaged) {
        this.partition = partition;
        this.leader = leader;
        this.leaderEpoch = leaderEpoch;
        this.replicas = List.copyOf(replicas);
        this.inSync = List.copyOf(inSync);
        this.start = start;
        this.highWatermark = highWatermark;
        this.end = end;
        this.bytes = bytes;
        this.damaged = damaged;
    }

    public int partition() {
        return partition;
    }

    /** The node that takes its records; null when there is none at the moment. */
    public @Nullable String leader() {
        return leader;
    }

    public int leaderEpoch() {
        return leaderEpoch;
    }

    /** The nodes that keep a copy, the preferred leader first. */
    public List<String> replicas() {
        return replicas;
    }

    /** The nodes whose copy is complete. */
    public List<String> inSync() {
        return inSync;
    }

    /** The offset of the first record that is still there. */
    public long start() {
        return start;
    }

    /** Consumers see the records below. */
    public long highWatermark() {
        return highWatermark;
    }

    /** The offset that the next record gets. */
    public long end() {
        return end;
    }

    public long bytes() {
        return bytes;
    }

    /** Whether a batch was found whose bytes are wrong. */
    public boolean damaged() {
        return damaged;
    }

    /** In JSON; offsets are strings. */
    public JsonObject toJson() {
        return new JsonObject()
                .put("partition", partition)
                .put("leader", leader)
                .put("leaderEpoch", leaderEpoch)
                .put("replicas", new JsonArray(replicas))
                .put("inSync", new JsonArray(inSync))
                .put("start", Long.toString(start))
                .put("highWatermark", Long.toString(highWatermark))
                .put("end", Long.toString(end))
                .put("bytes", bytes)
                .put("damaged", damaged);
    }

    @Override
    public String toString() {
        return toJson().encode();
    }
}
