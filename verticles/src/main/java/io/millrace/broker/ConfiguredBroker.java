package io.millrace.broker;

import io.millrace.Broker;
import io.millrace.BrokerOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A broker deployed by name, {@code millrace:broker}, with {@link BrokerOptions} as its JSON configuration. */
public final class ConfiguredBroker extends VerticleBase {
    private @Nullable Broker broker;

    @Override
    public Future<?> start() {
        broker = Broker.create(vertx, new BrokerOptions(Objects.requireNonNull(config())));
        return broker.start();
    }

    @Override
    public Future<?> stop() {
        return broker == null ? Future.succeededFuture() : broker.close();
    }
}
