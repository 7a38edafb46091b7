package io.millrace;

import io.vertx.codegen.annotations.DataObject;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** How far a consumer group has come in one partition. */
@DataObject
public final class PartitionLag {
    private final String topic;
    private final int partition;
    private final @Nullable String memberId;
    private final long committed;
    private final long start;
    private final long end;
    private final long lag;
    private final long lagMillis;
    private final String metadata;
    private final long committedAt;

    public PartitionLag(
            String topic,
            int partition,
            @Nullable String memberId,
            long committed,
            long start,
            long end,
            long lag,
            long lagMillis,
            String metadata,
            long committedAt) {
        this.topic = topic;
        this.partition = partition;
        this.memberId = memberId;
        this.committed = committed;
        this.start = start;
        this.end = end;
        this.lag = lag;
        this.lagMillis = lagMillis;
        this.metadata = metadata;
        this.committedAt = committedAt;
    }

    public String topic() {
        return topic;
    }

    public int partition() {
        return partition;
    }

    /** Who has the partition; null if nobody. */
    public @Nullable String memberId() {
        return memberId;
    }

    /** The offset of the next record to process; -1 if nothing was committed. */
    public long committed() {
        return committed;
    }

    /** The offset of the first record that is still there. */
    public long start() {
        return start;
    }

    /** The offset behind the last record that consumers see. */
    public long end() {
        return end;
    }

    /** Records between the committed offset and the end; -1 if nothing was committed. */
    public long lag() {
        return lag;
    }

    /** How old the oldest record is that is not settled, in milliseconds; 0 without lag, -1 if unknown. */
    public long lagMillis() {
        return lagMillis;
    }

    /** What was committed beside the offset. */
    public String metadata() {
        return metadata;
    }

    /** When it was committed, in milliseconds since 1970; -1 if nothing was. */
    public long committedAt() {
        return committedAt;
    }

    /** In JSON; offsets are strings, and null stands for what is unknown. */
    public JsonObject toJson() {
        return new JsonObject()
                .put("topic", topic)
                .put("partition", partition)
                .put("memberId", memberId)
                .put("committed", committed < 0 ? null : Long.toString(committed))
                .put("start", Long.toString(start))
                .put("end", Long.toString(end))
                .put("lag", lag < 0 ? null : lag)
                .put("lagMillis", lagMillis < 0 ? null : lagMillis)
                .put("metadata", metadata)
                .put(
                        "committedAt",
                        committedAt < 0
                                ? null
                                : java.time.Instant.ofEpochMilli(committedAt).toString());
    }

    @Override
    public String toString() {
        return toJson().encode();
    }
}
