package io.millrace;

import com.sun.management.OperatingSystemMXBean;
import io.vertx.core.Context;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.lang.management.ManagementFactory;
import java.util.concurrent.TimeUnit;

/**
 * Measures what one producer and one consumer do over one partition in memory with values of 100 bytes, waiting for the
 * receipt of every record. Not a test; run its main. Arguments: records,
 * rounds.
 */
public final class Rates {
    private static final OperatingSystemMXBean CPU =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private final Vertx vertx = Vertx.vertx();
    private final int records;

    private Rates(int records) {
        this.records = records;
    }

    public static void main(String[] args) throws Exception {
        int records = args.length > 0 ? Integer.parseInt(args[0]) : 2_000_000;
        int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 5;
        for (int round = 0; round < rounds; round++) new Rates(records).run(round);
    }

    private void run(int round) throws Exception {
        var broker = BrokerTest.await(Broker.create(vertx).start());
        BrokerTest.await(broker.createTopic("rates"));
        var context = vertx.getOrCreateContext();
        long[] sending = timed(context, done -> send(broker, done));
        long[] reading = timed(context, done -> read(broker, done));
        System.err.printf(
                "round %d: producer %,d records/s and %d ns of CPU each, consumer %,d records/s and %d ns%n",
                round,
                records * 1_000_000_000L / sending[0],
                sending[1] / records,
                records * 1_000_000_000L / reading[0],
                reading[1] / records);
        BrokerTest.await(broker.close());
        BrokerTest.await(vertx.close());
    }

    private interface Work {
        void start(Promise<Void> done);
    }

    /** Nanoseconds by the clock, and of CPU time of all threads of this process. */
    private static long[] timed(Context context, Work work) throws Exception {
        var done = Promise.<Void>promise();
        long began = System.nanoTime();
        long cpu = CPU.getProcessCpuTime();
        context.runOnContext(now -> work.start(done));
        done.future().toCompletionStage().toCompletableFuture().get(120, TimeUnit.SECONDS);
        return new long[] {System.nanoTime() - began, CPU.getProcessCpuTime() - cpu};
    }

    private void send(Broker broker, Promise<Void> done) {
        var options = new ProducerOptions().setTopic("rates");
        var producer = broker.producer(options, Codec.string(), Codec.buffer());
        var value = Buffer.buffer(new byte[100]);
        new Object() {
            int sent;
            int acknowledged;

            void more() {
                int turn = 0;
                while (sent < records && !producer.writeQueueFull() && turn++ < 1000) {
                    sent++;
                    producer.send(value).onComplete(stored -> {
                        if (++acknowledged == records) done.complete();
                    });
                }
                if (sent == records) return;
                if (producer.writeQueueFull()) producer.drainHandler(drained -> more());
                else vertx.getOrCreateContext().runOnContext(next -> more());
            }
        }.more();
    }

    private void read(Broker broker, Promise<Void> done) {
        var consumer = broker.consumer(new ConsumerOptions().setTopic("rates"), Codec.string(), Codec.buffer());
        new Object() {
            int received;
            long bytes;

            void start() {
                consumer.exceptionHandler(done::tryFail).handler(record -> {
                    bytes += record.value().length();
                    if (++received == records) done.complete();
                });
            }
        }.start();
    }
}
