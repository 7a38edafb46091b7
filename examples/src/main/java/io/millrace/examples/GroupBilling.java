package io.millrace.examples;

import io.millrace.Broker;
import io.millrace.BrokerOptions;
import io.millrace.Codec;
import io.millrace.ConsumerOptions;
import io.millrace.Record;
import io.millrace.TopicOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;

/** Bills each order once it has been stored, and goes on where it stopped: a group of one member. */
public class GroupBilling extends VerticleBase {
    @Override
    public Future<?> start() {
        var broker = Broker.create(vertx, new BrokerOptions().setDataDir("millrace-data"));
        return broker.start()
                .compose(started -> started.createTopic("orders", new TopicOptions().setPartitions(4)))
                .compose(topic -> {
                    var options = new ConsumerOptions().setTopic("orders").setGroup("billing");
                    broker.consumer(options, Codec.string(), Codec.json()).process(this::bill);
                    return broker.producer("orders", Codec.json())
                            .send("customer-7", new JsonObject().put("amount", 42));
                });
    }

    private Future<Void> bill(Record<String, JsonObject> order) {
        System.out.println("billed " + order.key() + " for " + order.value());
        return Future.succeededFuture();
    }

    public static void main(String[] args) {
        Vertx.vertx().deployVerticle(new GroupBilling()).onFailure(Throwable::printStackTrace);
    }
}
