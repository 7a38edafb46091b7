package io.millrace.broker;

import io.millrace.Broker;
import io.millrace.cluster.MetadataCommand;
import io.millrace.cluster.MetadataImage;
import io.millrace.cluster.MetadataRules;
import io.millrace.gateway.Node;
import io.millrace.gateway.NodeMetrics;
import io.millrace.group.Groups;
import io.millrace.partition.Partitions;
import io.millrace.time.Timers;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/** This process, as gateways see it. */
record LocalNode(Broker broker, BrokerHost host, Vertx vertx) implements Node {
    @Override
    public String nodeId() {
        return host.nodeId();
    }

    @Override
    public byte[] secret() {
        return host.secret();
    }

    @Override
    public Partitions partitions() {
        return host.partitions();
    }

    @Override
    public MetadataImage metadata() {
        return host.metadata();
    }

    @Override
    public <R> Future<R> change(MetadataCommand<R> command) {
        return host.change(command);
    }

    @Override
    public Groups groups() {
        return host.groups();
    }

    @Override
    public MetadataRules rules() {
        return host.rules();
    }

    @Override
    public Timers timers() {
        return host.timers(vertx.getOrCreateContext());
    }

    @Override
    public String notReadyBecause() {
        return host.notReadyBecause();
    }

    @Override
    public NodeMetrics metrics() {
        return host.metrics();
    }
}
