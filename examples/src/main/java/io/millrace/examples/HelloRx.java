package io.millrace.examples;

import io.millrace.BrokerOptions;
import io.millrace.Codec;
import io.millrace.TopicOptions;
import io.millrace.rxjava3.Broker;
import io.reactivex.rxjava3.core.Completable;
import io.vertx.core.json.JsonObject;
import io.vertx.rxjava3.core.AbstractVerticle;
import io.vertx.rxjava3.core.Vertx;

/** The same as {@link Hello}, with RxJava 3. */
public class HelloRx extends AbstractVerticle {
    @Override
    public Completable rxStart() {
        var broker = Broker.create(vertx, new BrokerOptions().setDataDir("millrace-data"));
        return broker.rxStart()
                .flatMap(started -> started.rxCreateTopic("orders", new TopicOptions().setPartitions(4)))
                .flatMap(topic -> {
                    var unused = broker.consumer("orders", Codec.json())
                            .toFlowable()
                            .subscribe(order -> System.out.println(
                                    order.key() + " ordered " + order.value() + " (offset " + order.offset() + ")"));
                    return broker.producer("orders", Codec.json())
                            .rxSend("customer-7", new JsonObject().put("amount", 42));
                })
                .doOnSuccess(receipt -> System.out.println("stored in partition " + receipt.partition() + " at offset "
                        + receipt.offset() + ", durable: " + receipt.durable()))
                .ignoreElement();
    }

    public static void main(String[] args) {
        var unused = Vertx.vertx().rxDeployVerticle(new HelloRx()).subscribe(id -> {}, Throwable::printStackTrace);
    }
}
