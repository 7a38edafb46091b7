package io.millrace.cluster;

/** Deletes a topic for good. The reply is what it was. */
public record DeleteTopic(String name, Origin origin) implements MetadataCommand<TopicMetadata> {
    @Override
    public Decision<TopicMetadata> decide(MetadataImage image, MetadataRules rules) {
        var topic = image.topic(TopicName.check(name, origin));
        return Decision.of(new MetadataEvent.TopicDeleted(topic.id()), topic);
    }
}
