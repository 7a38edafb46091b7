package io.millrace;

import io.vertx.codegen.annotations.DataObject;
import io.vertx.core.json.JsonObject;

/** What a {@link GroupSeek} does to one partition. */
@DataObject
public final class GroupMove {
    private final String topic;
    private final int partition;
    private final long from;
    private final long to;

    public GroupMove(String topic, int partition, long from, long to) {
        this.topic = topic;
        this.partition = partition;
        this.from = from;
        this.to = to;
    }

    public String topic() {
        return topic;
    }

    public int partition() {
        return partition;
    }

    /** The offset that was committed; -1 if none was. */
    public long from() {
        return from;
    }

    /** The offset that is committed now, or would be. */
    public long to() {
        return to;
    }

    public JsonObject toJson() {
        return new JsonObject()
                .put("topic", topic)
                .put("partition", partition)
                .put("from", from < 0 ? null : Long.toString(from))
                .put("to", Long.toString(to));
    }

    @Override
    public String toString() {
        return toJson().encode();
    }
}
