package io.millrace.examples;

import io.millrace.Broker;
import io.millrace.BrokerOptions;
import io.millrace.DurableEventBus;
import io.millrace.DurableEventBusOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;

/** Bills orders that come over the durable event bus: also those that came while it was away. */
public class DurableBilling extends VerticleBase {
    @Override
    public Future<?> start() {
        var broker = Broker.create(vertx, new BrokerOptions().setDataDir("millrace-data"));
        return broker.start().onSuccess(started -> {
            var bus = DurableEventBus.create(vertx, broker, new DurableEventBusOptions().setService("billing"));
            bus.<JsonObject>consumer("orders", order -> System.out.println("billed " + order.body()));
            bus.publish("orders", new JsonObject().put("amount", 42));
        });
    }

    public static void main(String[] args) {
        Vertx.vertx().deployVerticle(new DurableBilling()).onFailure(Throwable::printStackTrace);
    }
}
