package io.millrace.broker;

import io.millrace.BrokerOptions;
import io.vertx.core.Vertx;

/** Gives every broker a {@link MemoryHost}. */
public final class MemoryHosts implements BrokerHosts {
    @Override
    public BrokerHost create(Vertx vertx, BrokerOptions options) {
        return new MemoryHost(vertx);
    }
}
