package io.millrace;

import io.millrace.config.JsonShape;
import io.millrace.config.Limits;
import io.millrace.log.FlushLevel;
import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.annotations.GenIgnore;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** How a broker is started. Nothing is opened that these options do not ask for. */
@DataObject
@JsonGen(publicConverter = false)
public class BrokerOptions {
    public static final FlushLevel DEFAULT_FLUSH = FlushLevel.COMMIT;
    public static final int DEFAULT_EVENT_LOOPS = 1;
    public static final int DEFAULT_GROUP_PARTITIONS = 8;
    public static final long DEFAULT_OFFSET_RETENTION_MILLIS = 7 * 86_400_000L;
    /** Stands for the larger of 1 GiB and 2 % of the volume, but at most a quarter of it. */
    public static final long DEFAULT_MIN_FREE_BYTES = -1;

    public static final long DEFAULT_RESERVE_BYTES = 64 << 20;

    public static final long DEFAULT_COMPACTION_BYTES_PER_SECOND = 64 << 20;
    public static final long DEFAULT_COMPACTION_MEMORY_BYTES = 16 << 20;

    static final JsonShape SHAPE = JsonShape.of("BrokerOptions")
            .text("dataDir")
            .text("nodeId")
            .constant(StorageType.class, "storage")
            .constant(FlushLevel.class, "flush")
            .ints("eventLoops", "groupPartitions")
            .longs(
                    "minFreeBytes",
                    "reserveBytes",
                    "compactionBytesPerSecond",
                    "compactionMemoryBytes",
                    "offsetRetentionMillis")
            .booleans("allowDamaged")
            .textMaps("topicDefaults")
            .listsOfObjects("topics");

    private @Nullable String dataDir;
    private @Nullable String nodeId;
    private @Nullable StorageType storage;
    private FlushLevel flush = DEFAULT_FLUSH;
    private int eventLoops = DEFAULT_EVENT_LOOPS;
    private int groupPartitions = DEFAULT_GROUP_PARTITIONS;
    private long offsetRetentionMillis = DEFAULT_OFFSET_RETENTION_MILLIS;
    private long minFreeBytes = DEFAULT_MIN_FREE_BYTES;
    private long reserveBytes = DEFAULT_RESERVE_BYTES;
    private long compactionBytesPerSecond = DEFAULT_COMPACTION_BYTES_PER_SECOND;
    private long compactionMemoryBytes = DEFAULT_COMPACTION_MEMORY_BYTES;
    private boolean allowDamaged;
    private Map<String, String> topicDefaults = Map.of();
    private @Nullable Consumer<Throwable> storageFailureHandler;
    private List<TopicOptions> topics = List.of();

    public BrokerOptions() {}

    public BrokerOptions(BrokerOptions other) {
        this.dataDir = other.dataDir;
        this.nodeId = other.nodeId;
        this.storage = other.storage;
        this.flush = other.flush;
        this.eventLoops = other.eventLoops;
        this.groupPartitions = other.groupPartitions;
        this.offsetRetentionMillis = other.offsetRetentionMillis;
        this.minFreeBytes = other.minFreeBytes;
        this.reserveBytes = other.reserveBytes;
        this.compactionBytesPerSecond = other.compactionBytesPerSecond;
        this.compactionMemoryBytes = other.compactionMemoryBytes;
        this.allowDamaged = other.allowDamaged;
        this.topicDefaults = other.topicDefaults;
        this.storageFailureHandler = other.storageFailureHandler;
        this.topics = other.topics.stream().map(TopicOptions::new).toList();
    }

    /** Throws {@link IllegalArgumentException} for an unknown key, a wrong type, or a value outside its limits. */
    @SuppressWarnings("this-escape")
    public BrokerOptions(JsonObject json) {
        BrokerOptionsConverter.fromJson(SHAPE.check(json), this);
    }

    public JsonObject toJson() {
        var json = new JsonObject();
        BrokerOptionsConverter.toJson(this, json);
        return json;
    }

    /** The directory that holds everything; null keeps everything in memory. */
    public @Nullable String getDataDir() {
        return dataDir;
    }

    public BrokerOptions setDataDir(@Nullable String dataDir) {
        this.dataDir = dataDir == null ? null : Limits.notEmpty("dataDir", dataDir);
        return this;
    }

    /** The name of the node; null means the one kept in the data directory, or a new one. */
    public @Nullable String getNodeId() {
        return nodeId;
    }

    public BrokerOptions setNodeId(@Nullable String nodeId) {
        this.nodeId = nodeId == null ? null : Limits.notEmpty("nodeId", nodeId);
        return this;
    }

