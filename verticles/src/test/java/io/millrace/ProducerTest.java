package io.millrace;

import static io.millrace.BrokerTest.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.model.MillraceException;
import io.millrace.model.Refusal;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Producers on real event loops. */
class ProducerTest {
    private final Vertx vertx = Vertx.vertx();
    private Broker broker;

    @BeforeEach
    void startBroker() throws Exception {
        broker = await(Broker.create(vertx).start());
    }

    @AfterEach
    void closeAll() throws Exception {
        await(broker.close());
        await(vertx.close());
    }

    private <T> T on(Context context, Supplier<T> action) throws Exception {
        var promise = Promise.<T>promise();
        context.runOnContext(now -> promise.complete(action.get()));
        return await(promise.future());
    }

    private List<Record<String, String>> read(String topic) throws Exception {
        var records = new CopyOnWriteArrayList<Record<String, String>>();
        var end = Promise.<Void>promise();
        broker.consumer(new ConsumerOptions().setTopic(topic).setStopAtEnd(true), Codec.string(), Codec.string())
                .exceptionHandler(end::tryFail)
                .endHandler(end::tryComplete)
                .handler(records::add);
        await(end.future());
        return records;
    }

    @Test
    void futuresOfOnePartitionCompleteInTheOrderOfSending() throws Exception {
        await(broker.createTopic("orders"));
        var completed = new ArrayList<Integer>();
        var context = vertx.getOrCreateContext();
        on(context, () -> {
            var producer = broker.producer("orders", Codec.string());
            var each = new ArrayList<Future<Receipt>>();
            for (int n = 0; n < 10_000; n++) {
                int number = n;
                each.add(producer.send("record " + n).onSuccess(stored -> {
                    assertThat(stored.offset()).isEqualTo(number);
                    assertThat(Vertx.currentContext()).isSameAs(context);
                    completed.add(number);
                }));
            }
            return Future.all(each);
        });
        Awaitility.await().until(() -> completed.size() == 10_000);
        assertThat(completed).isSorted();
        var values = read("orders").stream().map(Record::value).toList();
        assertThat(values).hasSize(10_000).element(9_999).isEqualTo("record 9999");
    }

    @Test
    void theSameKeyAlwaysGoesToTheSamePartition() throws Exception {
        await(broker.createTopic("orders", new TopicOptions().setPartitions(7)));
        var homes = new HashMap<String, Integer>();
        for (int round = 0; round < 2; round++) {
            var producer = broker.producer("orders", Codec.string());
            var each = new ArrayList<Future<Receipt>>();
            for (int n = 0; n < 10_000; n++) each.add(producer.send("key " + n, "value"));
            for (int n = 0; n < 10_000; n++) {
                var known = homes.putIfAbsent("key " + n, await(each.get(n)).partition());
                if (round == 1) assertThat(each.get(n).result().partition()).isEqualTo(known);
            }
        }
        assertThat(homes.values()).containsOnly(0, 1, 2, 3, 4, 5, 6);
    }

    @Test
    void recordsWithoutAKeyAreSpreadEvenly() throws Exception {
        await(broker.createTopic("orders", new TopicOptions().setPartitions(8)));
        var counts = new long[8];
        var done = Promise.<Void>promise();
        on(vertx.getOrCreateContext(), () -> {
            var producer = broker.producer("orders", Codec.string());
            new Object() {
                int sent;

                void more() {
                    while (sent < 200_000 && !producer.writeQueueFull()) {
                        producer.send("a record of some thirty bytes")
                                .onSuccess(receipt -> counts[receipt.partition()]++);
                        if (++sent % 1000 == 0) break;
                    }
                    if (sent == 200_000) producer.flush().onComplete(done);
                    else producer.flush().onSuccess(flushed -> more());
                }
            }.more();
            return producer.exceptionHandler(done::tryFail);
        });
        await(done.future());
        long most = 0;
        long least = Long.MAX_VALUE;
        for (var count : counts) {
            most = Math.max(most, count);
            least = Math.min(least, count);
        }
        assertThat((double) most / least).isLessThan(1.2);
    }

    @Test
    void aFullBufferSaysSoDrainsAtHalfAndRefusesAtTwice() throws Exception {
        await(broker.createTopic("orders"));
        var context = vertx.getOrCreateContext();
        var drained = new AtomicLong(-1);
        var value = Buffer.buffer(new byte[1000]);
        var sent = new ArrayList<Future<Receipt>>();
        on(context, () -> {
            var options = new ProducerOptions().setTopic("orders").setBufferBytes(100_000);
            var producer = broker.producer(options, Codec.string(), Codec.buffer());
            producer.send(value).onComplete(known -> {
                assertThat(producer.writeQueueFull()).isFalse();
                for (int n = 0; n < 300; n++) {
                    sent.add(producer.send(value));
                    if (n == 95) assertThat(producer.writeQueueFull()).isFalse();
                    if (n == 105) assertThat(producer.writeQueueFull()).isTrue();
                }
                producer.drainHandler(now -> drained.set(
                        sent.stream().filter(future -> future.succeeded()).count()));
            });
            return 1;
        });
        Awaitility.await().until(() -> drained.get() >= 0);
        Awaitility.await().until(() -> sent.stream().allMatch(Future::isComplete));
        long refused = sent.stream().filter(Future::failed).count();
        assertThat(refused).isBetween(95L, 105L);
        assertThat(((MillraceException) sent.get(299).cause()).refusal()).isEqualTo(Refusal.BUFFER_FULL);
        assertThat(drained.get()).isGreaterThan(140);
    }

