package io.millrace;

import io.millrace.config.JsonShape;
import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where a consumer group shall go on: to a position, or by so many records forward or back. */
@DataObject
@JsonGen(publicConverter = false)
public class GroupSeek {
    static final JsonShape SHAPE = JsonShape.of("GroupSeek")
            .text("to")
            .longs("shiftBy")
            .text("topic")
            .listsOfInts("partitions")
            .booleans("dryRun");

    private @Nullable Position to;
    private long shiftBy;
    private @Nullable String topic;
    private List<Integer> partitions = List.of();
    private boolean dryRun;

    public GroupSeek() {}

    public GroupSeek(GroupSeek other) {
        this.to = other.to;
        this.shiftBy = other.shiftBy;
        this.topic = other.topic;
        this.partitions = other.partitions;
        this.dryRun = other.dryRun;
    }

    /** Throws {@link IllegalArgumentException} for an unknown key, a wrong type, or a value outside its limits. */
    @SuppressWarnings("this-escape")
    public GroupSeek(JsonObject json) {
        GroupSeekConverter.fromJson(SHAPE.check(json), this);
    }

    public JsonObject toJson() {
        var json = new JsonObject();
        GroupSeekConverter.toJson(this, json);
        return json;
    }

    /** The position; null shifts instead. */
    public @Nullable Position getTo() {
        return to;
    }

    public GroupSeek setTo(@Nullable Position to) {
        this.to = to;
        return this;
    }

    /** Without a position: so many records forward, or back if negative, but not out of the partition. */
    public long getShiftBy() {
        return shiftBy;
    }

    public GroupSeek setShiftBy(long shiftBy) {
        this.shiftBy = shiftBy;
        return this;
    }

    /** Only this topic, all of its partitions; null for everything to which the group has committed. */
    public @Nullable String getTopic() {
        return topic;
    }

    public GroupSeek setTopic(@Nullable String topic) {
        this.topic = topic;
        return this;
    }

    /** Only these partitions of the topic; empty for all. */
    public List<Integer> getPartitions() {
        return partitions;
    }

    public GroupSeek setPartitions(List<Integer> partitions) {
        this.partitions = List.copyOf(partitions);
        return this;
    }

    /** Whether only to say what would become of it. */
    public boolean isDryRun() {
        return dryRun;
    }

    public GroupSeek setDryRun(boolean dryRun) {
        this.dryRun = dryRun;
        return this;
    }
}
