package io.millrace;

import static io.millrace.BrokerTest.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.ReadCounter;
import io.millrace.model.MillraceException;
import io.millrace.model.Refusal;
import io.millrace.record.Compression;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Consumers on real event loops. */
class ConsumerTest {
    private final Vertx vertx = Vertx.vertx();
    private ReadCounter counter;
    private Broker broker;

    @BeforeEach
    void startBroker() throws Exception {
        counter = new ReadCounter(vertx);
        broker = await(counter.broker().start());
    }

    @AfterEach
    void closeAll() throws Exception {
        await(broker.close());
        await(vertx.close());
    }

    private void fill(String topic, int partitions, int records) throws Exception {
        await(broker.createTopic(topic, new TopicOptions().setPartitions(partitions)));
        var producer = broker.producer(
                new ProducerOptions().setTopic(topic).setBatchBytes(2000), Codec.string(), Codec.string());
        for (int n = 0; n < records; n++) {
            producer.post(OutgoingRecord.<String, String>of("record " + n)
                    .toPartition(n % partitions)
                    .at(1000 + n));
            if (n % 1000 == 0) await(producer.flush());
        }
        await(producer.close());
    }

    private Consumer<String, String> consumer(ConsumerOptions options) {
        return broker.consumer(options, Codec.string(), Codec.string());
    }

    /** Reads until the end that there was at the beginning. */
    private List<Record<String, String>> read(ConsumerOptions options) throws Exception {
        var records = new CopyOnWriteArrayList<Record<String, String>>();
        var end = Promise.<Void>promise();
        consumer(options.setStopAtEnd(true))
                .exceptionHandler(end::tryFail)
                .endHandler(end::tryComplete)
                .handler(records::add);
        await(end.future());
        return records;
    }

    private static ConsumerOptions of(String topic) {
        return new ConsumerOptions().setTopic(topic);
    }

    @Test
    void fetchTenDeliversTenAndThenTheLogIsNotRead() throws Exception {
        fill("orders", 1, 10_000);
        var received = new CopyOnWriteArrayList<String>();
        var consumer = consumer(of("orders").setMaxReadBytes(100_000));
        consumer.pause();
        consumer.handler(record -> received.add(record.value()));
        await(consumer.partitions());
        assertThat(counter.reads.get()).isZero();

        consumer.fetch(10);
        Awaitility.await().until(() -> received.size() == 10);
        long reads = counter.reads.get();
        assertThat(reads).isEqualTo(1);
        Awaitility.await()
                .during(Duration.ofMillis(200))
                .until(() -> received.size() == 10 && counter.reads.get() == reads);
        assertThat(await(consumer.position(0))).isEqualTo(10);

        consumer.resume();
        Awaitility.await().until(() -> received.size() == 10_000);
        for (int n = 0; n < 10_000; n++) assertThat(received.get(n)).isEqualTo("record " + n);
    }

    @Test
    void readingBeginsWhereItIsToldTo() throws Exception {
        fill("orders", 1, 3000);
        assertThat(read(of("orders"))).hasSize(3000);
        assertThat(read(of("orders").setFrom(Position.latest()))).isEmpty();
        assertThat(read(of("orders").setFrom(Position.offset(2990)))).hasSize(10);
        assertThat(read(of("orders").setFrom(Position.last(7))).get(0).offset()).isEqualTo(2993);
        assertThat(read(of("orders").setFrom(Position.last(70_000)))).hasSize(3000);
        assertThat(read(of("orders").setFrom(Position.time(1000 + 1234))).get(0).offset())
                .isEqualTo(1234);
        assertThat(read(of("orders").setFrom(Position.time(5000)))).isEmpty();
    }