    /** Records are refused with DISK_FULL while fewer bytes are free; {@link #DEFAULT_MIN_FREE_BYTES} chooses. */
    public long getMinFreeBytes() {
        return minFreeBytes;
    }

    public BrokerOptions setMinFreeBytes(long minFreeBytes) {
        this.minFreeBytes = Limits.between(DEFAULT_MIN_FREE_BYTES, Long.MAX_VALUE, "minFreeBytes", minFreeBytes);
        return this;
    }

    /** Bytes kept in a file that is given up when the disk is full after all; 0 for none. */
    public long getReserveBytes() {
        return reserveBytes;
    }

    public BrokerOptions setReserveBytes(long reserveBytes) {
        this.reserveBytes = Limits.between(0, 1L << 40, "reserveBytes", reserveBytes);
        return this;
    }

    /** How fast compaction reads on each event loop, on average, in bytes per second; at least 1024. */
    public long getCompactionBytesPerSecond() {
        return compactionBytesPerSecond;
    }

    public BrokerOptions setCompactionBytesPerSecond(long compactionBytesPerSecond) {
        this.compactionBytesPerSecond =
                Limits.between(1024, 1L << 40, "compactionBytesPerSecond", compactionBytesPerSecond);
        return this;
    }

    /**
     * The most memory that compaction takes on each event loop for the keys of a partition, 24 bytes and a little for each;
     * a partition with more keys takes several passes. 64 KiB to 1 GiB.
     */
    public long getCompactionMemoryBytes() {
        return compactionMemoryBytes;
    }

    public BrokerOptions setCompactionMemoryBytes(long compactionMemoryBytes) {
        this.compactionMemoryBytes = Limits.between(64 << 10, 1L << 30, "compactionMemoryBytes", compactionMemoryBytes);
        return this;
    }

    /** Configuration values, such as {@code retention.ms}, for topics that do not say it themselves. */
    public Map<String, String> getTopicDefaults() {
        return topicDefaults;
    }

    public BrokerOptions setTopicDefaults(Map<String, String> topicDefaults) {
        this.topicDefaults = Map.copyOf(topicDefaults);
        return this;
    }

    /** Whether partitions that hold a damaged batch take new records. */
    public boolean isAllowDamaged() {
        return allowDamaged;
    }

    public BrokerOptions setAllowDamaged(boolean allowDamaged) {
        this.allowDamaged = allowDamaged;
        return this;
    }

    /**
     * Called once, on an event loop, when the disk has failed: nothing is acknowledged any more, and only a new process
     * on a healthy disk helps. Not part of the JSON form.
     */
    @GenIgnore(GenIgnore.PERMITTED_TYPE)
    public @Nullable Consumer<Throwable> getStorageFailureHandler() {
        return storageFailureHandler;
    }

    @GenIgnore(GenIgnore.PERMITTED_TYPE)
    public BrokerOptions setStorageFailureHandler(@Nullable Consumer<Throwable> handler) {
        this.storageFailureHandler = handler;
        return this;
    }

    /** Where records are kept; null means segments when there is a data directory, else memory. */
    public @Nullable StorageType getStorage() {
        return storage;
    }

    public BrokerOptions setStorage(@Nullable StorageType storage) {
        this.storage = storage;
        return this;
    }

    /** When a record counts as stored, for topics that do not say it themselves. */
    public FlushLevel getFlush() {
        return flush;
    }

    public BrokerOptions setFlush(FlushLevel flush) {
        this.flush = flush;
        return this;
    }

    /** The event loops that partitions are spread over. */
    public int getEventLoops() {
        return eventLoops;
    }

    public BrokerOptions setEventLoops(int eventLoops) {
        this.eventLoops = Limits.between(1, 1024, "eventLoops", eventLoops);
        return this;
    }

    /** The partitions that the internal topic of consumer groups gets when it is created. */
    public int getGroupPartitions() {
        return groupPartitions;
    }

    public BrokerOptions setGroupPartitions(int groupPartitions) {
        this.groupPartitions = Limits.between(1, 1000, "groupPartitions", groupPartitions);
        return this;
    }

    /** Offsets of a group are forgotten when it has been empty for so many milliseconds. */
    public long getOffsetRetentionMillis() {
        return offsetRetentionMillis;
    }

    public BrokerOptions setOffsetRetentionMillis(long offsetRetentionMillis) {
        this.offsetRetentionMillis = Limits.between(1, Long.MAX_VALUE, "offsetRetentionMillis", offsetRetentionMillis);
        return this;
    }

    /** Topics that are created at the start when they are missing; each needs a name. */
    public List<TopicOptions> getTopics() {
        return topics;
    }

    public BrokerOptions setTopics(List<TopicOptions> topics) {
        this.topics = List.copyOf(topics);
        return this;
    }
}
