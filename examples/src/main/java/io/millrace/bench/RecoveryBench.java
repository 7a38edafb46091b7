package io.millrace.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.Broker;
import io.millrace.BrokerOptions;
import io.millrace.Codec;
import io.millrace.OutgoingRecord;
import io.millrace.Producer;
import io.millrace.ProducerOptions;
import io.millrace.TopicDescription;
import io.millrace.TopicOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * How long a broker takes to be ready after {@code kill -9} with so much that was never sealed. A process of its own
 * writes and is killed; this one starts on what is left. First with {@code flush=commit}, where all of it is synced and
 * has to be read, then with {@code flush=os}, where nothing is and all of it has to be written once more.
 * {@code java -cp … io.millrace.bench.RecoveryBench [MiB [partitions [directory]]]}; the
 * directory is made, and removed at the end.
 *
 * <p>Segments are as large as they may be, so that nothing is sealed before the end. The page cache still holds what was
 * written if there is memory for it, as it does after any kill.
 */
public final class RecoveryBench {
    private static final int RECORD_BYTES = 1_000;
    private static final int MIB = 1 << 20;
    private static final String TOPIC = "unsealed";

    private RecoveryBench() {}

    public static void main(String[] args) throws Exception {
        if (args.length > 0 && args[0].equals("write")) {
            write(args[1], Integer.parseInt(args[2]), Integer.parseInt(args[3]), args[4]);
            return;
        }
        int mib = args.length > 0 ? Integer.parseInt(args[0]) : 1024;
        int partitions = args.length > 1 ? Integer.parseInt(args[1]) : 1;
        var directory = args.length > 2 ? Path.of(args[2]) : Files.createTempDirectory("millrace-recovery");
        for (var flush : List.of("commit", "os")) {
            kill(directory, mib, partitions, flush);
            recover(directory, partitions, flush);
            remove(directory);
        }
        Files.createDirectories(directory);
        bareDisk(directory.resolve("bare"));
        remove(directory);
    }

    private static void kill(Path directory, int mib, int partitions, String flush)
            throws IOException, InterruptedException {
        var writer = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx1g",
                        "-cp",
                        System.getProperty("java.class.path"),
                        RecoveryBench.class.getName(),
                        "write",
                        directory.toString(),
                        Integer.toString(mib),
                        Integer.toString(partitions),
                        flush)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (var out = new BufferedReader(new InputStreamReader(writer.getInputStream(), UTF_8))) {
            var line = out.readLine();
            if (line == null) throw new IllegalStateException("the writer ended by itself");
            print("%s acknowledged, then kill -9", line);
        } finally {
            writer.destroyForcibly();
            writer.waitFor();
        }
    }

    private static void recover(Path directory, int partitions, String flush) throws Exception {
        var vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
        long cpuBegan = cpuNanos();
        long began = System.nanoTime();
        var broker =
                onLoop(vertx, () -> Broker.create(vertx, options(directory)).start());
        double seconds = (System.nanoTime() - began) / 1e9;
        double cpuSeconds = (cpuNanos() - cpuBegan) / 1e9;
        var topic = onLoop(vertx, () -> broker.describeTopic(TOPIC));
        long records = topic.partitions().stream().mapToLong(each -> each.end()).sum();
        double gib = bytesOf(directory) / (double) (1 << 30);
        print(
                "flush=%s, %.2f GiB unsealed in %d partitions, %,d records: ready after %.2f s, %.2f s per GiB (%.2f s of CPU)",
                flush, gib, partitions, records, seconds, seconds / gib, cpuSeconds / gib);
        onLoop(vertx, broker::close);
        vertx.close().toCompletionStage().toCompletableFuture().get(1, TimeUnit.MINUTES);
    }

    /** What is not known to be synced must be synced before it is served, so a start cannot be quicker than this. */
    private static void bareDisk(Path path) throws IOException {
        var chunk = ByteBuffer.allocateDirect(MIB);
        long began = System.nanoTime();
        try (var channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (int n = 0; n < 1024; n++) channel.write(chunk.clear());
            channel.force(false);
        }
        print("the bare disk writes and syncs one GiB in %.2f s", (System.nanoTime() - began) / 1e9);
    }

    private static long cpuNanos() {
        return ProcessHandle.current()
                .info()
                .totalCpuDuration()
                .map(Duration::toNanos)
                .orElse(0L);
    }

    private static BrokerOptions options(Path directory) {
        return new BrokerOptions().setDataDir(directory.toString()).setMinFreeBytes(0);
    }

    private static void write(String directory, int mib, int partitions, String flush) throws Exception {
        var vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
        long records = (long) mib * MIB / RECORD_BYTES;
        onLoop(vertx, () -> {
            var broker = Broker.create(vertx, options(Path.of(directory)));
            return broker.start()
                    .compose(started -> broker.createTopic(
                            TOPIC,
                            new TopicOptions()
                                    .setPartitions(partitions)
                                    .setConfig(Map.of("flush", flush, "segment.bytes", Integer.toString(1 << 30)))))
                    .compose(topic -> new Writer(broker, topic, records).run());
        });
        print("%,d records of %,d bytes", records, RECORD_BYTES);
        Thread.sleep(Long.MAX_VALUE);
    }

    /** Sends random bytes to all partitions in turn, as fast as the producer takes them. */
    private static final class Writer {
        private final Producer<String, Buffer> producer;
        private final int partitions;
        private final long records;
        private final Promise<Void> done = Promise.promise();
        private final Buffer value;
        private long sent;
        private long acknowledged;

        Writer(Broker broker, TopicDescription topic, long records) {
            this.producer = broker.producer(new ProducerOptions().setTopic(TOPIC), Codec.string(), Codec.buffer());
            this.partitions = topic.partitions().size();
            this.records = records;
            var bytes = new byte[RECORD_BYTES];
            new Random(records).nextBytes(bytes);
            this.value = Buffer.buffer(bytes);
        }

        Future<Void> run() {
            more();
            return done.future();
        }

        private void more() {
            while (sent < records && !producer.writeQueueFull()) {
                var record = OutgoingRecord.<String, Buffer>of(value).toPartition((int) (sent++ % partitions));
                producer.send(record).onComplete(stored -> {
                    if (stored.failed()) done.tryFail(stored.cause());
                    else if (++acknowledged == records) done.tryComplete();
                });
            }
            if (sent < records) producer.drainHandler(ready -> more());
        }
    }

    private static long bytesOf(Path directory) throws IOException {
        try (var files = Files.walk(directory.resolve("partitions"))) {
            return files.map(Path::toFile)
                    .filter(file -> file.getName().endsWith(".log"))
                    .mapToLong(File::length)
                    .sum();
        }
    }

    private static void remove(Path directory) throws IOException {
        try (var files = Files.walk(directory)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) Files.delete(file);
        }
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
