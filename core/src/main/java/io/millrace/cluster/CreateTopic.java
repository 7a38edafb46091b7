package io.millrace.cluster;

import io.millrace.model.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Creates a topic. Asking again for a topic of which everything that the command states holds already changes nothing.
 *
 * @param id a new id, used if the topic is new
 * @param partitions how many, or {@link #DEFAULT}
 * @param replicas copies of each partition, or {@link #DEFAULT}
 */
public record CreateTopic(UUID id, String name, int partitions, int replicas, TopicConfig config, Origin origin)
        implements MetadataCommand<CreateTopic.Created> {
    /** For a number that the command leaves to the broker. */
    public static final int DEFAULT = -1;

    /** The topic, and whether it was there before. */
    public record Created(TopicMetadata topic, boolean existed) {}

    @Override
    public Decision<Created> decide(MetadataImage image, MetadataRules rules) {
        TopicName.check(name, origin);
        Placement.checkCount(name, partitions == DEFAULT ? rules.defaultPartitions() : partitions, rules);
        var existing = image.topics().get(name);
        if (existing != null) return Decision.nothing(new Created(same(existing, rules), true));
        int count = partitions == DEFAULT ? rules.defaultPartitions() : partitions;
        int copies = replicas == DEFAULT ? rules.defaultReplicas() : replicas;
        if (image.topics().size() >= rules.maxTopics()) {
            throw Refusal.LIMIT_EXCEEDED.because("there are " + rules.maxTopics() + " topics, which is the limit");
        }
        Placement.checkTotal(image, count, rules);
        if (image.topic(id).isPresent()) throw Refusal.INVALID_ARGUMENT.because("topic id " + id + " is taken");
        rules.effective(config).check();
        checkMinInSync(name, rules.effective(config), copies);
        var nodes = Placement.of(image, 0, count, copies);
        var event = new MetadataEvent.TopicCreated(id, name, withStorage(rules), nodes);
        return Decision.of(event, new Created(TopicMetadata.created(event, image.version() + 1), false));
    }

    static void checkMinInSync(String name, EffectiveConfig config, int replicas) {
        if (config.minInSyncReplicas() <= replicas) return;
        throw Refusal.INVALID_ARGUMENT.because("min.insync.replicas " + config.minInSyncReplicas() + " of topic " + name
                + " is more than its " + replicas + " replicas; acks=all could never be answered");
    }

    /** Where records are kept must not follow a default that may change later. */
    private TopicConfig withStorage(MetadataRules rules) {
        var storage = rules.effective(config).text(ConfigKey.STORAGE);
        return config.with(new TopicConfig(Map.of(ConfigKey.STORAGE, storage)), List.of());
    }

    private TopicMetadata same(TopicMetadata existing, MetadataRules rules) {
        var differences = new ArrayList<String>();
        if (partitions != DEFAULT && partitions != existing.partitions().size()) {
            differences.add("partitions " + existing.partitions().size() + ", not " + partitions);
        }
        if (replicas != DEFAULT && replicas != existing.replicationFactor()) {
            differences.add("replicas " + existing.replicationFactor() + ", not " + replicas);
        }
        var holds = rules.effective(existing.config());
        config.values().forEach((key, text) -> {
            if (!holds.text(key).equals(text)) differences.add(key.key() + " " + holds.text(key) + ", not " + text);
        });
        if (differences.isEmpty()) return existing;
        throw Refusal.ALREADY_EXISTS.because("topic " + name + " exists with " + String.join("; ", differences));
    }
}