    @Test
    void somePartitionsOrAllAreReadFairly() throws Exception {
        fill("orders", 4, 20_000);
        var some = read(of("orders").setPartitions(List.of(3, 1)));
        assertThat(some.stream().map(Record::partition).distinct()).containsExactlyInAnyOrder(1, 3);
        assertThat(some).hasSize(10_000);

        var all = new CopyOnWriteArrayList<Integer>();
        long before = counter.answers.get();
        var consumer = consumer(of("orders")).pause();
        consumer.handler(record -> all.add(record.partition()));
        consumer.fetch(1);
        Awaitility.await().until(() -> all.size() == 1 && counter.answers.get() == before + 4);
        consumer.fetch(9_999);
        Awaitility.await().until(() -> all.size() == 10_000);
        for (int n = 0; n < 4; n++) {
            int partition = n;
            assertThat(all.stream().filter(seen -> seen == partition).count()).isBetween(2000L, 3000L);
        }
    }

    @Test
    void aConsumerAtTheEndWaitsForMoreAndFindsNewPartitions() throws Exception {
        await(broker.createTopic("orders"));
        var received = new CopyOnWriteArrayList<String>();
        consumer(of("orders").setMaxWaitMillis(50)).handler(record -> received.add(record.value()));
        var producer = broker.producer("orders", Codec.string());
        await(producer.send("a"));
        Awaitility.await().until(() -> received.size() == 1);
        Awaitility.await().until(() -> counter.reads.get() > 3);
        await(producer.send("b"));
        Awaitility.await().until(() -> received.size() == 2);
        await(broker.addPartitions("orders", 3));
        await(broker.producer("orders", Codec.string())
                .send(OutgoingRecord.<String, String>of("c").toPartition(2)));
        Awaitility.await().until(() -> received.size() == 3);
        assertThat(received).containsExactly("a", "b", "c");
    }

    @Test
    void whatIsSentAfterTheConsumerStandsAtTheLatestRecordIsSeen() throws Exception {
        fill("orders", 1, 100);
        var received = new CopyOnWriteArrayList<Long>();
        var consumer =
                consumer(of("orders").setFrom(Position.latest())).handler(record -> received.add(record.offset()));
        await(consumer.partitions());
        await(broker.producer("orders", Codec.string()).send("x"));
        Awaitility.await().until(() -> received.size() == 1);
        assertThat(received).containsExactly(100L);
    }

    @Test
    void settingAHandlerDoesNotChangeDemandAndTakingItAwayLeaves() throws Exception {
        fill("orders", 1, 1000);
        var received = new AtomicInteger();
        var consumer = consumer(of("orders")).pause();
        consumer.fetch(5);
        consumer.handler(record -> received.incrementAndGet());
        Awaitility.await().until(() -> received.get() == 5);
        consumer.handler(record -> received.incrementAndGet());
        consumer.fetch(3);
        Awaitility.await().until(() -> received.get() == 8);

        consumer.handler(null);
        consumer.resume();
        consumer.handler(record -> received.incrementAndGet());
        Awaitility.await().during(Duration.ofMillis(200)).until(() -> received.get() == 8);
        assertThat(refusalOf(consumer.position(0))).isEqualTo(Refusal.CLOSED);
        await(consumer.close());
    }

    @Test
    void seekGoesBackAndForth() throws Exception {
        fill("orders", 2, 2000);
        var consumer = consumer(of("orders")).pause();
        var received = new CopyOnWriteArrayList<Record<String, String>>();
        consumer.handler(received::add);
        consumer.fetch(10);
        Awaitility.await().until(() -> received.size() == 10);
        await(consumer.seek(0, 500));
        await(consumer.seek(1, 1000));
        assertThat(await(consumer.position(0))).isEqualTo(500);
        received.clear();
        consumer.fetch(500);
        Awaitility.await().until(() -> received.size() == 500);
        assertThat(received).allMatch(record -> record.partition() == 0);
        assertThat(received.get(0).offset()).isEqualTo(500);
        received.clear();
        await(consumer.seek(Position.earliest()));
        consumer.resume();
        Awaitility.await().until(() -> received.size() == 2000);
        assertThat(refusalOf(consumer.seek(2, 0))).isEqualTo(Refusal.PARTITION_NOT_FOUND);
    }

