package io.millrace.cluster;

import io.millrace.model.Refusal;

/**
 * Gives a topic more partitions. There is no way back, and records of a key may go elsewhere than before.
 *
 * @param total how many it has then
 */
public record AddPartitions(String name, int total, Origin origin) implements MetadataCommand<TopicMetadata> {
    @Override
    public Decision<TopicMetadata> decide(MetadataImage image, MetadataRules rules) {
        var topic = image.topic(TopicName.check(name, origin));
        int present = topic.partitions().size();
        Placement.checkCount(name, total, rules);
        if (total == present) return Decision.nothing(topic);
        if (total < present) {
            throw Refusal.INVALID_ARGUMENT.because("topic " + name + " has " + present + " partitions and cannot have "
                    + total + "; partitions are only added");
        }
        Placement.checkTotal(image, total - present, rules);
        var nodes = Placement.of(image, present, total - present, topic.replicationFactor());
        return Decision.of(new MetadataEvent.PartitionsAdded(topic.id(), nodes), topic.withMore(nodes));
    }
}
