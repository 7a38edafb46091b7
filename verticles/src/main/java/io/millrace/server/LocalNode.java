package io.millrace.server;

import io.millrace.broker.EmbeddedBroker;
import io.millrace.gateway.Gateway;
import io.millrace.gateway.http.HttpGateway;
import io.millrace.gateway.http.HttpGatewayOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.function.Consumer;

/** A node of its own in this process, with the gateways that there are: the one place that names them. */
final class LocalNode implements NodeStarter {
    private record Served(Vertx vertx, EmbeddedBroker broker) implements Running {
        @Override
        public String nodeId() {
            return broker.node().nodeId();
        }

        @Override
        public Future<String> open(Gateway gateway) {
            return gateway.start(vertx, broker.node());
        }

        @Override
        public Future<Void> stop() {
            return broker.close();
        }
    }

    @Override
    public Future<Running> start(Vertx vertx, ServerOptions options, Consumer<Throwable> onStorageFailure) {
        var settings = options.broker().setStorageFailureHandler(onStorageFailure);
        var broker = EmbeddedBroker.create(vertx, settings);
        return broker.start().map(started -> new Served(vertx, broker));
    }

    @Override
    public List<Gateway> gateways(ServerOptions options) {
        if (options.httpPort() < 0) return List.of();
        var settings = new HttpGatewayOptions()
                .setHost(options.host())
                .setPort(options.httpPort())
                .setEventLoops(options.eventLoops())
                .setInsecureNetwork(options.insecureNetwork());
        return List.of(new HttpGateway(HttpLimits.apply(options.http(), settings)));
    }
}