    private static Refusal refusalOf(Future<?> future) {
        try {
            await(future);
        } catch (Exception failure) {
            return ((MillraceException) failure.getCause()).refusal();
        }
        throw new AssertionError("not refused: " + future);
    }

    @Test
    void closeEndsOnceAndFailureIsTerminal() throws Exception {
        fill("orders", 1, 100);
        var ends = new AtomicInteger();
        var consumer =
                consumer(of("orders")).endHandler(end -> ends.incrementAndGet()).handler(record -> {});
        await(consumer.close());
        await(consumer.close());
        assertThat(ends.get()).isEqualTo(1);

        var failures = new CopyOnWriteArrayList<Throwable>();
        consumer(of("orders").setFrom(Position.offset(101)))
                .exceptionHandler(failures::add)
                .endHandler(end -> ends.incrementAndGet())
                .handler(record -> {});
        Awaitility.await().until(() -> failures.size() == 1);
        assertThat(((MillraceException) failures.get(0)).refusal()).isEqualTo(Refusal.OFFSET_OUT_OF_RANGE);
        assertThat(ends.get()).isEqualTo(1);
    }

    @Test
    void deletedRecordsAreSkippedWhereThatIsAllowed() throws Exception {
        fill("orders", 1, 1000);
        var id = counter.metadata().topic("orders").partitionId(0);
        var start = await(counter.partitions().deleteBefore(id, 400));
        var received = new CopyOnWriteArrayList<Long>();
        consumer(of("orders").setFrom(Position.offset(10)).setSkipLost(true))
                .handler(record -> received.add(record.offset()));
        Awaitility.await().until(() -> received.size() == 600);
        assertThat(received.get(0)).isEqualTo(start).isEqualTo(400);
    }

    @Test
    void aHandlerThatThrowsMissesNothing() throws Exception {
        fill("orders", 1, 100);
        var seen = new AtomicInteger();
        var thrown = new CopyOnWriteArrayList<Throwable>();
        var context = vertx.getOrCreateContext().exceptionHandler(thrown::add);
        context.runOnContext(now -> consumer(of("orders")).handler(record -> {
            seen.incrementAndGet();
            throw new IllegalStateException("no");
        }));
        Awaitility.await().until(() -> seen.get() == 100);
        assertThat(thrown).hasSize(100);
    }

    @Test
    void aConsumerOnAWorkerIsSerialAndPauseHolds() throws Exception {
        fill("orders", 2, 5000);
        var seen = new AtomicInteger();
        var inside = new AtomicInteger();
        var overlaps = new AtomicInteger();
        var id = await(vertx.deployVerticle(
                context -> {
                    var consumer = consumer(of("orders"));
                    consumer.handler(record -> {
                        if (inside.incrementAndGet() > 1) overlaps.incrementAndGet();
                        if (seen.incrementAndGet() % 100 == 0) {
                            int before = seen.get();
                            consumer.pause();
                            vertx.setTimer(1, later -> {
                                if (seen.get() != before) overlaps.incrementAndGet();
                                consumer.resume();
                            });
                        }
                        inside.decrementAndGet();
                    });
                    return Future.succeededFuture();
                },
                new io.vertx.core.DeploymentOptions().setThreadingModel(ThreadingModel.WORKER)));
        Awaitility.await().until(() -> seen.get() == 5000);
        assertThat(overlaps.get()).isZero();
        await(vertx.undeploy(id));
    }

    @Test
    void compressedBatchesAreReadLikeOthers() throws Exception {
        await(broker.createTopic("orders"));
        for (var compression : Compression.values()) {
            var producer = broker.producer(
                    new ProducerOptions().setTopic("orders").setCompression(compression),
                    Codec.string(),
                    Codec.string());
            var each = new ArrayList<Future<Receipt>>();
            for (int n = 0; n < 500; n++) each.add(producer.send(compression.name() + " " + n));
            for (var sent : each) await(sent);
        }
        var values = read(of("orders")).stream().map(Record::value).toList();
        assertThat(values).hasSize(2500);
        assertThat(values.get(2499)).isEqualTo("ZSTD 499");
    }
}
