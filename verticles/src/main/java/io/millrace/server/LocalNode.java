package io.millrace.server;

import io.millrace.gateway.Gateway;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.ServiceLoader;
import java.util.function.Consumer;

/** The node of this process. */
final class LocalNode implements NodeStarter {
    private final NodeStarter found = ServiceLoader.load(NodeStarter.class)
            .findFirst()
            .orElseThrow(() -> new IllegalStateException("no node in the class path"));

    @Override
    public Future<Running> start(Vertx vertx, ServerOptions options, Consumer<Throwable> onStorageFailure) {
        return found.start(vertx, options, onStorageFailure);
    }

    @Override
    public List<Gateway> gateways(ServerOptions options) {
        return found.gateways(options);
    }
}
