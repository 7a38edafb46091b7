package io.millrace.broker;

import io.vertx.core.Deployable;
import io.vertx.core.Promise;
import io.vertx.core.spi.VerticleFactory;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;

/** Makes verticles by name: {@code vertx.deployVerticle("millrace:broker", options)}. */
public final class MillraceVerticleFactory implements VerticleFactory {
    private static final String PREFIX = "millrace";

    private static final Map<String, Callable<? extends Deployable>> VERTICLES =
            new TreeMap<>(Map.of("broker", ConfiguredBroker::new));

    @Override
    public String prefix() {
        return PREFIX;
    }

    @Override
    public void createVerticle2(
            String verticleName, ClassLoader classLoader, Promise<Callable<? extends Deployable>> promise) {
        var name = VerticleFactory.removePrefix(verticleName);
        var verticle = VERTICLES.get(name);
        if (verticle != null) promise.complete(verticle);
        else
            promise.fail(new IllegalArgumentException("no verticle " + verticleName + "; there are "
                    + String.join(", ", VERTICLES.keySet()) + " behind " + PREFIX + ":"));
    }
}
