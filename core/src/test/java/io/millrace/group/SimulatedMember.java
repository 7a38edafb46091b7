package io.millrace.group;

import io.millrace.group.ConsumerProtocol.Assignment;
import io.millrace.group.ConsumerProtocol.Subscription;
import io.millrace.group.Groups.Leaving;
import io.millrace.model.MillraceException;
import io.millrace.model.Refusal;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/** A member as a client would be one, on a slow network that keeps the order of its requests. */
final class SimulatedMember {
    private static final int SESSION = 10_000;
    static final int PROCESSING = 30_000;
    private static final int HEARTBEAT = 3_000;

    private final GroupWorld world;
    private final Random random;
    private final String name;
    private final String instanceId;
    private final boolean cooperative;
    private final boolean watches;
    private final Set<TopicPartition> owned = new TreeSet<>();
    private final Map<TopicPartition, Long> positions = new HashMap<>();

    private String memberId = "";
    private int generation = -1;
    private long arrival;
    /** Counts joins; what belongs to an earlier one is over. */
    private int turn;

    private long stalledUntil;
    private boolean joining;
    private boolean dead;

    SimulatedMember(GroupWorld world, Random random, String name, String instanceId, boolean cooperative) {
        this.world = world;
        this.random = random;
        this.name = name;
        this.instanceId = instanceId;
        this.cooperative = cooperative;
        this.watches = random.nextBoolean();
    }

    void start() {
        join();
        beat();
        process();
    }

    /** Nothing is heard of it any more. */
    void die() {
        dead = true;
        owned.clear();
    }

    void stall(long millis) {
        stalledUntil = world.time.millis() + millis;
    }

    void leave() {
        if (memberId.isEmpty()) {
            die();
            return;
        }
        var leaving = instanceId == null ? new Leaving(memberId, null) : new Leaving("", instanceId);
        owned.clear();
        call(groups -> groups.leave(GroupWorld.GROUP, List.of(leaving)));
        dead = true;
    }

    boolean dead() {
        return dead;
    }

    Set<TopicPartition> owned() {
        return owned;
    }

    @Override
    public String toString() {
        return name + " as " + memberId + (instanceId == null ? "" : " (" + instanceId + ")") + " in generation "
                + generation + (joining ? ", joining" : "") + (stalled() ? ", stalled" : "") + " with " + owned;
    }

    private boolean stalled() {
        return world.time.millis() < stalledUntil;
    }

    /** Runs when the member is awake, if it still lives. */
    private void awake(Runnable action) {
        if (dead) return;
        if (!stalled()) action.run();
        else world.time.after(Math.min(1_000, stalledUntil - world.time.millis()), () -> awake(action));
    }

    private <T> Future<T> call(Function<Groups, Future<T>> request) {
        var reply = Promise.<T>promise();
        long now = world.time.millis();
        arrival = Math.max(arrival, now + random.nextInt(100));
        world.time.after(arrival - now, () -> request.apply(world.shard).onComplete(result -> {
            world.time.after(random.nextInt(100), () -> awake(() -> reply.handle(result)));
        }));
        return reply.future();
    }

    private Claim claim() {
        return new Claim(generation, memberId, instanceId);
    }

    private String assignor() {
        return cooperative ? "cooperative-sticky" : "sticky";
    }

    /** Joins: a cooperative member keeps what it has, the others give everything back first. */
    private void join() {
        if (dead || joining) return;
        joining = true;
        int mine = ++turn;
        commit().onComplete(committed -> {
            if (mine != turn) return;
            if (!cooperative) owned.clear();
            var subscription = Subscription.of(GroupWorld.TOPICS.keySet(), owned, generation);
            var request = new JoinRequest(
                    GroupWorld.GROUP,
                    memberId,
                    instanceId,
                    name,
                    "here",
                    "consumer",
                    List.of(new Protocol(assignor(), ConsumerProtocol.encode(subscription))),
                    SESSION,
                    PROCESSING,
                    false);
            call(groups -> groups.join(request)).onComplete(joined -> {
                if (mine != turn || dead) return;
                if (joined.failed()) failed(joined.cause());
                else sync(mine, joined.result());
            });
        });
    }

