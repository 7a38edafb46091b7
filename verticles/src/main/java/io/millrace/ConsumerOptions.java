package io.millrace;

import io.millrace.config.JsonShape;
import io.millrace.config.Limits;
import io.millrace.consume.OnFailure;
import io.millrace.consume.ProcessingOrder;
import io.millrace.group.Assignor;
import io.millrace.group.Assignors;
import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a consumer reads, with whom it shares, and how much it does at once. The options of processing concern {@link
 * Consumer#process} only.
 */
@DataObject
@JsonGen(publicConverter = false)
public class ConsumerOptions {
    public static final int DEFAULT_MAX_READ_BYTES = 1 << 20;
    public static final long DEFAULT_MAX_WAIT_MILLIS = 30_000;
    public static final int DEFAULT_MAX_RECORDS_PER_TURN = 512;
    public static final boolean DEFAULT_STOP_AT_END = false;
    public static final boolean DEFAULT_SKIP_LOST = false;
    public static final String DEFAULT_ASSIGNOR = "cooperative-sticky";
    public static final int DEFAULT_HEARTBEAT_MILLIS = 3_000;
    public static final int DEFAULT_SESSION_TIMEOUT_MILLIS = 10_000;
    public static final int DEFAULT_PROCESSING_TIMEOUT_MILLIS = 300_000;
    public static final boolean DEFAULT_AUTO_COMMIT = false;
    public static final long DEFAULT_COMMIT_INTERVAL_MILLIS = 1_000;
    public static final int DEFAULT_MAX_IN_FLIGHT = 500;
    public static final int DEFAULT_CONCURRENCY = 32;
    public static final ProcessingOrder DEFAULT_ORDER = ProcessingOrder.PARTITION;
    public static final OnFailure DEFAULT_ON_FAILURE = OnFailure.RETRY;
    public static final int DEFAULT_MAX_ATTEMPTS = 3;
    public static final OnFailure DEFAULT_ON_LAST_FAILURE = OnFailure.STOP;
    public static final long DEFAULT_CLOSE_TIMEOUT_MILLIS = 5_000;

    static final JsonShape SHAPE = JsonShape.of("ConsumerOptions")
            .text("topic", "from", "group", "groupInstanceId")
            .listsOfInts("partitions")
            .listsOfTexts("assignors")
            .ints(
                    "maxReadBytes",
                    "maxRecordsPerTurn",
                    "heartbeatMillis",
                    "sessionTimeoutMillis",
                    "processingTimeoutMillis",
                    "maxInFlight",
                    "concurrency",
                    "maxAttempts")
            .longs("maxWaitMillis", "commitIntervalMillis", "closeTimeoutMillis")
            .booleans("stopAtEnd", "skipLost", "autoCommit")
            .constant(ProcessingOrder.class, "order")
            .constant(OnFailure.class, "onFailure")
            .constant(OnFailure.class, "onLastFailure");

    private @Nullable String topic;
    private List<Integer> partitions = List.of();
    private Position from = Position.earliest();
    private int maxReadBytes = DEFAULT_MAX_READ_BYTES;
    private long maxWaitMillis = DEFAULT_MAX_WAIT_MILLIS;
    private int maxRecordsPerTurn = DEFAULT_MAX_RECORDS_PER_TURN;
    private boolean stopAtEnd = DEFAULT_STOP_AT_END;
    private boolean skipLost = DEFAULT_SKIP_LOST;
    private @Nullable String group;
    private @Nullable String groupInstanceId;
    private List<String> assignors = List.of(DEFAULT_ASSIGNOR);
    private int heartbeatMillis = DEFAULT_HEARTBEAT_MILLIS;
    private int sessionTimeoutMillis = DEFAULT_SESSION_TIMEOUT_MILLIS;
    private int processingTimeoutMillis = DEFAULT_PROCESSING_TIMEOUT_MILLIS;
    private boolean autoCommit = DEFAULT_AUTO_COMMIT;
    private long commitIntervalMillis = DEFAULT_COMMIT_INTERVAL_MILLIS;
    private int maxInFlight = DEFAULT_MAX_IN_FLIGHT;
    private int concurrency = DEFAULT_CONCURRENCY;
    private ProcessingOrder order = DEFAULT_ORDER;
    private OnFailure onFailure = DEFAULT_ON_FAILURE;
    private int maxAttempts = DEFAULT_MAX_ATTEMPTS;
    private OnFailure onLastFailure = DEFAULT_ON_LAST_FAILURE;
    private long closeTimeoutMillis = DEFAULT_CLOSE_TIMEOUT_MILLIS;

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
        this.group = other.group;
        this.groupInstanceId = other.groupInstanceId;
        this.assignors = other.assignors;
        this.heartbeatMillis = other.heartbeatMillis;
        this.sessionTimeoutMillis = other.sessionTimeoutMillis;
        this.processingTimeoutMillis = other.processingTimeoutMillis;
        this.autoCommit = other.autoCommit;
        this.commitIntervalMillis = other.commitIntervalMillis;
        this.maxInFlight = other.maxInFlight;
        this.concurrency = other.concurrency;
        this.order = other.order;
        this.onFailure = other.onFailure;
        this.maxAttempts = other.maxAttempts;
        this.onLastFailure = other.onLastFailure;
        this.closeTimeoutMillis = other.closeTimeoutMillis;
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

    /** Where to begin; with a group, in the partitions for which it has committed nothing yet. */
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

    /**
     * The group that this consumer shares the topic with; without one it reads everything by itself, as every other
     * instance does.
     */
    public @Nullable String getGroup() {
        return group;
    }

    public ConsumerOptions setGroup(@Nullable String group) {
        this.group = group == null ? null : Limits.notEmpty("group", group);
        return this;
    }

    /**
     * Keeps the partitions of this member over a restart (static membership, KIP-345): closing does not leave the
     * group, and whoever comes back under the same name within the session timeout finds what it had. One live member
     * per name.
     */
    public @Nullable String getGroupInstanceId() {
        return groupInstanceId;
    }

    public ConsumerOptions setGroupInstanceId(@Nullable String groupInstanceId) {
        this.groupInstanceId = groupInstanceId == null ? null : Limits.notEmpty("groupInstanceId", groupInstanceId);
        return this;
    }

    /**
     * How the group divides partitions, in the order of preference: {@code cooperative-sticky}, {@code sticky}, {@code
     * roundrobin} or {@code range}. Members agree on one that all of them name. Only with cooperative ones alone do
     * partitions that stay go on during a rebalance.
     */
    public List<String> getAssignors() {
        return assignors;
    }

    public ConsumerOptions setAssignors(List<String> assignors) {
        if (assignors.isEmpty()) throw new IllegalArgumentException("assignors is empty");
        for (var name : assignors) {
            if (Assignors.named(name) == null) {
                throw new IllegalArgumentException("there is no assignor " + name + "; there are "
                        + String.join(
                                ", ", Assignors.ALL.stream().map(Assignor::name).toList()));
            }
        }
        this.assignors = List.copyOf(assignors);
        return this;
    }

    /** How often a member says that it lives. */
    public int getHeartbeatMillis() {
        return heartbeatMillis;
    }

    public ConsumerOptions setHeartbeatMillis(int heartbeatMillis) {
        this.heartbeatMillis = Limits.between(10, 600_000, "heartbeatMillis", heartbeatMillis);
        return this;
    }

    /** A member that is not heard of for so long loses its partitions. */
    public int getSessionTimeoutMillis() {
        return sessionTimeoutMillis;
    }

    public ConsumerOptions setSessionTimeoutMillis(int sessionTimeoutMillis) {
        this.sessionTimeoutMillis = Limits.between(100, 1_800_000, "sessionTimeoutMillis", sessionTimeoutMillis);
        return this;
    }

    /**
     * How long the processing of one record may take, unless it is {@link Consumer#extend extended}; a member that is
     * slower leaves the group until it is done. In a rebalance the group waits so long for a member to join again.
     */
    public int getProcessingTimeoutMillis() {
        return processingTimeoutMillis;
    }

    public ConsumerOptions setProcessingTimeoutMillis(int processingTimeoutMillis) {
        this.processingTimeoutMillis =
                Limits.between(100, 86_400_000, "processingTimeoutMillis", processingTimeoutMillis);
        return this;
    }

    /**
     * Whether what was handed to a handler is committed by itself, as if it was processed when the handler returned.
     * {@link Consumer#process} always commits what it has finished.
     */
    public boolean isAutoCommit() {
        return autoCommit;
    }

    public ConsumerOptions setAutoCommit(boolean autoCommit) {
        this.autoCommit = autoCommit;
        return this;
    }

    /** How often is committed in the background. */
    public long getCommitIntervalMillis() {
        return commitIntervalMillis;
    }

    public ConsumerOptions setCommitIntervalMillis(long commitIntervalMillis) {
        this.commitIntervalMillis = Limits.between(1, 3_600_000, "commitIntervalMillis", commitIntervalMillis);
        return this;
    }

    /**
     * How many records may have been read for processing and not be settled; reading pauses when they are so many.
     */
    public int getMaxInFlight() {
        return maxInFlight;
    }

    public ConsumerOptions setMaxInFlight(int maxInFlight) {
        this.maxInFlight = Limits.between(1, 1_000_000, "maxInFlight", maxInFlight);
        return this;
    }

    /** How many records are processed at the same time at most. */
    public int getConcurrency() {
        return concurrency;
    }

    public ConsumerOptions setConcurrency(int concurrency) {
        this.concurrency = Limits.between(1, 100_000, "concurrency", concurrency);
        return this;
    }

    /** What is processed one after the other, whatever the concurrency. */
    public ProcessingOrder getOrder() {
        return order;
    }

    public ConsumerOptions setOrder(ProcessingOrder order) {
        this.order = order;
        return this;
    }

    /**
     * What becomes of a record whose processing fails, unless the failure is a {@link
     * io.millrace.consume.RecordFailure}, which says so itself.
     */
    public OnFailure getOnFailure() {
        return onFailure;
    }

    public ConsumerOptions setOnFailure(OnFailure onFailure) {
        this.onFailure = onFailure;
        return this;
    }

    /** How often a record is processed before no retry is allowed any more. */
    public int getMaxAttempts() {
        return maxAttempts;
    }

    public ConsumerOptions setMaxAttempts(int maxAttempts) {
        this.maxAttempts = Limits.between(1, Integer.MAX_VALUE, "maxAttempts", maxAttempts);
        return this;
    }

    /** What becomes of a record that would be retried and has had all its attempts; SKIP or STOP. */
    public OnFailure getOnLastFailure() {
        return onLastFailure;
    }

    public ConsumerOptions setOnLastFailure(OnFailure onLastFailure) {
        if (onLastFailure == OnFailure.RETRY) {
            throw new IllegalArgumentException("onLastFailure cannot be RETRY; choose SKIP or STOP");
        }
        this.onLastFailure = onLastFailure;
        return this;
    }

    /** How long closing waits for what is being processed. */
    public long getCloseTimeoutMillis() {
        return closeTimeoutMillis;
    }

    public ConsumerOptions setCloseTimeoutMillis(long closeTimeoutMillis) {
        this.closeTimeoutMillis = Limits.between(0, 600_000, "closeTimeoutMillis", closeTimeoutMillis);
        return this;
    }
}
