package io.millrace.gateway;

import io.millrace.Broker;
import io.millrace.cluster.MetadataCommand;
import io.millrace.cluster.MetadataImage;
import io.millrace.cluster.MetadataRules;
import io.millrace.group.Groups;
import io.millrace.partition.Partitions;
import io.millrace.time.Timers;
import io.vertx.core.Future;

/** The node that a gateway stands in front of. Any event loop. */
public interface Node {
    /** The identity of this node, kept in its data directory. */
    String nodeId();

    /** A secret that only the nodes of this broker know, to sign what clients keep and bring back. */
    byte[] secret();

    /** The same broker that embedding code uses: topics, producers, consumers. */
    Broker broker();

    /** Append and read, the one way in and out of every partition; futures complete on the caller's loop. */
    Partitions partitions();

    /** Topics, their ids and configuration as this node knows them now; not to be kept. */
    MetadataImage metadata();

    /**
     * Decides a change of metadata; gives the reply when it is durable and this node acts by it: partitions of a new topic
     * can be written to. May be called on any event loop; the future completes on the loop of the caller.
     */
    <R> Future<R> change(MetadataCommand<R> command);

    /** Consumer groups, as their members and those who look after them see them; futures complete on the caller's loop. */
    Groups groups();

    /** The limits and defaults that changes of metadata are decided by. */
    MetadataRules rules();

    Timers timers();

    /** Why the node would lose data or refuse by serving now; empty when it is ready. */
    String notReadyBecause();

    /** Counters and gauges of the node. */
    NodeMetrics metrics();
}
