package io.millrace.cluster;

/**
 * Something asked of the metadata. Whatever is random, such as a new id, comes with the command. Ring 0.
 *
 * @param <R> what the asker is told
 */
public sealed interface MetadataCommand<R>
        permits StartBroker, CreateTopic, AlterConfig, AddPartitions, DeleteTopic, AllocateProducerIds {
    /**
     * Decides against {@code image} and changes nothing. Throws {@link io.millrace.model.MillraceException} to refuse.
     * So a gateway that only wants to validate a request calls this and forgets the decision.
     */
    Decision<R> decide(MetadataImage image, MetadataRules rules);
}
