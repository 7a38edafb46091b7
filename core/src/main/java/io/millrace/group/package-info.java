/**
 * Consumer groups: who is a member, which generation holds, and how far each group has come.
 *
 * <p>Start with {@link io.millrace.group.Groups}, the way in from everywhere, and the values it takes and gives. {@link
 * io.millrace.group.ConsumerGroup} is the machine of one group, in the terms of Kafka's classic protocol; {@link
 * io.millrace.group.OffsetTable} holds its committed offsets; both answer with a {@link io.millrace.group.Decision} of
 * {@link io.millrace.group.GroupEvent}s. {@link io.millrace.group.Assignor} divides partitions, {@link
 * io.millrace.group.ConsumerProtocol} and {@link io.millrace.group.GroupRecords} are Kafka's bytes for it all. These are
 * ring 0. {@link io.millrace.group.GroupShard} (ring 1) hosts the groups of one internal partition, behind the seam
 * {@link io.millrace.group.GroupLog}; everything about one group happens on the home thread of its shard.
 */
@NullMarked
package io.millrace.group;

import org.jspecify.annotations.NullMarked;
