package io.millrace;

import io.millrace.partition.Acks;
import io.vertx.codegen.annotations.DataObject;
import io.vertx.core.json.JsonObject;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The answer to a record that was sent: where it lies, and what the acknowledgement is worth. */
@DataObject
public final class Receipt {
    /** The {@link #offset} of a record for whose acknowledgement nobody waited. */
    public static final long UNKNOWN_OFFSET = -1;

    private final String topic;
    private final int partition;
    private final long offset;
    private final long timestamp;
    private final @Nullable String givenId;
    private final boolean duplicate;
    private final Acks acks;
    private final String durable;

    public Receipt(
            String topic,
            int partition,
            long offset,
            long timestamp,
            @Nullable String givenId,
            boolean duplicate,
            Acks acks,
            String durable) {
        this.topic = topic;
        this.partition = partition;
        this.offset = offset;
        this.timestamp = timestamp;
        this.givenId = givenId;
        this.duplicate = duplicate;
        this.acks = acks;
        this.durable = durable;
    }

    public String topic() {
        return topic;
    }

    public int partition() {
        return partition;
    }

    /** The offset of the record; {@link #UNKNOWN_OFFSET} with {@link Acks#NONE}. */
    public long offset() {
        return offset;
    }

    /** The timestamp that the stored record has. */
    public long timestamp() {
        return timestamp;
    }

    /** The same as {@link Record#id}. */
    public String id() {
        return givenId != null ? givenId : topic + "/" + partition + "/" + offset;
    }

    /** Whether the record had been stored by an earlier attempt. */
    public boolean duplicate() {
        return duplicate;
    }

    public Acks acks() {
        return acks;
    }

    /** What the acknowledgement was worth: {@code fsync}, {@code os} or {@code memory}; {@code none} with NONE. */
    public String durable() {
        return durable;
    }

    /** The receipt in JSON; the offset is a string, because not every reader of JSON can keep 64 bits. */
    public JsonObject toJson() {
        return new JsonObject()
                .put("id", id())
                .put("topic", topic)
                .put("partition", partition)
                .put("offset", Long.toString(offset))
                .put("timestamp", timestamp)
                .put("duplicate", duplicate)
                .put("acks", acks.name().toLowerCase(Locale.ROOT))
                .put("durable", durable);
    }

    @Override
    public String toString() {
        return toJson().encode();
    }
}
