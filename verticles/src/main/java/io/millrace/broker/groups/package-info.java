/**
 * Groups on event loops: {@link io.millrace.broker.groups.GroupVerticle} carries the shards of one home loop, beside the
 * partitions that they are kept in, {@link io.millrace.broker.groups.PartitionGroupLog} is such a partition as a shard
 * sees it, {@link io.millrace.broker.groups.GroupRouter} takes calls from other loops there and back, and creates the
 * internal topic when somebody first needs it. Nothing is decided here. Ring 2.
 */
@NullMarked
package io.millrace.broker.groups;

import org.jspecify.annotations.NullMarked;
