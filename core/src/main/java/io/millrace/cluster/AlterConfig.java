package io.millrace.cluster;

import io.millrace.model.Refusal;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Sets and removes values of a topic's configuration.
 *
 * @param removed keys that go back to the default
 * @param expectedVersion the {@link TopicMetadata#configVersion} that the asker has seen; null if any will do
 */
public record AlterConfig(
        String name, TopicConfig set, Set<ConfigKey> removed, @Nullable Long expectedVersion, Origin origin)
        implements MetadataCommand<TopicMetadata> {

    public AlterConfig {
        removed = Set.copyOf(removed);
    }

    @Override
    public Decision<TopicMetadata> decide(MetadataImage image, MetadataRules rules) {
        var topic = image.topic(TopicName.check(name, origin));
        if (expectedVersion != null && expectedVersion != topic.configVersion()) {
            throw Refusal.VERSION_CONFLICT.because("the configuration of topic " + name + " has version "
                    + topic.configVersion() + ", not " + expectedVersion + "; read it again");
        }
        for (var key : removed) {
            if (set.get(key).isPresent()) {
                throw Refusal.INVALID_ARGUMENT.because(key.key() + " is both set and removed");
            }
        }
        var changed = topic.config().with(set, removed);
        if (!changed.get(ConfigKey.STORAGE).equals(topic.config().get(ConfigKey.STORAGE))) {
            throw Refusal.INVALID_ARGUMENT.because("storage is fixed when a topic is created; topic " + name + " has "
                    + rules.effective(topic.config()).text(ConfigKey.STORAGE));
        }
        rules.effective(changed).check();
        CreateTopic.checkMinInSync(name, rules.effective(changed), topic.replicationFactor());
        if (changed.equals(topic.config())) return Decision.nothing(topic);
        return Decision.of(
                new MetadataEvent.ConfigChanged(topic.id(), changed), topic.withConfig(changed, image.version() + 1));
    }
}