    @Test
    void senderThatMindsTheQueueSendsManyTimesTheHeap() throws Exception {
        await(broker.createTopic("orders"));
        await(broker.alterTopic(
                "orders", java.util.Map.of("retention.bytes", "1000000", "segment.bytes", "100000"), List.of()));
        var context = vertx.getOrCreateContext();
        var done = Promise.<Void>promise();
        var value = Buffer.buffer(new byte[10_000]);
        long heap = Runtime.getRuntime().maxMemory();
        int count = (int) (Math.min(heap, 512L << 20) / 10_000 / 2);
        on(context, () -> {
            var producer = broker.producer(
                    new ProducerOptions().setTopic("orders").setBufferBytes(1 << 20), Codec.string(), Codec.buffer());
            new Object() {
                int sent;

                void more() {
                    while (sent < count && !producer.writeQueueFull()) {
                        producer.post(OutgoingRecord.of(value));
                        sent++;
                    }
                    if (sent == count) producer.flush().onComplete(done);
                    else producer.drainHandler(drained -> more());
                }
            }.more();
            return producer.exceptionHandler(done::tryFail);
        });
        await(done.future());
        assertThat(await(broker.describeTopic("orders")).partitions().get(0).end())
                .isEqualTo(count);
    }

    @Test
    void otherThreadsAndWorkersMaySend() throws Exception {
        await(broker.createTopic("orders"));
        var producer = broker.producer("orders", Codec.string());
        var threads = new ArrayList<Thread>();
        var each = new CopyOnWriteArrayList<Future<Receipt>>();
        for (int t = 0; t < 4; t++) {
            int thread = t;
            threads.add(new Thread(() -> {
                for (int n = 0; n < 500; n++) each.add(producer.send(thread + "-" + n));
            }));
        }
        threads.forEach(Thread::start);
        for (var thread : threads) thread.join();
        for (var sent : each) await(sent);

        var fromWorker = Promise.<Receipt>promise();
        var id = await(vertx.deployVerticle(
                context -> {
                    broker.producer("orders", Codec.string()).send("worker").onComplete(fromWorker);
                    return fromWorker.future();
                },
                new io.vertx.core.DeploymentOptions().setThreadingModel(ThreadingModel.WORKER)));
        assertThat(fromWorker.future().result().offset()).isEqualTo(2000);
        await(vertx.undeploy(id));

        var values = read("orders").stream().map(Record::value).toList();
        for (int t = 0; t < 4; t++) {
            int thread = t;
            var own = values.stream()
                    .filter(value -> value.startsWith(thread + "-"))
                    .toList();
            assertThat(own).hasSize(500);
            for (int n = 0; n < 500; n++) assertThat(own.get(n)).isEqualTo(thread + "-" + n);
        }
    }

    @Test
    void newPartitionsAreFoundAndADeletedTopicIsNoticed() throws Exception {
        await(broker.createTopic("orders"));
        var producer = broker.producer("orders", Codec.string());
        await(producer.send("x"));
        await(broker.addPartitions("orders", 2));
        await(producer.send(OutgoingRecord.<String, String>of("y").toPartition(1)));
        await(broker.deleteTopic("orders"));
        var failures = new CopyOnWriteArrayList<Throwable>();
        producer.exceptionHandler(failures::add);
        await(producer.send("z").transform(answer -> {
            assertThat(answer.failed()).isTrue();
            return Future.succeededFuture();
        }));
        Awaitility.await().until(() -> failures.size() == 1);
        await(broker.createTopic("orders"));
        Awaitility.await().until(() -> await(producer.send("again").map(true).otherwise(false)));
        assertThat(await(producer.flush().map(true))).isTrue();
    }

    @Test
    void idsAreAssignedWhenAskedForAndAcksMayDifferFromRecordToRecord() throws Exception {
        await(broker.createTopic("orders"));
        var producer = broker.producer(
                new ProducerOptions().setTopic("orders").setAssignIds(true), Codec.string(), Codec.string());
        var all = producer.send("a");
        var leader = producer.send(OutgoingRecord.<String, String>of("b").withAcks(io.millrace.partition.Acks.LEADER));
        var none = producer.send(OutgoingRecord.<String, String>of("c").withAcks(io.millrace.partition.Acks.NONE));
        await(producer.flush());
        assertThat(none.result().durable()).isEqualTo("none");
        assertThat(none.result().offset()).isEqualTo(Receipt.UNKNOWN_OFFSET);
        assertThat(leader.result().acks()).isEqualTo(io.millrace.partition.Acks.LEADER);
        Awaitility.await().until(() -> read("orders").size() == 3);
        var records = read("orders");
        assertThat(records.stream().map(Record::value)).containsExactly("a", "b", "c");
        assertThat(records.get(0).id()).hasSize(26).isEqualTo(all.result().id());
        assertThat(records.stream().map(Record::id).distinct()).hasSize(3);
    }
}
