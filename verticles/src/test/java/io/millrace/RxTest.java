package io.millrace;

import static io.millrace.BrokerTest.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.ReadCounter;
import io.reactivex.rxjava3.core.Completable;
import io.reactivex.rxjava3.core.Flowable;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The generated RxJava 3 bindings. */
class RxTest {
    private final Vertx vertx = Vertx.vertx();
    private ReadCounter counter;
    private io.millrace.rxjava3.Broker broker;

    @BeforeEach
    void startBroker() {
        counter = new ReadCounter(vertx);
        broker = new io.millrace.rxjava3.Broker(counter.broker());
        broker = broker.rxStart().timeout(10, TimeUnit.SECONDS).blockingGet();
    }

    @AfterEach
    void closeAll() throws Exception {
        broker.rxClose().blockingAwait();
        await(vertx.close());
    }

    private void fill(int records) {
        broker.rxCreateTopic("orders").ignoreElement().blockingAwait();
        var producer = broker.producer("orders", Codec.string());
        Flowable.range(0, records)
                .flatMapSingle(n -> producer.rxSend("record " + n), false, 1000)
                .blockingSubscribe();
    }

    @Test
    void aSubscriberThatRequestsFiveGetsFiveAndTheLogIsNotReadFurther() {
        fill(10_000);
        var subscriber = broker.consumer("orders", Codec.string())
                .toFlowable()
                .map(record -> record.value())
                .test(5);
        Awaitility.await().until(() -> subscriber.values().size() == 5);
        long reads = counter.reads.get();
        Awaitility.await()
                .during(Duration.ofMillis(200))
                .until(() -> subscriber.values().size() == 5 && counter.reads.get() == reads);
        assertThat(reads).isEqualTo(1);
        assertThat(subscriber.values()).containsExactly("record 0", "record 1", "record 2", "record 3", "record 4");
        subscriber.request(3);
        Awaitility.await().until(() -> subscriber.values().size() == 8);
        subscriber.cancel();
    }

    @Test
    void cancelDetachesTheConsumer() {
        fill(100_000);
        var seen = new CopyOnWriteArrayList<Long>();
        var consumer = broker.consumer("orders", Codec.string());
        consumer.toFlowable().take(10).blockingForEach(record -> seen.add(record.offset()));
        assertThat(seen).hasSize(10);
        Awaitility.await().until(() -> consumer.rxPosition(0)
                .map(position -> false)
                .onErrorReturnItem(true)
                .blockingGet());
        long reads = counter.reads.get();
        Awaitility.await().during(Duration.ofMillis(200)).until(() -> counter.reads.get() == reads);
    }

    @Test
    void closingCompletesTheFlowable() {
        fill(10);
        var consumer = broker.consumer("orders", Codec.string());
        var subscriber = consumer.toFlowable().test();
        Awaitility.await().until(() -> subscriber.values().size() == 10);
        consumer.rxClose().blockingAwait();
        subscriber.awaitDone(5, TimeUnit.SECONDS).assertComplete();
    }

    @Test
    void aFlowableWritesThroughTheProducerAndComesBackInOrder() {
        broker.rxCreateTopic("orders").ignoreElement().blockingAwait();
        var options = new ProducerOptions().setTopic("orders").setBufferBytes(10_000);
        var producer = broker.producer(options, Codec.string(), Codec.string());
        Flowable.range(0, 20_000)
                .map(n -> io.millrace.rxjava3.OutgoingRecord.<String, String>of("record " + n))
                .subscribe(producer.toSubscriber());
        var values = broker.consumer("orders", Codec.string())
                .toFlowable()
                .map(record -> record.value())
                .take(20_000)
                .timeout(20, TimeUnit.SECONDS)
                .toList()
                .blockingGet();
        for (int n = 0; n < 20_000; n++) assertThat(values.get(n)).isEqualTo("record " + n);
    }

    @Test
    void aMemberOfAGroupIsAFlowableAndCommitsByHand() {
        fill(100);
        var options = new ConsumerOptions().setTopic("orders").setGroup("billing");
        var consumer = broker.consumer(options, Codec.string(), Codec.string());
        var seen = consumer.toFlowable()
                .concatMapSingle(record -> consumer.rxCommit(record.partition(), record.offset() + 1)
                        .toSingleDefault(record.value()))
                .take(60)
                .timeout(20, TimeUnit.SECONDS)
                .toList()
                .blockingGet();
        assertThat(seen).hasSize(60).startsWith("record 0");
        var next = broker.consumer(options, Codec.string(), Codec.string())
                .toFlowable()
                .map(record -> record.value())
                .timeout(20, TimeUnit.SECONDS)
                .blockingFirst();
        // The commit of one more may have been under way.
        assertThat(next).isIn("record 60", "record 61");
    }

    @Test
    void aCompletableAcknowledges() {
        fill(100);
        var options =
                new ConsumerOptions().setTopic("orders").setGroup("billing").setCommitIntervalMillis(10);
        var consumer = broker.consumer(options, Codec.string(), Codec.string());
        var seen = new CopyOnWriteArrayList<Long>();
        consumer.process(record ->
                Completable.fromAction(() -> seen.add(record.offset())).delay(1, TimeUnit.MILLISECONDS));
        Awaitility.await().until(() -> seen.size() == 100);
        Awaitility.await()
                .until(() -> Long.valueOf(100).equals(consumer.rxCommitted(0).blockingGet()));
    }

    @Test
    void errorsArriveAsErrors() {
        broker.consumer("nowhere", Codec.string())
                .toFlowable()
                .test()
                .awaitDone(5, TimeUnit.SECONDS)
                .assertError(io.millrace.model.MillraceException.class);
    }
}
