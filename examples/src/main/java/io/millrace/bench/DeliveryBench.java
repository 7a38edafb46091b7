package io.millrace.bench;

import io.millrace.Broker;
import io.millrace.BrokerOptions;
import io.millrace.Codec;
import io.millrace.ConsumerOptions;
import io.millrace.Position;
import io.millrace.Producer;
import io.millrace.ProducerOptions;
import io.millrace.TopicOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * How long a record is under way from {@code send} in one verticle to the handler of another, on an idle broker with 100
 * records per second, after a burst that warms everything up; the broker, the sender and the receiver are on event loops
 * of their own. {@code java -cp …
 * io.millrace.bench.DeliveryBench [directory [seconds [rounds]]]}.
 */
public final class DeliveryBench {
    private static final long PERIOD_MILLIS = 10;
    /** Sent as fast as it goes before anything is measured: a broker that runs is compiled. */
    private static final int WARM_UP = 200_000;

    private static final int RAW_APPENDS = 300;

    private final Vertx vertx;
    private final Broker broker;
    private final Path directory;
    private final int records;

    private DeliveryBench(Vertx vertx, Broker broker, Path directory, int records) {
        this.vertx = vertx;
        this.broker = broker;
        this.directory = directory;
        this.records = records;
    }

    public static void main(String[] args) throws Exception {
        var directory = args.length > 0 ? Path.of(args[0]) : Files.createTempDirectory("millrace-bench");
        int seconds = args.length > 1 ? Integer.parseInt(args[1]) : 20;
        int rounds = args.length > 2 ? Integer.parseInt(args[2]) : 2;
        var vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(3));
        var broker = Broker.create(
                vertx, new BrokerOptions().setDataDir(directory.resolve("data").toString()));
        await(broker.start());
        var bench = new DeliveryBench(vertx, broker, directory, (int) (seconds * 1000L / PERIOD_MILLIS));
        for (int round = 1; round <= rounds; round++) {
            System.out.println("round " + round);
            for (var way : new String[] {"handler", "process in a group"}) {
                for (var flush : new String[] {"os", "commit"}) bench.measure(way, flush, round);
            }
        }
        await(broker.close());
        await(vertx.close());
    }

    private void measure(String way, String flush, int round) throws Exception {
        var topic = way.replace(' ', '-') + "-" + flush + "-" + round;
        await(broker.createTopic(topic, new TopicOptions().setConfig(Map.of("flush", flush))));
        var latencies = new long[WARM_UP + records];
        var all = Promise.<Void>promise();
        int[] seen = {0};
        Runnable arrived = () -> {
            if (++seen[0] == latencies.length) all.complete();
        };
        var receiver = Promise.<Void>promise();
        var receiving = await(vertx.deployVerticle(context -> {
            receive(way, topic, latencies, arrived, receiver);
            return Future.succeededFuture();
        }));
        await(receiver.future());
        var sending = await(vertx.deployVerticle(context -> {
            send(
                    broker.producer(new ProducerOptions().setTopic(topic), Codec.string(), Codec.buffer()),
                    latencies.length);
            return Future.succeededFuture();
        }));
        await(all.future());
        await(vertx.undeploy(sending));
        await(vertx.undeploy(receiving));

        var measured = Arrays.copyOfRange(latencies, WARM_UP, latencies.length);
        Arrays.sort(measured);
        var line = String.format(
                Locale.ROOT,
                "%-20s flush=%-7s %6d records  median %7.1f us  p99 %8.1f us  most %9.1f us",
                way,
                flush,
                measured.length,
                measured[measured.length / 2] / 1e3,
                measured[measured.length * 99 / 100] / 1e3,
                measured[measured.length - 1] / 1e3);
        if (flush.equals("commit")) {
            line += String.format(Locale.ROOT, "  (a bare append + force: median %.1f us)", rawAppend() / 1e3);
        }
        System.out.println(line);
    }

    private void receive(String way, String topic, long[] latencies, Runnable arrived, Promise<Void> ready) {
        var options = new ConsumerOptions().setTopic(topic).setFrom(Position.latest());
        if (!way.equals("handler")) options.setGroup("bench");
        var consumer = broker.consumer(options, Codec.string(), Codec.buffer());
        if (way.equals("handler")) {
            consumer.handler(record -> {
                arrived(Objects.requireNonNull(record.value()), latencies);
                arrived.run();
            });
        } else {
            consumer.process(record -> {
                arrived(Objects.requireNonNull(record.value()), latencies);
                arrived.run();
                return Future.succeededFuture();
            });
        }
        consumer.partitions().<Void>mapEmpty().onComplete(ready);
    }

    private static void arrived(Buffer value, long[] latencies) {
        latencies[value.getInt(8)] = System.nanoTime() - value.getLong(0);
    }

    private void send(Producer<String, Buffer> producer, int count) {
        int[] next = {0};
        warmUp(
                producer,
                next,
                () -> vertx.setTimer(
                        1000,
                        quiet -> vertx.setPeriodic(PERIOD_MILLIS, tick -> {
                            if (next[0] == count) vertx.cancelTimer(tick);
                            else sendOne(producer, next[0]++);
                        })));
    }

    private static void warmUp(Producer<String, Buffer> producer, int[] next, Runnable done) {
        while (next[0] < WARM_UP && !producer.writeQueueFull()) sendOne(producer, next[0]++);
        if (next[0] < WARM_UP) producer.drainHandler(drained -> warmUp(producer, next, done));
        else done.run();
    }

    private static void sendOne(Producer<String, Buffer> producer, int number) {
        var value = Buffer.buffer().appendLong(System.nanoTime()).appendInt(number);
        producer.send(value.appendBytes(new byte[88])).onFailure(Throwable::printStackTrace);
    }

    /** What the disk itself needs for such a record, at the same pace. */
    private double rawAppend() throws IOException, InterruptedException {
        var path = directory.resolve("raw");
        var took = new long[RAW_APPENDS];
        var bytes = ByteBuffer.allocateDirect(170);
        try (var channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            for (int n = 0; n < took.length; n++) {
                Thread.sleep(PERIOD_MILLIS);
                long began = System.nanoTime();
                channel.write(bytes.clear());
                channel.force(false);
                took[n] = System.nanoTime() - began;
            }
        }
        Files.delete(path);
        Arrays.sort(took);
        return took[took.length / 2];
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.MINUTES);
    }
}