    private void sync(int mine, Joined joined) {
        memberId = joined.memberId();
        generation = joined.generation();
        var shares = new HashMap<String, ByteBuffer>();
        if (joined.isLeader() && !joined.skipAssignment()) {
            divide(joined)
                    .forEach((member, share) -> shares.put(member, ConsumerProtocol.encode(Assignment.of(share))));
        }
        var request = new SyncRequest(GroupWorld.GROUP, claim(), "consumer", joined.protocol(), shares);
        call(groups -> groups.sync(request)).onComplete(synced -> {
            if (mine != turn || dead) return;
            if (synced.failed()) failed(synced.cause());
            else
                take(
                        mine,
                        ConsumerProtocol.decodeAssignment(synced.result().assignment())
                                .partitions());
        });
    }

    private static Map<String, List<TopicPartition>> divide(Joined joined) {
        var members = new TreeMap<String, Assignor.Subscriber>();
        for (var member : joined.members()) {
            members.put(
                    member.memberId(),
                    new Assignor.Subscriber(
                            ConsumerProtocol.decodeSubscription(member.metadata()), member.instanceId()));
        }
        return Assignors.named(joined.protocol()).assign(GroupWorld.TOPICS, members);
    }

    private void take(int mine, List<TopicPartition> share) {
        world.given(generation, memberId, share);
        var revoked = new HashSet<>(owned);
        share.forEach(revoked::remove);
        var added = new ArrayList<>(share);
        added.removeAll(owned);
        // What it has done there is committed before anybody else may have it.
        Future<Void> committed = revoked.isEmpty() ? Future.succeededFuture() : commit();
        committed
                .compose(done -> call(groups -> groups.committed(GroupWorld.GROUP, added)))
                .onComplete(found -> {
                    if (mine != turn || dead) return;
                    joining = false;
                    owned.retainAll(share);
                    if (found.failed()) {
                        failed(found.cause());
                        return;
                    }
                    for (var partition : added) {
                        var offset = found.result().get(partition);
                        positions.put(partition, offset == null ? 0 : offset.offset());
                        owned.add(partition);
                    }
                    if (cooperative && !revoked.isEmpty()) join();
                    else watch(mine);
                });
    }

    private void watch(int mine) {
        if (!watches) return;
        call(groups -> groups.awaitRebalance(GroupWorld.GROUP, claim())).onComplete(told -> {
            if (mine != turn || dead || joining) return;
            if (told.succeeded()) join();
            else failed(told.cause());
        });
    }

    private void beat() {
        if (dead) return;
        world.time.after(HEARTBEAT, () -> awake(this::beat));
        if (memberId.isEmpty()) return;
        int mine = turn;
        call(groups -> groups.heartbeat(GroupWorld.GROUP, claim())).onComplete(beat -> {
            if (beat.failed() && mine == turn && !dead && !joining) failed(beat.cause());
        });
    }

    private void process() {
        if (dead) return;
        world.time.after(4_000 + random.nextInt(30_000), () -> awake(this::process));
        for (var partition : owned) positions.merge(partition, (long) random.nextInt(20), Long::sum);
        if (random.nextBoolean()) commit();
    }

    private Future<Void> commit() {
        if (owned.isEmpty() || memberId.isEmpty()) return Future.succeededFuture();
        var offsets = new HashMap<TopicPartition, OffsetToCommit>();
        for (var partition : owned) {
            offsets.put(partition, OffsetToCommit.of(positions.get(partition)));
        }
        var as = claim();
        int mine = turn;
        return call(groups -> groups.commit(GroupWorld.GROUP, as, offsets)
                        .onSuccess(done -> world.committed(name, as, offsets)))
                .recover(cause -> {
                    if (mine == turn && !joining && !dead) failed(cause);
                    return Future.succeededFuture();
                });
    }

    private void failed(Throwable cause) {
        joining = false;
        turn++;
        var refusal = cause instanceof MillraceException known ? known.refusal() : null;
        if (refusal == null) {
            world.broken("an answer that is no refusal: " + cause);
            return;
        }
        switch (refusal) {
            case REBALANCE_IN_PROGRESS -> join();
            case UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION -> {
                if (refusal == Refusal.UNKNOWN_MEMBER_ID) memberId = "";
                owned.clear();
                generation = -1;
                join();
            }
            case FENCED_INSTANCE_ID -> die();
            case COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE, DISK_FULL -> later();
            default -> world.broken(name + " did not expect " + refusal);
        }
    }

    private void later() {
        int mine = turn;
        world.time.after(
                100,
                () -> awake(() -> {
                    if (mine == turn) join();
                }));
    }
}
