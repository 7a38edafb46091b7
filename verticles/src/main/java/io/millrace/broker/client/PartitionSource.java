package io.millrace.broker.client;

import io.millrace.ConsumerOptions;
import io.vertx.core.Future;

/** Who decides which partitions a consumer reads, and from where. For one thread; ring 1. */
interface PartitionSource {
    /** Begins to put partitions into the delivery; completes when it has for the first time. */
    Future<Void> begin(TopicRoute topic);

    /** Puts none any more, and settles what is to be settled about those that are there. */
    Future<Void> end();

    /** The topic of a consumer, whose options must not ask for what excludes each other. */
    static String topicOf(ConsumerOptions options) {
        var name = options.getTopic();
        if (name == null) throw new IllegalArgumentException("ConsumerOptions: topic is missing");
        if (options.getGroup() == null) return name;
        if (!options.getPartitions().isEmpty()) {
            throw new IllegalArgumentException("ConsumerOptions: partitions " + options.getPartitions() + " with group "
                    + options.getGroup() + ": the group decides who reads what; leave one of them out");
        }
        if (options.isStopAtEnd()) {
            throw new IllegalArgumentException("ConsumerOptions: stopAtEnd with group " + options.getGroup()
                    + ": which partitions are read changes while it is read; leave one of them out");
        }
        return name;
    }
}
