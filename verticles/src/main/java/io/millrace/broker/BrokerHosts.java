package io.millrace.broker;

import io.millrace.BrokerOptions;
import io.vertx.core.Vertx;

/** Makes the node that a broker stands on. Found by {@link java.util.ServiceLoader}. */
public interface BrokerHosts {
    /** A node as the options say, not started. */
    BrokerHost create(Vertx vertx, BrokerOptions options);
}
