package io.millrace.examples;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;

/** Bills orders that come over the event bus of Vert.x: those that come while it runs. */
public class EventBusBilling extends VerticleBase {
    @Override
    public Future<?> start() {
        var bus = vertx.eventBus();
        bus.<JsonObject>consumer("orders", order -> System.out.println("billed " + order.body()));
        bus.publish("orders", new JsonObject().put("amount", 42));
        return Future.succeededFuture();
    }

    public static void main(String[] args) {
        Vertx.vertx().deployVerticle(new EventBusBilling()).onFailure(Throwable::printStackTrace);
    }
}
