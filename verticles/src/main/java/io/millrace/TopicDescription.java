package io.millrace;

import io.vertx.codegen.annotations.DataObject;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** What there is to know about a topic at one moment. */
@DataObject
public final class TopicDescription {
    private final String name;
    private final String id;
    private final int replicas;
    private final String durable;
    private final List<PartitionDescription> partitions;
    private final SortedMap<String, String> config;
    private final SortedMap<String, String> ownConfig;

    public TopicDescription(
            String name,
            String id,
            int replicas,
            String durable,
            List<PartitionDescription> partitions,
            Map<String, String> config,
            Map<String, String> ownConfig) {
        this.name = name;
        this.id = id;
        this.replicas = replicas;
        this.durable = durable;
        this.partitions = List.copyOf(partitions);
        this.config = new TreeMap<>(config);
        this.ownConfig = new TreeMap<>(ownConfig);
    }

    public String name() {
        return name;
    }

    /** The id that this topic got when it was created; a later topic of the same name has another. */
    public String id() {
        return id;
    }

    /** The number of copies of each partition. */
    public int replicas() {
        return replicas;
    }

    /** What an acknowledgement is worth: {@code fsync}, {@code os} or {@code memory}. */
    public String durable() {
        return durable;
    }

    /** The partitions, by number. */
    public List<PartitionDescription> partitions() {
        return partitions;
    }

    /** All configuration values in force, by key. */
    public Map<String, String> config() {
        return new TreeMap<>(config);
    }

    /** The configuration values that were set for this topic; all others of {@link #config} are defaults. */
    public Map<String, String> ownConfig() {
        return new TreeMap<>(ownConfig);
    }

    public JsonObject toJson() {
        var values = new JsonObject();
        config.forEach((key, value) -> values.put(
                key,
                new JsonObject().put("value", value).put("source", ownConfig.containsKey(key) ? "topic" : "default")));
        return new JsonObject()
                .put("name", name)
                .put("id", id)
                .put("replicas", replicas)
                .put("durable", durable)
                .put(
                        "partitions",
                        new JsonArray(partitions.stream()
                                .map(PartitionDescription::toJson)
                                .toList()))
                .put("config", values);
    }

    @Override
    public String toString() {
        return toJson().encode();
    }
}
