package io.millrace.broker;

import io.millrace.Broker;
import io.millrace.BrokerOptions;
import io.vertx.core.Vertx;
import java.util.ServiceLoader;

public final class EmbeddedBroker {
    public static Broker create(Vertx vertx, BrokerOptions options) {
        return ServiceLoader.load(Factory.class).iterator().next().create(vertx, options);
    }

    public interface Factory {
        Broker create(Vertx vertx, BrokerOptions options);
    }
}
