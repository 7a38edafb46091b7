package io.millrace.broker;

import io.millrace.BrokerOptions;
import io.vertx.core.Vertx;

/** Gives every broker a node of its own in this process. */
public final class LocalHosts implements BrokerHosts {
    @Override
    public BrokerHost create(Vertx vertx, BrokerOptions options) {
        return new LocalHost(vertx, options);
    }
}
