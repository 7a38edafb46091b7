package io.millrace;

import io.millrace.config.JsonShape;
import io.millrace.config.Limits;
import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a consumer reads, and how much at once. */
@DataObject
@JsonGen(publicConverter = false)
public class ConsumerOptions {
    public static final int DEFAULT_MAX_READ_BYTES = 1 << 20;
    public static final long DEFAULT_MAX_WAIT_MILLIS = 30_000;
    public static final int DEFAULT_MAX_RECORDS_PER_TURN = 512;
    public static final boolean DEFAULT_STOP_AT_END = false;
    public static final boolean DEFAULT_SKIP_LOST = false;

    static final JsonShape SHAPE = JsonShape.of("ConsumerOptions")
            .text("topic", "from")
            .listsOfInts("partitions")
            .ints("maxReadBytes", "maxRecordsPerTurn")
            .longs("maxWaitMillis")
            .booleans("stopAtEnd", "skipLost");

    private @Nullable String topic;
    private List<Integer> partitions = List.of();
    private Position from = Position.earliest();
    private int maxReadBytes = DEFAULT_MAX_READ_BYTES;
    private long maxWaitMillis = DEFAULT_MAX_WAIT_MILLIS;
    private int maxRecordsPerTurn = DEFAULT_MAX_RECORDS_PER_TURN;
    private boolean stopAtEnd = DEFAULT_STOP_AT_END;
    private boolean skipLost = DEFAULT_SKIP_LOST;

    public ConsumerOptions() {}

    public ConsumerOptions(ConsumerOptions other) {
        this.topic = other.topic;
        this.partitions = other.partitions;
        this.from = other.from;
        this.maxReadBytes = other.maxReadBytes;
        this.maxWaitMillis = other.maxWaitMillis;
        this.maxRecordsPerTurn = other.maxRecordsPerTurn;
        this.stopAtEnd = other.stopAtEnd;
        this.skipLost = other.skipLost;
    }

    /** Throws {@link IllegalArgumentException} for an unknown key, a wrong type, or a value outside its limits. */
    @SuppressWarnings("this-escape")
    public ConsumerOptions(JsonObject json) {
        ConsumerOptionsConverter.fromJson(SHAPE.check(json), this);
    }

    public JsonObject toJson() {
        var json = new JsonObject();
        ConsumerOptionsConverter.toJson(this, json);
        return json;
    }

    /** The topic, which must be given. */
    public @Nullable String getTopic() {
        return topic;
    }

    public ConsumerOptions setTopic(@Nullable String topic) {
        this.topic = topic == null ? null : Limits.notEmpty("topic", topic);
        return this;
    }

    /** The partitions to read; none means all of them, also those that are added later. */
    public List<Integer> getPartitions() {
        return partitions;
    }

    public ConsumerOptions setPartitions(List<Integer> partitions) {
        this.partitions = List.copyOf(partitions);
        return this;
    }

    /** Where to begin. */
    public Position getFrom() {
        return from;
    }

    public ConsumerOptions setFrom(Position from) {
        this.from = from;
        return this;
    }

    /** The size of one read of one partition; a single batch may be larger. */
    public int getMaxReadBytes() {
        return maxReadBytes;
    }

    public ConsumerOptions setMaxReadBytes(int maxReadBytes) {
        this.maxReadBytes = Limits.between(1, 1 << 30, "maxReadBytes", maxReadBytes);
        return this;
    }

    /** How long one read waits for a record at the end of a partition before it is asked anew. */
    public long getMaxWaitMillis() {
        return maxWaitMillis;
    }

    public ConsumerOptions setMaxWaitMillis(long maxWaitMillis) {
        this.maxWaitMillis = Limits.between(1, 600_000, "maxWaitMillis", maxWaitMillis);
        return this;
    }

    /** Records handed out before others get their turn on the event loop. */
    public int getMaxRecordsPerTurn() {
        return maxRecordsPerTurn;
    }

    public ConsumerOptions setMaxRecordsPerTurn(int maxRecordsPerTurn) {
        this.maxRecordsPerTurn = Limits.between(1, 1_000_000, "maxRecordsPerTurn", maxRecordsPerTurn);
        return this;
    }

    /** Whether to stop behind the records that are there when reading begins. */
    public boolean isStopAtEnd() {
        return stopAtEnd;
    }

    public ConsumerOptions setStopAtEnd(boolean stopAtEnd) {
        this.stopAtEnd = stopAtEnd;
        return this;
    }

    /** Whether to go on with the first record left when the next one was deleted; else that ends the consumer with OFFSET_OUT_OF_RANGE. */
    public boolean isSkipLost() {
        return skipLost;
    }

    public ConsumerOptions setSkipLost(boolean skipLost) {
        this.skipLost = skipLost;
        return this;
    }
}
