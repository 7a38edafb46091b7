/**
 * The durable event bus: an adapter over topics and groups that looks like the event bus of Vert.x. It stands on the
 * public API alone.
 *
 * <p>Start with {@link io.millrace.eventbus.TopicEventBus}; {@link io.millrace.eventbus.TopicMessageConsumer} is what a
 * consumer of an address is, {@link io.millrace.eventbus.WireForm} how a message lies in a record. Ring 2.
 */
@NullMarked
package io.millrace.eventbus;

import org.jspecify.annotations.NullMarked;
