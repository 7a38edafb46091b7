package io.millrace;

import io.millrace.config.JsonShape;
import io.millrace.config.Limits;
import io.millrace.log.FlushLevel;
import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How a broker is started. Nothing is opened that these options do not ask for. */
@DataObject
@JsonGen(publicConverter = false)
public class BrokerOptions {
    public static final FlushLevel DEFAULT_FLUSH = FlushLevel.COMMIT;
    public static final int DEFAULT_EVENT_LOOPS = 1;

    static final JsonShape SHAPE = JsonShape.of("BrokerOptions")
            .text("dataDir")
            .constant(StorageType.class, "storage")
            .constant(FlushLevel.class, "flush")
            .ints("eventLoops")
            .listsOfObjects("topics");

    private @Nullable String dataDir;
    private @Nullable StorageType storage;
    private FlushLevel flush = DEFAULT_FLUSH;
    private int eventLoops = DEFAULT_EVENT_LOOPS;
    private List<TopicOptions> topics = List.of();

    public BrokerOptions() {}

    public BrokerOptions(BrokerOptions other) {
        this.dataDir = other.dataDir;
        this.storage = other.storage;
        this.flush = other.flush;
        this.eventLoops = other.eventLoops;
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

    /** Topics that are created at the start when they are missing; each needs a name. */
    public List<TopicOptions> getTopics() {
        return topics;
    }

    public BrokerOptions setTopics(List<TopicOptions> topics) {
        this.topics = List.copyOf(topics);
        return this;
    }
}
