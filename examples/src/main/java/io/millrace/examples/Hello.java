package io.millrace.examples;

import io.millrace.Broker;
import io.millrace.BrokerOptions;
import io.millrace.Codec;
import io.millrace.TopicOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;

/** Stores an order durably and reads everything back, every time from the beginning. */
public class Hello extends VerticleBase {
    @Override
    public Future<?> start() {
        var broker = Broker.create(vertx, new BrokerOptions().setDataDir("millrace-data"));
        return broker.start()
                .compose(started -> started.createTopic("orders", new TopicOptions().setPartitions(4)))
                .compose(topic -> {
                    broker.consumer("orders", Codec.json())
                            .handler(order -> System.out.println(
                                    order.key() + " ordered " + order.value() + " (offset " + order.offset() + ")"));
                    return broker.producer("orders", Codec.json())
                            .send("customer-7", new JsonObject().put("amount", 42));
                })
                .onSuccess(receipt -> System.out.println("stored in partition " + receipt.partition() + " at offset "
                        + receipt.offset() + ", durable: " + receipt.durable()));
    }

    public static void main(String[] args) {
        Vertx.vertx().deployVerticle(new Hello()).onFailure(Throwable::printStackTrace);
    }
}
