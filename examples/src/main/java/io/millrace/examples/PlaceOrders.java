package io.millrace.examples;

import io.millrace.Broker;
import io.millrace.BrokerOptions;
import io.millrace.DurableEventBus;
import io.millrace.DurableEventBusOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;

/** Publishes three orders for {@link DurableBilling}, which does not run, and ends. */
public final class PlaceOrders {
    private PlaceOrders() {}

    public static void main(String[] args) {
        var vertx = Vertx.vertx();
        var broker = Broker.create(vertx, new BrokerOptions().setDataDir("millrace-data"));
        broker.start()
                .compose(started ->
                        place(DurableEventBus.create(vertx, broker, new DurableEventBusOptions().setService("shop"))))
                .onSuccess(placed -> System.out.println("3 orders are stored"))
                .onFailure(Throwable::printStackTrace)
                .eventually(() -> broker.close())
                .eventually(() -> vertx.close());
    }

    private static Future<?> place(DurableEventBus bus) {
        var each = new ArrayList<Future<?>>();
        for (int amount = 1; amount <= 3; amount++) {
            each.add(bus.publish("orders", new JsonObject().put("amount", amount)));
        }
        return Future.all(each);
    }
}
