package io.millrace.kill;

import io.millrace.Broker;
import io.millrace.BrokerOptions;
import io.millrace.Codec;
import io.millrace.Producer;
import io.millrace.ProducerOptions;
import io.vertx.core.Vertx;
import java.io.IOException;

/** Sends 0, 1, 2, … from the end of the topic on, so that each record is its own offset, and prints what is stored. */
final class Victim {
    private static final int IN_FLIGHT = 500;

    private final Producer<String, String> producer;
    private long next;

    private Victim(Producer<String, String> producer, long next) {
        this.producer = producer;
        this.next = next;
    }

    public static void main(String[] args) {
        new Thread(Victim::endWithParent).start();
        var vertx = Vertx.vertx();
        vertx.runOnContext(now -> {
            var broker =
                    Broker.create(vertx, new BrokerOptions().setDataDir(args[0]).setMinFreeBytes(0));
            broker.start()
                    .compose(started -> started.createTopic("t"))
                    .onFailure(failure -> {
                        failure.printStackTrace();
                        Runtime.getRuntime().halt(1);
                    })
                    .onSuccess(topic -> {
                        var options = new ProducerOptions().setTopic("t");
                        long end = topic.partitions().get(0).end();
                        var victim = new Victim(broker.producer(options, Codec.string(), Codec.string()), end);
                        for (int n = 0; n < IN_FLIGHT; n++) victim.send();
                    });
        });
    }

    /** A victim whose test has died must not fill the disk for ever. */
    static void endWithParent() {
        try {
            while (System.in.read() >= 0) {
                // Nobody writes there; the stream ends with the process that started this one.
            }
        } catch (IOException gone) {
            System.err.println(gone);
        }
        Runtime.getRuntime().halt(1);
    }

    private void send() {
        producer.send(Long.toString(next++))
                .onSuccess(receipt -> {
                    System.out.println(receipt.offset());
                    send();
                })
                .onFailure(Throwable::printStackTrace);
    }
}
