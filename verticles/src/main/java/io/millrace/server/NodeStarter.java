package io.millrace.server;

import io.millrace.gateway.Gateway;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.function.Consumer;

/** Where the launcher gets what it starts: the node, and the gateways in front of it. */
interface NodeStarter {
    /** A node that serves, until it is stopped. */
    interface Running {
        /** The identity of the node, kept in its data directory. */
        String nodeId();

        /** Opens a gateway in front of the node; gives its address. */
        Future<String> open(Gateway gateway);

        /** Syncs and closes everything, and writes the mark of a clean stop. */
        Future<Void> stop();
    }

    /**
     * Opens storage and recovers what is there. Called once, on an event loop.
     *
     * @param onStorageFailure to be called when the storage fails later: then the process must end
     */
    Future<Running> start(Vertx vertx, ServerOptions options, Consumer<Throwable> onStorageFailure);

    /** The gateways that the options ask for, not yet started. */
    List<Gateway> gateways(ServerOptions options);
}
