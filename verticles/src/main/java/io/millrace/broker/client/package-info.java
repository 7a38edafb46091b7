/**
 * Producers and consumers. {@link io.millrace.broker.client.PartitionProducer} and its parts decide when a batch leaves,
 * {@link io.millrace.broker.client.LogConsumer} turns demand into bounded reads. Each lives on the context that created
 * it. Ring 2; the parts that only decide know no Vert.x.
 */
@NullMarked
package io.millrace.broker.client;

import org.jspecify.annotations.NullMarked;
