package io.millrace.gateway;

import io.vertx.core.Future;
import io.vertx.core.Vertx;

/** A protocol in front of a broker. */
public interface Gateway {
    /** The word by which the protocol is known in configuration and in the READY line: {@code http}, {@code kafka}. */
    String name();

    /** Opens the listener; gives the address it listens on, {@code host:port}. Called once, on an event loop. */
    Future<String> start(Vertx vertx, Node node);

    /** Stops taking requests, lets those under way finish for a while, and closes the listener. */
    Future<Void> stop();
}
