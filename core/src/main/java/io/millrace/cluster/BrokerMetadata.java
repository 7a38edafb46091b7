package io.millrace.cluster;

import java.util.UUID;

/**
 * A node that has started at least once. Ring 0.
 *
 * @param node its number
 * @param directory made when its data directory was formatted; a node with another disk is another replica
 * @param epoch the {@link MetadataImage#version} of its latest start: unique, and larger in each life
 */
public record BrokerMetadata(int node, UUID directory, long epoch) {}
