package io.millrace.bench;

import io.millrace.Broker;
import io.millrace.BrokerOptions;
import io.millrace.Codec;
import io.millrace.ConsumerOptions;
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
import java.util.concurrent.TimeUnit;

/**
 * The embedded broker with records of 100 bytes: throughput of a producer and of a consumer, and the latency of one
 * record in flight beside that of the bare disk. {@code java -cp … io.millrace.bench.EmbeddedBench [directory [rounds]]}.
 */
public final class EmbeddedBench {
    private static final int RECORDS = 3_000_000;
    private static final int SINGLES = 20_000;
    private static final int RECORD_BYTES = 100;

    private final Vertx vertx;
    private final Broker broker;
    private final Path directory;

    private EmbeddedBench(Vertx vertx, Broker broker, Path directory) {
        this.vertx = vertx;
        this.broker = broker;
        this.directory = directory;
    }

    public static void main(String[] args) throws Exception {
        var directory = args.length > 0 ? Path.of(args[0]) : Files.createTempDirectory("millrace-bench");
        int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 3;
        var vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
        var options = new BrokerOptions().setDataDir(directory.resolve("data").toString());
        var broker = onLoop(vertx, () -> Broker.create(vertx, options).start());
        var bench = new EmbeddedBench(vertx, broker, directory);
        for (int round = 1; round <= rounds; round++) {
            print("round %d", round);
            for (var flush : new String[] {"os", "commit"}) bench.round(flush, round);
        }
        broker.close().toCompletionStage().toCompletableFuture().get(1, TimeUnit.MINUTES);
        vertx.close().toCompletionStage().toCompletableFuture().get(1, TimeUnit.MINUTES);
    }

    private void round(String flush, int round) throws Exception {
        var topic = flush + "-" + round;
        var options = new TopicOptions().setPartitions(1).setConfig(Map.of("flush", flush));
        onLoop(vertx, () -> broker.createTopic(topic, options));
        produce(topic, flush);
        consume(topic);
        singles(topic, flush);
        onLoop(vertx, () -> broker.deleteTopic(topic));
    }

    private void produce(String topic, String flush) throws Exception {
        long nanos = onLoop(vertx, () -> {
            var producer = broker.producer(new ProducerOptions().setTopic(topic), Codec.string(), Codec.buffer());
            return new Pump(producer).run();
        });
        print("  produce  flush=%-7s %,12.0f records/s acknowledged", flush, RECORDS * 1e9 / nanos);
    }

    /** Sends as fast as the producer takes it, and waits for every acknowledgement. */
    private static final class Pump {
        private final Producer<String, Buffer> producer;
        private final Buffer value = Buffer.buffer(new byte[RECORD_BYTES]);
        private final Promise<Long> done = Promise.promise();
        private final long began = System.nanoTime();
        private int sent;
        private int acknowledged;

        Pump(Producer<String, Buffer> producer) {
            this.producer = producer;
        }

        Future<Long> run() {
            more();
            return done.future();
        }

        private void more() {
            while (sent < RECORDS && !producer.writeQueueFull()) {
                sent++;
                producer.send(value).onComplete(stored -> {
                    if (stored.failed()) done.tryFail(stored.cause());
                    else if (++acknowledged == RECORDS) done.tryComplete(System.nanoTime() - began);
                });
            }
            if (sent < RECORDS) producer.drainHandler(ready -> more());
        }
    }

    private void consume(String topic) throws Exception {
        long nanos = onLoop(vertx, () -> {
            var consumer = broker.consumer(new ConsumerOptions().setTopic(topic), Codec.string(), Codec.buffer());
            var done = Promise.<Long>promise();
            long began = System.nanoTime();
            int[] seen = {0};
            consumer.handler(record -> {
                if (++seen[0] == RECORDS) {
                    done.complete(System.nanoTime() - began);
                    consumer.close();
                }
            });
            return done.future();
        });
        print("  consume                %,12.0f records/s", RECORDS * 1e9 / nanos);
    }

    private void singles(String topic, String flush) throws Exception {
        int count = flush.equals("os") ? 10 * SINGLES : SINGLES;
        var raw = flush.equals("os") ? new long[] {0} : rawAppends(SINGLES / 2);
        var latencies = onLoop(vertx, () -> {
            var producer = broker.producer(new ProducerOptions().setTopic(topic), Codec.string(), Codec.buffer());
            return new Single(producer, count).run();
        });
        var rawAgain = flush.equals("os") ? raw : rawAppends(SINGLES / 2);
        Arrays.sort(latencies);
        double median = latencies[latencies.length / 2] / 1e3;
        double p99 = latencies[latencies.length * 99 / 100] / 1e3;
        if (flush.equals("os")) {
            print("  one record in flight   %8.1f us median, %8.1f us p99", median, p99);
        } else {
            double disk = (median(raw) + median(rawAgain)) / 2e3;
            print(
                    "  one record in flight   %8.1f us median, %8.1f us p99; bare append + force %.1f us, ratio %.2f",
                    median, p99, disk, median / disk);
        }
    }

    private static final class Single {
        private final Producer<String, Buffer> producer;
        private final Buffer value = Buffer.buffer(new byte[RECORD_BYTES]);
        private final Promise<long[]> done = Promise.promise();
        private final long[] latencies;
        private int next;

        Single(Producer<String, Buffer> producer, int count) {
            this.producer = producer;
            this.latencies = new long[count];
        }

        Future<long[]> run() {
            one();
            return done.future();
        }

        private void one() {
            if (next == latencies.length) {
                done.complete(latencies);
                return;
            }
            long began = System.nanoTime();
            producer.send(value).onComplete(stored -> {
                if (stored.failed()) {
                    done.fail(stored.cause());
                    return;
                }
                latencies[next++] = System.nanoTime() - began;
                one();
            });
        }
    }

    /** What the disk itself needs for a batch of one such record. */
    private long[] rawAppends(int count) throws IOException {
        var path = directory.resolve("raw");
        var took = new long[count];
        var bytes = ByteBuffer.allocateDirect(170);
        try (var channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            for (int n = 0; n < count; n++) {
                long began = System.nanoTime();
                channel.write(bytes.clear());
                channel.force(false);
                took[n] = System.nanoTime() - began;
            }
        }
        Files.delete(path);
        return took;
    }

    private static double median(long[] values) {
        Arrays.sort(values);
        return values[values.length / 2];
    }

    private interface Work<T> {
        Future<T> start();
    }

    private static <T> T onLoop(Vertx vertx, Work<T> work) throws Exception {
        var done = Promise.<T>promise();
        vertx.runOnContext(now -> work.start().onComplete(done));
        return done.future().toCompletionStage().toCompletableFuture().get(10, TimeUnit.MINUTES);
    }

    private static void print(String format, Object... args) {
        System.out.println(String.format(Locale.ROOT, format, args));
    }
}
