package io.millrace.broker;

import io.millrace.broker.partitions.Home;
import io.millrace.broker.partitions.LoopTimers;
import io.millrace.cluster.MetadataCommand;
import io.millrace.cluster.MetadataImage;
import io.millrace.cluster.MetadataRules;
import io.millrace.gateway.NodeMetrics;
import io.millrace.group.Groups;
import io.millrace.partition.Partitions;
import io.millrace.time.Timers;
import io.vertx.core.Context;
import io.vertx.core.Future;

/**
 * What the public API stands on: the running node. May be called on any context; futures complete on the context of the
 * caller.
 */
public interface BrokerHost {
    /** Opens what there is, recovers it, and serves. Once only. */
    Future<Void> start();

    /** Lets everything go. Harmless when it was never started, or twice. */
    Future<Void> close();

    /** The partitions of this node; from other nodes too, when there are some. */
    Partitions partitions();

    /** Timers that wake somebody on {@code context}. */
    default Timers timers(Context context) {
        return new LoopTimers(Home.of(context));
    }

    /** What decisions about metadata depend on. */
    MetadataRules rules();

    /** The metadata of one moment not long ago, which does not change any more. Any thread. */
    MetadataImage metadata();

    /**
     * Decides and stores a change of metadata. The reply comes when this node has followed it: {@link #metadata} has it,
     * and partitions that it brings are open, those that it takes away are closed.
     */
    <R> Future<R> change(MetadataCommand<R> command);

    /**
     * Runs {@code changed} after each change of the metadata that this node has followed, on any thread, until the action
     * that it gives is run.
     */
    Runnable watch(Runnable changed);

    /** The groups of this node. */
    Groups groups();

    /** The identity of the node; empty before it has started. */
    String nodeId();

    /** What this node signs with what it gives to clients to keep; the same after a restart. */
    byte[] secret();

    /** Why the node would refuse or lose data by serving now; empty when it is ready. */
    String notReadyBecause();

    /** What the node counts. */
    NodeMetrics metrics();
}
