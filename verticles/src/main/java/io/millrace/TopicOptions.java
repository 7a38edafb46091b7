package io.millrace;

import io.millrace.config.JsonShape;
import io.millrace.config.Limits;
import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How a topic is created. */
@DataObject
@JsonGen(publicConverter = false)
public class TopicOptions {
    public static final int DEFAULT_PARTITIONS = 1;
    public static final int DEFAULT_REPLICAS = 1;

    static final JsonShape SHAPE = JsonShape.of("TopicOptions")
            .text("name")
            .ints("partitions", "replicas")
            .textMaps("config");

    private @Nullable String name;
    private int partitions = DEFAULT_PARTITIONS;
    private int replicas = DEFAULT_REPLICAS;
    private Map<String, String> config = Map.of();

    public TopicOptions() {}

    public TopicOptions(TopicOptions other) {
        this.name = other.name;
        this.partitions = other.partitions;
        this.replicas = other.replicas;
        this.config = new HashMap<>(other.config);
    }

    /** Throws {@link IllegalArgumentException} for an unknown key, a wrong type, or a value outside its limits. */
    @SuppressWarnings("this-escape")
    public TopicOptions(JsonObject json) {
        TopicOptionsConverter.fromJson(SHAPE.check(json), this);
    }

    public JsonObject toJson() {
        var json = new JsonObject();
        TopicOptionsConverter.toJson(this, json);
        return json;
    }

    /** The name, needed in {@link BrokerOptions#setTopics} only. */
    public @Nullable String getName() {
        return name;
    }

    public TopicOptions setName(@Nullable String name) {
        this.name = name == null ? null : Limits.notEmpty("name", name);
        return this;
    }

    /** The number of partitions. */
    public int getPartitions() {
        return partitions;
    }

    public TopicOptions setPartitions(int partitions) {
        this.partitions = Limits.between(1, 100_000, "partitions", partitions);
        return this;
    }

    /** The number of copies of each partition, on different nodes. */
    public int getReplicas() {
        return replicas;
    }

    public TopicOptions setReplicas(int replicas) {
        this.replicas = Limits.between(1, 100, "replicas", replicas);
        return this;
    }

    /** Configuration values by key, such as {@code retention.ms}; what is not named has its default. */
    public Map<String, String> getConfig() {
        return config;
    }

    public TopicOptions setConfig(Map<String, String> config) {
        this.config = new HashMap<>(config);
        return this;
    }

    /** Adds one configuration value. */
    public TopicOptions putConfig(String key, String value) {
        var more = new HashMap<>(config);
        more.put(key, value);
        config = more;
        return this;
    }
}
