package io.millrace.server;

import io.millrace.Broker;
import io.millrace.broker.BrokerHost;
import io.millrace.broker.EmbeddedBroker;
import io.millrace.broker.LocalHosts;
import io.millrace.cluster.MetadataCommand;
import io.millrace.cluster.MetadataImage;
import io.millrace.cluster.MetadataRules;
import io.millrace.gateway.Gateway;
import io.millrace.gateway.Node;
import io.millrace.gateway.NodeMetrics;
import io.millrace.gateway.http.HttpGateway;
import io.millrace.gateway.http.HttpGatewayOptions;
import io.millrace.partition.Partitions;
import io.millrace.time.Timers;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.function.Consumer;

/** A node of its own in this process, with the gateways that there are: the one place that names them. */
final class LocalNode implements NodeStarter {
    private record Served(Vertx vertx, Broker broker, BrokerHost host) implements Running, Node {
        @Override
        public String nodeId() {
            return host.nodeId();
        }

        @Override
        public Future<String> open(Gateway gateway) {
            return gateway.start(vertx, this);
        }

        @Override
        public Future<Void> stop() {
            return broker.close();
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

    @Override
    public Future<Running> start(Vertx vertx, ServerOptions options, Consumer<Throwable> onStorageFailure) {
        var settings = options.broker().setStorageFailureHandler(onStorageFailure);
        var host = new LocalHosts().create(vertx, settings);
        return new EmbeddedBroker(vertx, settings, host).start().map(broker -> new Served(vertx, broker, host));
    }

    @Override
    public List<Gateway> gateways(ServerOptions options) {
        if (options.httpPort() < 0) return List.of();
        return List.of(new HttpGateway(new HttpGatewayOptions()
                .setHost(options.host())
                .setPort(options.httpPort())
                .setEventLoops(options.eventLoops())
                .setInsecureNetwork(options.insecureNetwork())));
    }
}
