package io.millrace.kill;

import io.millrace.Broker;
import io.millrace.BrokerOptions;
import io.millrace.Codec;
import io.millrace.OutgoingRecord;
import io.millrace.Producer;
import io.millrace.ProducerOptions;
import io.millrace.TopicOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Map;

/**
 * Writes so many records to each partition of a topic that syncs nothing, one at a time, says so in one line and waits for
 * its end.
 */
final class Filler {
    static final String TOPIC = "filled";
    static final int SEGMENT_BYTES = 256 << 10;
    static final int VALUE_BYTES = 900;

    private final Producer<String, String> producer;
    private final int partitions;
    private final int records;

    private Filler(Producer<String, String> producer, int partitions, int records) {
        this.producer = producer;
        this.partitions = partitions;
        this.records = records;
    }

    public static void main(String[] args) {
        new Thread(Victim::endWithParent).start();
        int partitions = Integer.parseInt(args[1]);
        int records = Integer.parseInt(args[2]);
        var vertx = Vertx.vertx();
        vertx.runOnContext(now -> {
            var broker =
                    Broker.create(vertx, new BrokerOptions().setDataDir(args[0]).setMinFreeBytes(0));
            var config = Map.of("flush", "os", "segment.bytes", Integer.toString(SEGMENT_BYTES));
            broker.start()
                    .compose(started -> started.createTopic(
                            TOPIC, new TopicOptions().setPartitions(partitions).setConfig(config)))
                    .compose(topic -> {
                        var options = new ProducerOptions().setTopic(TOPIC);
                        var filler = new Filler(
                                broker.producer(options, Codec.string(), Codec.string()), partitions, records);
                        var done = Promise.<Void>promise();
                        filler.sendFrom(0, done);
                        return done.future();
                    })
                    .onSuccess(done -> System.out.println("filled"))
                    .onFailure(failure -> {
                        failure.printStackTrace();
                        Runtime.getRuntime().halt(1);
                    });
        });
    }

    private void sendFrom(int offset, Promise<Void> done) {
        if (offset == records) {
            done.complete();
            return;
        }
        var sent = new ArrayList<Future<?>>();
        for (int partition = 0; partition < partitions; partition++) {
            var record = OutgoingRecord.<String, String>of(value(partition, offset));
            sent.add(producer.send(record.toPartition(partition)));
        }
        Future.all(sent).onFailure(done::fail).onSuccess(stored -> sendFrom(offset + 1, done));
    }

    /** The value of a record, which names its place. */
    static String value(int partition, long offset) {
        var place = partition + "/" + offset + " ";
        return place + "x".repeat(VALUE_BYTES - place.length());
    }
}
