/**
 * The broker inside a Vert.x application. Start with {@link io.millrace.broker.EmbeddedBroker}, which is the public API
 * over what {@link io.millrace.broker.BrokerHost} gives: partitions, metadata, time. {@link
 * io.millrace.broker.MillraceVerticleFactory} makes brokers deployable by name. Ring 2.
 */
@NullMarked
package io.millrace.broker;

import org.jspecify.annotations.NullMarked;
