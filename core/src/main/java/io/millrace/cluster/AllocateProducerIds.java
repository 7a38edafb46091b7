package io.millrace.cluster;

import io.millrace.model.Refusal;

/** Hands out producer ids that nobody had before, a block at a time. */
public record AllocateProducerIds(int count) implements MetadataCommand<AllocateProducerIds.Block> {
    public static final int LARGEST_BLOCK = 100_000;

    /** The ids {@code first} to {@code first + count - 1}. */
    public record Block(long first, int count) {}

    @Override
    public Decision<Block> decide(MetadataImage image, MetadataRules rules) {
        if (count < 1 || count > LARGEST_BLOCK) {
            throw Refusal.INVALID_ARGUMENT.because(
                    "a block of " + count + " producer ids; 1 to " + LARGEST_BLOCK + " are allowed");
        }
        long first = image.nextProducerId();
        if (first > Long.MAX_VALUE - count) throw Refusal.LIMIT_EXCEEDED.because("all producer ids are used up");
        return Decision.of(new MetadataEvent.ProducerIdsAllocated(first, count), new Block(first, count));
    }
}
