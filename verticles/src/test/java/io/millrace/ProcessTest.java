package io.millrace;

import static io.millrace.BrokerTest.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.consume.OnFailure;
import io.millrace.consume.RecordFailure;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Records processed by a function, on real event loops. */
@Timeout(60)
class ProcessTest {
    private final Vertx vertx = Vertx.vertx();
    private Broker broker;

    @BeforeEach
    void startBroker() throws Exception {
        broker = await(Broker.create(vertx).start());
        await(broker.createTopic("orders"));
    }

    @AfterEach
    void closeAll() throws Exception {
        await(broker.close());
        await(vertx.close());
    }

    private void send(int records) throws Exception {
        var producer = broker.producer("orders", Codec.string());
        for (int n = 0; n < records; n++) producer.post(OutgoingRecord.<String, String>of("record " + n));
        await(producer.close());
    }

    private Consumer<String, String> consumer(ConsumerOptions options) {
        return broker.consumer(options.setTopic("orders"), Codec.string(), Codec.string());
    }

    private static ConsumerOptions group() {
        return new ConsumerOptions().setGroup("g").setCommitIntervalMillis(10);
    }

    @Test
    void aRecordIsRetriedAtOnceAndThenTheConsumerEndsInFrontOfIt() throws Exception {
        send(10);
        var attempts = new CopyOnWriteArrayList<String>();
        var failures = new CopyOnWriteArrayList<Throwable>();
        var broken = new IllegalStateException("no");
        consumer(group()).exceptionHandler(failures::add).process(record -> {
            attempts.add(record.value());
            return record.offset() == 4 ? Future.failedFuture(broken) : Future.succeededFuture();
        });
        Awaitility.await().until(() -> failures.size() == 1);
        assertThat(failures.get(0)).isSameAs(broken);
        assertThat(attempts)
                .containsExactly("record 0", "record 1", "record 2", "record 3", "record 4", "record 4", "record 4");

        var next = new CopyOnWriteArrayList<Long>();
        consumer(group()).process(record -> {
            next.add(record.offset());
            return Future.succeededFuture();
        });
        Awaitility.await().until(() -> next.size() == 6);
        assertThat(next.get(0)).isEqualTo(4);
    }

    @Test
    void theTypeOfAFailureSaysWhatBecomesOfTheRecord() throws Exception {
        send(6);
        var attempts = new CopyOnWriteArrayList<Long>();
        var failed = Promise.<Throwable>promise();
        consumer(group().setMaxAttempts(10)).exceptionHandler(failed::complete).process(record -> {
            attempts.add(record.offset());
            boolean isFirst = attempts.indexOf(record.offset()) == attempts.size() - 1;
            return switch ((int) record.offset()) {
                case 1 -> Future.failedFuture(RecordFailure.skip("of no use", null));
                case 2 -> {
                    if (isFirst) throw RecordFailure.retry("not yet", null);
                    yield Future.succeededFuture();
                }
                case 4 -> Future.failedFuture(RecordFailure.stop("enough", null));
                default -> Future.succeededFuture();
            };
        });
        assertThat(await(failed.future())).isInstanceOf(RecordFailure.class).hasMessage("enough");
        assertThat(attempts).containsExactly(0L, 1L, 2L, 2L, 3L, 4L);
    }

    @Test
    void failuresCanBeSkippedByOption() throws Exception {
        send(100);
        var seen = new AtomicInteger();
        var consumer = consumer(group().setOnFailure(OnFailure.SKIP)).process(record -> {
            seen.incrementAndGet();
            throw new IllegalStateException("each of them");
        });
        Awaitility.await().until(() -> seen.get() == 100);
        await(consumer.commit());
        assertThat(await(consumer.committed(0))).isEqualTo(100);
    }

    @Test
    void readingPausesWhenTheMostRecordsAreInFlight() throws Exception {
        send(1000);
        var answers = new CopyOnWriteArrayList<Promise<Void>>();
        var consumer = consumer(group().setOrder(io.millrace.consume.ProcessingOrder.NONE)
                        .setConcurrency(100)
                        .setMaxInFlight(20))
                .process(record -> {
                    var answer = Promise.<Void>promise();
                    answers.add(answer);
                    return answer.future();
                });
        Awaitility.await().until(() -> answers.size() == 20);
        Awaitility.await().during(Duration.ofMillis(100)).until(() -> answers.size() == 20);
        assertThat(await(consumer.position(0))).isEqualTo(20);
        // The first is not done: nothing can be committed, and nothing more is read.
        for (int n = 1; n < 20; n++) answers.get(n).complete();
        Awaitility.await().during(Duration.ofMillis(100)).until(() -> answers.size() == 20);
        assertThat(await(consumer.committed(0))).isNull();
        answers.get(0).complete();
        Awaitility.await().until(() -> answers.size() == 40);
        Awaitility.await().until(() -> Long.valueOf(20).equals(await(consumer.committed(0))));
        for (var answer : answers) answer.tryComplete();
    }

    @Test
    void closingWaitsForWhatIsBeingProcessedAndCommitsIt() throws Exception {
        send(10);
        var answer = Promise.<Void>promise();
        var seen = new CopyOnWriteArrayList<Long>();
        var consumer = consumer(group().setCommitIntervalMillis(600_000)).process(record -> {
            seen.add(record.offset());
            return record.offset() < 5 ? Future.succeededFuture() : answer.future();
        });
        Awaitility.await().until(() -> seen.size() == 6);
        var closing = consumer.close();
        Awaitility.await().during(Duration.ofMillis(100)).until(() -> !closing.isComplete());
        answer.complete();
        await(closing);
        assertThat(seen).hasSize(6);
        var next = new CopyOnWriteArrayList<Long>();
        consumer(group()).process(record -> {
            next.add(record.offset());
            return Future.succeededFuture();
        });
        Awaitility.await().until(() -> next.size() == 4);
        assertThat(next).isEqualTo(List.of(6L, 7L, 8L, 9L));
    }

    @Test
    void closingDoesNotWaitForEver() throws Exception {
        send(1);
        var began = new AtomicInteger();
        var consumer = consumer(group().setCloseTimeoutMillis(50)).process(record -> {
            began.incrementAndGet();
            return Promise.<Void>promise().future();
        });
        Awaitility.await().until(() -> began.get() == 1);
        await(consumer.close());
    }

    @Test
    void withoutAGroupEverythingIsProcessedByEveryConsumer() throws Exception {
        send(500);
        for (int n = 0; n < 2; n++) {
            var seen = new AtomicInteger();
            var end = Promise.<Void>promise();
            consumer(new ConsumerOptions().setStopAtEnd(true))
                    .endHandler(end::complete)
                    .process(record -> {
                        var answer = Promise.<Void>promise();
                        vertx.runOnContext(later -> {
                            seen.incrementAndGet();
                            answer.complete();
                        });
                        return answer.future();
                    });
            await(end.future());
            assertThat(seen.get()).isEqualTo(500);
        }
    }
}
