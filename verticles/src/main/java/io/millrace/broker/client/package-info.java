/**
 * Producers and consumers. {@link io.millrace.broker.client.LogProducer} and {@link
 * io.millrace.broker.client.PartitionLane} decide when a batch leaves. Of a consumer, {@link
 * io.millrace.broker.client.LogConsumer} is what the user sees; {@link io.millrace.broker.client.Delivery} turns demand
 * into bounded reads; a {@link io.millrace.broker.client.PartitionSource} says what is read: {@link
 * io.millrace.broker.client.WholeTopic}, or {@link io.millrace.broker.client.GroupShare} over {@link
 * io.millrace.broker.client.GroupMember}; and {@link io.millrace.broker.client.Progress} knows what is done. Each lives on
 * the context that created it. Ring 2; the parts that only decide know no Vert.x.
 */
@NullMarked
package io.millrace.broker.client;

import org.jspecify.annotations.NullMarked;
