package io.millrace.broker.client;

import io.vertx.core.Future;

/** Who decides which partitions a consumer reads, and from where. For one thread; ring 1. */
interface PartitionSource {
    /** Begins to put partitions into the delivery; completes when it has for the first time. */
    Future<Void> begin(TopicRoute topic);

    /** Puts none any more, and settles what is to be settled about those that are there. */
    Future<Void> end();
}
