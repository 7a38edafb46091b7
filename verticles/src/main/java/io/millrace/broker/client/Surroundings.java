package io.millrace.broker.client;

import io.millrace.group.Groups;
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

    /** The groups, which give partitions to their members and keep their offsets. */
    Groups groups();

    /** Runs {@code changed} after each change of the metadata, on any thread, until the action that it gives is run. */
    Runnable watch(Runnable changed);

    /** A producer id that nobody had before. */
    Future<Long> newProducerId();
}
