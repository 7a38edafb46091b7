package io.millrace;

import static io.millrace.BrokerTest.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.broker.ReadCounter;
import io.millrace.consume.ProcessingOrder;
import io.millrace.model.MillraceException;
import io.millrace.model.Refusal;
import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Consumers that share a topic, on real event loops. */
@Timeout(120)
class GroupTest {
    private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(16));
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

    private static ConsumerOptions of(String group) {
        return new ConsumerOptions().setTopic("orders").setGroup(group).setCommitIntervalMillis(20);
    }

    private void create(int partitions) throws Exception {
        await(broker.createTopic("orders", new TopicOptions().setPartitions(partitions)));
    }

    /** Values count on from {@code first}, partitions take turns. */
    private void send(int partitions, int first, int records) throws Exception {
        var producer = broker.producer("orders", Codec.string());
        for (int n = first; n < first + records; n++) {
            producer.post(OutgoingRecord.<String, String>of("key " + n % 17, Integer.toString(n))
                    .toPartition(n % partitions));
            if (n % 1000 == 0) await(producer.flush());
        }
        await(producer.close());
    }

    /** One member on a context of its own, and what it has seen. */
    private final class Member {
        final Context context = vertx.getOrCreateContext();
        final Consumer<String, String> consumer;
        final List<String> seen = new CopyOnWriteArrayList<>();
        final List<List<Integer>> assigned = new CopyOnWriteArrayList<>();
        final List<List<Integer>> revoked = new CopyOnWriteArrayList<>();
        final List<List<Integer>> lost = new CopyOnWriteArrayList<>();

        Member(ConsumerOptions options) throws Exception {
            var made = Promise.<Consumer<String, String>>promise();
            vertx.deployVerticle(in -> {
                var it = broker.consumer(options, Codec.string(), Codec.string())
                        .assignedHandler(assigned::add)
                        .revokedHandler(gone -> {
                            revoked.add(gone);
                            return Future.succeededFuture();
                        })
                        .lostHandler(lost::add);
                deployment = in.deploymentID();
                made.complete(it);
                return Future.succeededFuture();
            });
            consumer = await(made.future());
        }

        String deployment = "";

        Member process() {
            consumer.process(record -> {
                seen.add(record.value());
                return Future.succeededFuture();
            });
            return this;
        }

        List<Integer> owned() {
            try {
                return await(consumer.partitions()).stream().sorted().toList();
            } catch (Exception closed) {
                return List.of();
            }
        }
    }

    private List<Member> members(int count, ConsumerOptions options) throws Exception {
        var members = new ArrayList<Member>();
        for (int n = 0; n < count; n++) members.add(new Member(options));
        return members;
    }

    /** Waits until the members own all partitions, each once. */
    private static void settled(int partitions, List<Member> members) {
        Awaitility.await().atMost(20, TimeUnit.SECONDS).until(() -> {
            var all = new ArrayList<Integer>();
            for (var member : members) all.addAll(member.owned());
            return all.size() == partitions && Set.copyOf(all).size() == partitions;
        });
    }

    private static int total(List<Member> members) {
        return members.stream().mapToInt(member -> member.seen.size()).sum();
    }

    private long committed(String group, int partition) throws Exception {
        var found = await(
                counter.groups().committed(group, List.of(new io.millrace.group.TopicPartition("orders", partition))));
        return found.isEmpty() ? -1 : found.values().iterator().next().offset();
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
    void threeGroupsEachSeeEverythingAndFiveMembersOfOneShareIt() throws Exception {
        create(10);
        send(10, 0, 5000);
        var five = members(5, of("five"));
        for (var member : five) member.process();
        var billing = new Member(of("billing")).process();
        var shipping = new Member(of("shipping").setAutoCommit(true));
        shipping.consumer.handler(record -> shipping.seen.add(record.value()));
        var broadcast = broker.consumer("orders", Codec.string());
        var everything = new AtomicInteger();
        broadcast.handler(record -> everything.incrementAndGet());

        settled(10, five);
        send(10, 5000, 5000);
        Awaitility.await()
                .atMost(20, TimeUnit.SECONDS)
                .until(() -> billing.seen.size() == 10_000
                        && shipping.seen.size() == 10_000
                        && everything.get() == 10_000
                        && new HashSet<>(five.stream()
                                                .flatMap(m -> m.seen.stream())
                                                .toList())
                                        .size()
                                == 10_000);
        for (var member : five) {
            assertThat(member.owned()).hasSize(2);
            assertThat(member.seen.size())
                    .as("the second half is shared evenly")
                    .isGreaterThanOrEqualTo(1000);
        }
        assertThat(Set.copyOf(billing.seen)).hasSize(10_000);
        // What was committed before it moved came once; moves are peaceful here, so everything was.
        assertThat(total(five)).isEqualTo(10_000);
    }

    @Test
    void aMemberThatClosesHandsOverAtOnceAndNothingCommittedComesAgain() throws Exception {
        create(4);
        var members = members(2, of("g").setSessionTimeoutMillis(600_000).setProcessingTimeoutMillis(600_000));
        for (var member : members) member.process();
        settled(4, members);
        send(4, 0, 1000);
        Awaitility.await().until(() -> total(members) == 1000);
        await(members.get(0).consumer.close());
        assertThat(members.get(0).revoked).isNotEmpty();
        settled(4, List.of(members.get(1)));
        send(4, 1000, 1000);
        Awaitility.await().until(() -> total(members) >= 2000);
        Awaitility.await().during(Duration.ofMillis(200)).until(() -> total(members) == 2000);
    }

    @Test
    void undeployingTheOwnerClosesItsConsumersAndLeavesTheGroupAtOnce() throws Exception {
        create(4);
        var members = members(2, of("g").setSessionTimeoutMillis(600_000).setProcessingTimeoutMillis(600_000));
        for (var member : members) member.process();
        settled(4, members);
        await(vertx.undeploy(members.get(0).deployment));
        assertThat(refusalOf(members.get(0).consumer.partitions())).isEqualTo(Refusal.CLOSED);
        settled(4, List.of(members.get(1)));
        assertThat(members.get(1).lost).isEmpty();
    }

    @Test
    void onlyPartitionsThatMoveAreTakenAndTheOthersNeverPause() throws Exception {
        create(6);
        var members = members(2, of("g"));
        for (var member : members) member.process();
        settled(6, members);
        var before = List.of(
                Set.copyOf(members.get(0).owned()), Set.copyOf(members.get(1).owned()));
        long answered = members.get(0).assigned.size() + members.get(1).assigned.size();

        var third = new Member(of("g")).process();
        settled(6, List.of(members.get(0), members.get(1), third));
        assertThat(third.owned()).hasSize(2);
        var moved = new TreeSet<>(third.owned());
        for (int n = 0; n < 2; n++) {
            var member = members.get(n);
            var kept = new TreeSet<>(before.get(n));
            kept.removeAll(moved);
            assertThat(member.owned()).containsExactlyElementsOf(kept);
            var taken = new TreeSet<Integer>();
            member.revoked.forEach(taken::addAll);
            assertThat(taken).doesNotContainAnyElementsOf(kept).isSubsetOf(before.get(n));
            assertThat(member.lost).isEmpty();
        }
        assertThat(members.get(0).assigned.size() + members.get(1).assigned.size())
                .as("nothing was given anew")
                .isEqualTo((int) answered);
    }

    @Test
    void everyAssignorDividesAndHandsOver() throws Exception {
        create(6);
        for (var assignor : List.of("range", "roundrobin", "sticky", "cooperative-sticky")) {
            var members = members(3, of(assignor).setAssignors(List.of(assignor)));
            for (var member : members) member.process();
            settled(6, members);
            for (var member : members) assertThat(member.owned()).as(assignor).hasSize(2);
            await(members.get(1).consumer.close());
            settled(6, List.of(members.get(0), members.get(2)));
            await(members.get(0).consumer.close());
            await(members.get(2).consumer.close());
        }
    }

    @Test
    void aMemberWhoseEventLoopStandsStillLosesItsPartitionsAndComesBack() throws Exception {
        create(4);
        var options = of("g").setSessionTimeoutMillis(1000).setHeartbeatMillis(100);
        var stalled = new Member(options);
        var other = new Member(options).process();
        var release = new CountDownLatch(1);
        var isStalled = new CountDownLatch(1);
        stalled.consumer.process(record -> {
            if (record.value().equals("poison")) {
                isStalled.countDown();
                try {
                    assertThat(release.await(60, TimeUnit.SECONDS)).isTrue();
                } catch (InterruptedException end) {
                    Thread.currentThread().interrupt();
                }
            }
            stalled.seen.add(record.value());
            return Future.succeededFuture();
        });
        settled(4, List.of(stalled, other));
        int partition = stalled.owned().get(0);
        var producer = broker.producer("orders", Codec.string());
        await(producer.send(OutgoingRecord.<String, String>of("poison").toPartition(partition)));
        assertThat(isStalled.await(20, TimeUnit.SECONDS)).isTrue();

        settled(4, List.of(other));
        Awaitility.await().until(() -> other.seen.contains("poison"));
        Awaitility.await().until(() -> committed("g", partition) == 1);
        release.countDown();
        Awaitility.await().until(() -> stalled.lost.size() == 1);
        settled(4, List.of(stalled, other));
        assertThat(committed("g", partition)).isEqualTo(1);
    }

    @Test
    void aHandlerThatIsTooSlowLosesItsPartitionsUnlessItExtends() throws Exception {
        create(2);
        var options = of("g").setProcessingTimeoutMillis(400).setHeartbeatMillis(50);
        var slow = new Member(options);
        var answers = new ConcurrentHashMap<String, Promise<Void>>();
        var extensions = new AtomicInteger();
        slow.consumer.process(record -> {
            slow.seen.add(record.value());
            var answer = Promise.<Void>promise();
            answers.put(record.value(), answer);
            if (record.value().equals("alive")) {
                vertx.setPeriodic(100, tick -> {
                    if (answer.future().isComplete()) vertx.cancelTimer(tick);
                    else
                        slow.consumer.extend(record).onSuccess(done -> {
                            if (done) extensions.incrementAndGet();
                        });
                });
            }
            return answer.future();
        });
        settled(2, List.of(slow));
        var producer = broker.producer("orders", Codec.string());
        await(producer.send(OutgoingRecord.<String, String>of("alive").toPartition(0)));
        Awaitility.await().until(() -> extensions.get() >= 8);
        assertThat(slow.lost).isEmpty();
        answers.get("alive").complete();
        Awaitility.await().until(() -> committed("g", 0) == 1);

        await(producer.send(OutgoingRecord.<String, String>of("stuck").toPartition(0)));
        Awaitility.await().until(() -> slow.lost.size() == 1);
        assertThat(slow.owned()).isEmpty();
        var other = new Member(options).process();
        settled(2, List.of(other));
        Awaitility.await().until(() -> committed("g", 0) == 2);
        assertThat(other.seen).containsExactly("stuck");

        // What ends late changes nothing, and the member is back.
        answers.get("stuck").complete();
        settled(2, List.of(slow, other));
        assertThat(committed("g", 0)).isEqualTo(2);
    }

    @Test
    void aWorkerThatIsBusyForLongerThanTheSessionStaysAMember() throws Exception {
        create(1);
        var options = of("g").setSessionTimeoutMillis(1000).setHeartbeatMillis(100);
        var lost = new CopyOnWriteArrayList<List<Integer>>();
        var attempts = new AtomicInteger();
        vertx.deployVerticle(
                in -> {
                    broker.consumer(options, Codec.string(), Codec.string())
                            .lostHandler(lost::add)
                            .process(record -> {
                                attempts.incrementAndGet();
                                try {
                                    Thread.sleep(2500);
                                } catch (InterruptedException end) {
                                    Thread.currentThread().interrupt();
                                }
                                return Future.succeededFuture();
                            });
                    return Future.succeededFuture();
                },
                new DeploymentOptions().setThreadingModel(ThreadingModel.WORKER));
        send(1, 0, 1);
        Awaitility.await().until(() -> committed("g", 0) == 1);
        assertThat(lost).isEmpty();
        assertThat(attempts.get()).isEqualTo(1);
    }

    @Test
    void aPausedMemberIsNotExpelledAndReadsNothing() throws Exception {
        create(2);
        var member = new Member(
                of("g").setSessionTimeoutMillis(1000).setHeartbeatMillis(100).setProcessingTimeoutMillis(500));
        member.consumer.pause();
        member.process();
        settled(2, List.of(member));
        send(2, 0, 100);
        Awaitility.await().during(Duration.ofMillis(1800)).until(() -> member.seen.isEmpty());
        assertThat(member.lost).isEmpty();
        assertThat(member.owned()).containsExactly(0, 1);
        member.consumer.fetch(7);
        Awaitility.await().until(() -> member.seen.size() == 7);
        member.consumer.resume();
        Awaitility.await().until(() -> member.seen.size() == 100);
    }

    @Test
    void partitionsThatAreAddedAreShared() throws Exception {
        create(2);
        var members = members(2, of("g"));
        for (var member : members) member.process();
        settled(2, members);
        await(broker.addPartitions("orders", 6));
        settled(6, members);
        for (var member : members) assertThat(member.owned()).hasSize(3);
        send(6, 0, 60);
        Awaitility.await().until(() -> total(members) == 60);
    }

    @Test
    void whereNothingIsCommittedTheOptionsSayWhereToBegin() throws Exception {
        create(1);
        send(1, 0, 100);
        for (var start : Map.of("earliest", 100, "latest", 0, "last:10", 10, "offset:40", 60)
                .entrySet()) {
            var member =
                    new Member(of(start.getKey().replace(':', '-')).setFrom(Position.parse(start.getKey()))).process();
            settled(1, List.of(member));
            Awaitility.await().until(() -> member.seen.size() == start.getValue());
            await(member.consumer.close());
        }
        // Whoever stood at the latest record and went away has not forgotten it.
        send(1, 100, 5);
        var latest = new Member(of("latest").setFrom(Position.latest())).process();
        Awaitility.await().until(() -> latest.seen.size() == 5);
    }

    @Test
    void commitsByHandSayWhatIsDone() throws Exception {
        create(1);
        send(1, 0, 10);
        var member = new Member(of("g"));
        member.consumer.pause();
        member.consumer.handler(record -> member.seen.add(record.value()));
        settled(1, List.of(member));
        assertThat(await(member.consumer.committed(0))).isNull();
        member.consumer.fetch(6);
        Awaitility.await().until(() -> member.seen.size() == 6);
        Awaitility.await().during(Duration.ofMillis(100)).until(() -> committed("g", 0) == -1);
        await(member.consumer.commit());
        assertThat(await(member.consumer.committed(0))).isEqualTo(6);
        assertThat(await(member.consumer.position(0))).isEqualTo(6);
        await(member.consumer.commit(0, 3));
        assertThat(await(member.consumer.committed(0))).isEqualTo(3);
        await(member.consumer.seek(0, 1));
        member.consumer.fetch(1);
        Awaitility.await().until(() -> member.seen.size() == 7);
        assertThat(member.seen.get(6)).isEqualTo("1");
        await(member.consumer.close());

        var next = new Member(of("g").setAutoCommit(true));
        next.consumer.handler(record -> next.seen.add(record.value()));
        Awaitility.await().until(() -> next.seen.size() == 7);
        Awaitility.await().until(() -> committed("g", 0) == 10);
        assertThat(next.seen.get(0)).isEqualTo("3");

        assertThat(refusalOf(next.consumer.commit(5, 1))).isEqualTo(Refusal.INVALID_ARGUMENT);
        var alone = broker.consumer("orders", Codec.string());
        assertThat(refusalOf(alone.commit())).isEqualTo(Refusal.INVALID_ARGUMENT);
        assertThatThrownBy(() -> broker.consumer(of("g").setPartitions(List.of(0)), Codec.string(), Codec.string()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the group decides");
    }

    @Test
    void keysAreProcessedInOrderWhileOthersOverlap() throws Exception {
        create(2);
        send(2, 0, 1000);
        var member = new Member(of("g").setOrder(ProcessingOrder.KEY).setConcurrency(32));
        var last = new ConcurrentHashMap<String, Integer>();
        var running = new AtomicInteger();
        var most = new AtomicInteger();
        var wrong = new CopyOnWriteArrayList<String>();
        member.consumer.process(record -> {
            int value = Integer.parseInt(record.value());
            var key = record.partition() + record.key();
            var before = last.put(key, value);
            if (before != null && before >= value) wrong.add(key + " " + before + " before " + value);
            most.accumulateAndGet(running.incrementAndGet(), Math::max);
            var done = Promise.<Void>promise();
            vertx.setTimer(1 + value % 5, tick -> {
                running.decrementAndGet();
                member.seen.add(record.value());
                done.complete();
            });
            return done.future();
        });
        Awaitility.await().until(() -> member.seen.size() == 1000);
        assertThat(wrong).isEmpty();
        assertThat(most.get()).isBetween(2, 32);
        Awaitility.await().until(() -> committed("g", 0) == 500 && committed("g", 1) == 500);
    }

    @Test
    void aConsumerThatLeavesTakesItsWaitingReadsAlong() throws Exception {
        create(3);
        var member = new Member(of("g").setMaxWaitMillis(600_000)).process();
        Awaitility.await().until(() -> counter.reads.get() == 3);
        assertThat(counter.answers.get()).isZero();
        await(member.consumer.close());
        Awaitility.await().until(() -> counter.answers.get() == 3);
    }
}
