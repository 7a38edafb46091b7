package io.millrace.examples.desk;

import io.millrace.Broker;
import io.millrace.Codec;
import io.millrace.ConsumerOptions;
import io.millrace.Producer;
import io.millrace.Record;
import io.millrace.consume.ProcessingOrder;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.ThreadLocalRandom;

/**
 * One service, which is one group: it takes every order, works on it for a while, and says that it is done. An order
 * counts as done when the future completes; after a crash the service goes on with the first that was not.
 */
final class Service {
    private static final int LONGEST_WORK_MILLIS = 120;

    private final Vertx vertx;
    private final Broker broker;
    private final String name;
    private final Producer<String, JsonObject> progress;

    Service(Vertx vertx, Broker broker, String name) {
        this.vertx = vertx;
        this.broker = broker;
        this.name = name;
        this.progress = broker.producer(OrderDesk.PROGRESS, Codec.json());
    }

    void start() {
        var options = new ConsumerOptions()
                .setTopic(OrderDesk.ORDERS)
                .setGroup(name)
                .setOrder(ProcessingOrder.KEY)
                .setConcurrency(64);
        broker.consumer(options, Codec.string(), Codec.json())
                .process(this::handle)
                .exceptionHandler(failure -> System.err.println(name + " stops: " + failure));
    }

    private Future<Void> handle(Record<String, JsonObject> order) {
        int work = 1 + ThreadLocalRandom.current().nextInt(LONGEST_WORK_MILLIS);
        var done = new JsonObject().put("service", name).put("order", order.partition() + "/" + order.offset());
        return vertx.timer(work)
                .compose(worked -> progress.send(order.key(), done))
                .mapEmpty();
    }
}
