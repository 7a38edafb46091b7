package io.millrace.broker.client;

import io.millrace.partition.Partitions;
import io.millrace.time.Timers;
import io.vertx.core.Context;
import io.vertx.core.Future;

/** What the broker gives to its producers and consumers. May be called on any context; futures complete there. */
public interface Surroundings {
    Partitions partitions();

    /** Timers that wake somebody on {@code context}. */
    Timers timers(Context context);

    /** The present shape of a topic; TOPIC_NOT_FOUND if there is none. An answer from memory. */
    Future<TopicRoute> route(String topic);

    /** A producer id that nobody had before. */
    Future<Long> newProducerId();
}
