package io.millrace.cluster;

/**
 * What decisions about metadata depend on beside the metadata. Ring 0.
 *
 * @param maxTopics the most topics
 * @param maxPartitionsPerTopic the most partitions of one topic
 * @param maxPartitions the most partitions of all topics together
 * @param defaultPartitions for topics created without a number
 * @param defaultReplicas for topics created without a number
 * @param brokerDefaults configuration for keys that a topic does not set
 */
public record MetadataRules(
        int maxTopics,
        int maxPartitionsPerTopic,
        int maxPartitions,
        int defaultPartitions,
        int defaultReplicas,
        TopicConfig brokerDefaults) {
    public static final MetadataRules DEFAULT = new MetadataRules(10_000, 10_000, 50_000, 1, 1, TopicConfig.EMPTY);

    public MetadataRules {
        if (maxTopics < 1 || maxPartitionsPerTopic < 1 || maxPartitions < 1) {
            throw new IllegalArgumentException("a limit below 1");
        }
        if (defaultPartitions < 1 || defaultPartitions > maxPartitionsPerTopic) {
            throw new IllegalArgumentException("default partitions " + defaultPartitions);
        }
        if (defaultReplicas < 1) throw new IllegalArgumentException("default replicas " + defaultReplicas);
    }

    /** What holds for a topic that sets {@code config}. */
    public EffectiveConfig effective(TopicConfig config) {
        return new EffectiveConfig(config, brokerDefaults);
    }
}
