package io.millrace.broker.client;

import static io.millrace.model.Refusal.ACK_TIMEOUT;
import static io.millrace.model.Refusal.CLOSED;
import static io.millrace.model.Refusal.ILLEGAL_GENERATION;
import static io.millrace.model.Refusal.PARTITION_NOT_FOUND;

import io.millrace.ConsumerOptions;
import io.millrace.group.Assignor;
import io.millrace.group.Assignors;
import io.millrace.group.Claim;
import io.millrace.group.ConsumerProtocol;
import io.millrace.group.Groups;
import io.millrace.group.JoinRequest;
import io.millrace.group.Joined;
import io.millrace.group.OffsetToCommit;
import io.millrace.group.Protocol;
import io.millrace.group.SyncRequest;
import io.millrace.group.Synced;
import io.millrace.group.TopicPartition;
import io.millrace.model.MillraceException;
import io.millrace.model.Refusal;
import io.millrace.time.Timers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One member of a group that follows one topic: joins, says that it lives, joins again when the group divides its
 * partitions anew, commits, leaves. The client's side of Kafka's classic protocol, with the rules of KIP-429 where all
 * assignors are cooperative. Knows no Vert.x; for one thread. Ring 1.
 *
 * <p>Invariant: {@code owned} is what this member may process; it shrinks only when the listener has given back or has
 * been told of the loss, and a commit names nothing else.
 */
final class GroupMember {
    private static final Logger LOG = LoggerFactory.getLogger(GroupMember.class);
    private static final int MOST_COMMIT_ATTEMPTS = 5;
    private static final Backoff BACKOFF =
            new Backoff(50, 2000, () -> ThreadLocalRandom.current().nextDouble());

    /** Whom the partitions are for. */
    interface Listener {
        /** These are owned now; none if the first generation gave nothing. */
        void assigned(Set<Integer> partitions);

        /** These are to be given back; completes when nobody works on them any more. */
        Future<Void> revoke(Set<Integer> partitions);

        /** These belong to somebody else already, perhaps. */
        void lost(Set<Integer> partitions);

        /** The group does not take this member. */
        void failed(Throwable cause);
    }

    private final Groups groups;
    private final Timers timers;
    private final Heart heart;
    private final Listener listener;
    private final Function<String, Future<Integer>> partitionsOf;
    private final ConsumerOptions options;
    private final String group;
    private final String topic;
    private final @Nullable String instanceId;
    private final List<Assignor> assignors;
    private final boolean isCooperative;

    private final TreeSet<Integer> owned = new TreeSet<>();
    /** What is being given back at the moment; still owned. */
    private final TreeSet<Integer> revoking = new TreeSet<>();
    /** What the last generation gave. */
    private Set<Integer> given = Set.of();

    private String memberId = "";
    private @Nullable Claim claim;
    /** From the sending of a join until the answer to the sync: nothing can be committed. */
    private boolean isAway;

    private boolean isJoining;
    private boolean isToJoinAgain;
    private boolean isEnded;
    private boolean hasBegun;
    /** Rises when everything was lost; what was begun before means nothing after. */
    private int life;

    private int failures;
    private Promise<Void> back = Promise.promise();
    private Timers.@Nullable Timer retry;

    GroupMember(
            Groups groups,
            Timers timers,
            ConsumerOptions options,
            Function<String, Future<Integer>> partitionsOf,
            Heart heart,
            Listener listener) {
        this.groups = groups;
        this.heart = heart;
        this.timers = timers;
        this.options = options;
        this.group = Objects.requireNonNull(options.getGroup());
        this.topic = Objects.requireNonNull(options.getTopic());
        this.instanceId = options.getGroupInstanceId();
        this.assignors = options.getAssignors().stream()
                .map(name -> Objects.requireNonNull(Assignors.named(name)))
                .toList();
        this.isCooperative = assignors.stream().allMatch(Assignor::isCooperative);
        this.partitionsOf = partitionsOf;
        this.listener = listener;
    }

    /** What this member may process. */
    Set<Integer> owned() {
        return owned;
    }

    /** Joins; or, while that is under way, once more after it. */
    void join() {
        if (isEnded) return;
        if (isJoining) {
            isToJoinAgain = true;
            return;
        }
        isJoining = true;
        isToJoinAgain = false;
        int mine = life;
        var ready = isCooperative ? Future.<Void>succeededFuture() : giveBack(Set.copyOf(owned));
        ready.transform(done -> enter(mine)).onComplete(entered -> {
            if (mine != life) return;
            isJoining = false;
            if (entered.succeeded()) begin(entered.result());
            else refused(entered.cause());
        });
    }

    /** From the join to the own share. */
    private Future<Set<Integer>> enter(int mine) {
        if (mine != life) return overtaken();
        isAway = true;
        heart.stop();
        return groups.join(request())
                .compose(joined ->
                        joined.isMemberIdRequired() ? comeAgain(mine, joined) : Future.succeededFuture(joined))
                .compose(joined -> {
                    if (mine != life) {
                        if (instanceId == null) leaveAs(joined.memberId());
                        return overtaken();
                    }
                    memberId = joined.memberId();
                    claim = joined.claim(instanceId);
                    return divide(joined).compose(shares -> sync(mine, joined, shares));
                })
                .map(this::share);
    }

    private Future<Joined> comeAgain(int mine, Joined known) {
        if (mine != life) return overtaken();
        memberId = known.memberId();
        return groups.join(request());
    }

    private Future<Synced> sync(int mine, Joined joined, Map<String, ByteBuffer> shares) {
        var speaking = claim;
        if (mine != life || speaking == null) return overtaken();
        return groups.sync(new SyncRequest(group, speaking, ConsumerProtocol.TYPE, joined.protocol(), shares));
    }

    private Set<Integer> share(Synced synced) {
        var share = new TreeSet<Integer>();
        for (var each : ConsumerProtocol.decodeAssignment(synced.assignment()).partitions()) {
            if (each.topic().equals(topic)) share.add(each.partition());
        }
        return share;
    }

    private static <T> Future<T> overtaken() {
        return Future.failedFuture(ILLEGAL_GENERATION.because("the member has left that generation already"));
    }

    private JoinRequest request() {
        int generation = claim == null ? -1 : claim.generation();
        var protocols = new ArrayList<Protocol>();
        for (var assignor : assignors) {
            var subscription = new ConsumerProtocol.Subscription(
                    List.of(topic), assignor.userData(named(given), generation), named(owned), generation, null);
            protocols.add(new Protocol(assignor.name(), ConsumerProtocol.encode(subscription)));
        }
        return new JoinRequest(
                group,
                memberId,
                instanceId,
                "millrace",
                LocalMembers.HOST,
                ConsumerProtocol.TYPE,
                protocols,
                options.getSessionTimeoutMillis(),
                options.getProcessingTimeoutMillis(),
                false);
    }

    private List<TopicPartition> named(Collection<Integer> partitions) {
        return partitions.stream()
                .map(partition -> new TopicPartition(topic, partition))
                .toList();
    }

    /** What the leader does for everybody; the others bring nothing. */
    private Future<Map<String, ByteBuffer>> divide(Joined joined) {
        if (!joined.isLeader() || joined.skipAssignment()) return Future.succeededFuture(Map.of());
        var assignor = Objects.requireNonNull(Assignors.named(Objects.requireNonNull(joined.protocol())));
        var members = new HashMap<String, Assignor.Subscriber>();
        var counts = new HashMap<String, Future<Integer>>();
        for (var member : joined.members()) {
            var subscription = ConsumerProtocol.decodeSubscription(member.metadata());
            members.put(member.memberId(), new Assignor.Subscriber(subscription, member.instanceId()));
            for (var each : subscription.topics()) counts.computeIfAbsent(each, partitionsOf);
        }
        return Future.all(List.copyOf(counts.values())).map(all -> {
            var partitions = new HashMap<String, Integer>();
            counts.forEach((name, count) -> {
                if (count.result() > 0) partitions.put(name, count.result());
            });
            var shares = new HashMap<String, ByteBuffer>();
            assignor.assign(partitions, members)
                    .forEach((member, share) ->
                            shares.put(member, ConsumerProtocol.encode(ConsumerProtocol.Assignment.of(share))));
            return shares;
        });
    }

    /** A generation has begun; {@code share} is what it gives to this member. */
    private void begin(Set<Integer> share) {
        isAway = false;
        failures = 0;
        given = share;
        boolean isFirst = !hasBegun;
        hasBegun = true;
        startBeating();
        awaitRebalance();
        var added = new TreeSet<>(share);
        added.removeAll(owned);
        var surplus = new TreeSet<>(owned);
        surplus.removeAll(share);
        surplus.removeAll(revoking);
        owned.addAll(added);
        int mine = life;
        if (isFirst || !added.isEmpty()) listener.assigned(added);
        back.tryComplete();
        back = Promise.promise();
        if (mine == life && !surplus.isEmpty()) moveAway(surplus);
        if (mine == life && isToJoinAgain) join();
    }

    /** These go to others, in the next generation. */
    private void moveAway(Set<Integer> surplus) {
        int mine = life;
        giveBack(surplus).onComplete(done -> {
            if (mine != life) return;
            var again = new TreeSet<>(surplus);
            again.retainAll(given);
            owned.addAll(again);
            if (!again.isEmpty()) listener.assigned(again);
            if (mine == life && again.size() < surplus.size()) join();
        });
    }

    private Future<Void> giveBack(Set<Integer> those) {
        if (those.isEmpty()) return Future.succeededFuture();
        int mine = life;
        revoking.addAll(those);
        return listener.revoke(those).transform(done -> {
            if (mine == life) {
                revoking.removeAll(those);
                owned.removeAll(those);
            }
            return Future.succeededFuture();
        });
    }

    private void startBeating() {
        var speaking = claim;
        if (speaking == null) return;
        heart.start(speaking, cause -> {
            if (isStill(speaking)) refusedAsMember(cause);
        });
    }

    private void awaitRebalance() {
        var speaking = claim;
        if (speaking == null) return;
        groups.awaitRebalance(group, speaking).onComplete(woken -> {
            if (!isStill(speaking) || isJoining) return;
            if (woken.succeeded()) join();
            else refusedAsMember(woken.cause());
        });
    }

    @SuppressWarnings("ReferenceEquality") // each join gives a claim of its own
    private boolean isStill(Claim speaking) {
        return claim == speaking && !isAway && !isEnded;
    }

    /** What becomes of a member that was refused something that members may do. */
    private void refusedAsMember(Throwable cause) {
        switch (refusalOf(cause)) {
            case REBALANCE_IN_PROGRESS -> {
                if (!isJoining) join();
            }
            case UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION -> {
                loseAll(cause);
                join();
            }
            case FENCED_INSTANCE_ID -> fail(cause);
            default -> LOG.debug("{}: a heartbeat was refused, the next may do better: {}", this, cause.getMessage());
        }
    }

    /** Joining did not succeed. */
    private void refused(Throwable cause) {
        switch (refusalOf(cause)) {
            case REBALANCE_IN_PROGRESS -> joinIn(failures == 0 ? 0 : BACKOFF.afterAttempts(failures));
            case UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION -> {
                loseAll(cause);
                joinIn(failures == 0 ? 0 : BACKOFF.afterAttempts(failures));
            }
            default -> {
                // The partition that holds the groups may be about to open.
                if (!refusalOf(cause).retryable() && refusalOf(cause) != PARTITION_NOT_FOUND) {
                    fail(cause);
                    return;
                }
                joinIn(BACKOFF.afterAttempts(failures + 1));
            }
        }
        failures++;
    }

    private static Refusal refusalOf(Throwable cause) {
        return cause instanceof MillraceException refusal ? refusal.refusal() : Refusal.INVALID_ARGUMENT;
    }

    private void joinIn(long millis) {
        if (retry != null) retry.cancel();
        retry = timers.after(millis, this::join);
    }

    private void fail(Throwable cause) {
        if (isEnded) return;
        loseAll(cause);
        end();
        listener.failed(cause);
    }

    /** Others may own everything already. Under which id this member comes back depends on why. */
    private void loseAll(Throwable why) {
        if (!owned.isEmpty()) LOG.warn("{}: lost partitions {}: {}", this, owned, why.getMessage());
        boolean isUnknown = refusalOf(why) != ILLEGAL_GENERATION;
        forgetGeneration();
        if (isUnknown) memberId = "";
        if (owned.isEmpty()) return;
        var gone = new TreeSet<>(owned);
        owned.clear();
        listener.lost(gone);
    }

    private void forgetGeneration() {
        life++;
        isJoining = false;
        isToJoinAgain = false;
        isAway = true;
        claim = null;
        given = Set.of();
        revoking.clear();
        heart.stop();
        if (retry != null) retry.cancel();
        retry = null;
    }

    /** Commits positions of partitions that are owned; during a rebalance when it is over. */
    Future<Void> commit(Map<Integer, Long> positions) {
        return commit(positions, life, 1);
    }

    private Future<Void> commit(Map<Integer, Long> positions, int mine, int attempt) {
        if (positions.isEmpty()) return Future.succeededFuture();
        var offsets = new HashMap<TopicPartition, OffsetToCommit>();
        positions.forEach((partition, position) -> {
            if (owned.contains(partition)) {
                offsets.put(new TopicPartition(topic, partition), OffsetToCommit.of(position));
            }
        });
        if (mine != life || offsets.isEmpty()) {
            return Future.failedFuture(ILLEGAL_GENERATION.because(
                    "partitions " + positions.keySet() + " of " + topic + " belong to another member of " + group));
        }
        var speaking = claim;
        if (isAway || speaking == null) {
            return back.future().compose(returned -> commit(positions, mine, attempt));
        }
        return groups.commit(group, speaking, offsets)
                .recover(cause -> commitRefused(positions, mine, attempt, speaking, cause));
    }

    @SuppressWarnings("ReferenceEquality") // each join gives a claim of its own
    private Future<Void> commitRefused(
            Map<Integer, Long> positions, int mine, int attempt, Claim speaking, Throwable cause) {
        if (mine != life || attempt >= MOST_COMMIT_ATTEMPTS) return Future.failedFuture(cause);
        var refusal = refusalOf(cause);
        if (claim != speaking) return commit(positions, mine, attempt + 1);
        if (refusal.retryable() || refusal == ACK_TIMEOUT) {
            var again = Promise.<Void>promise();
            timers.after(BACKOFF.afterAttempts(attempt), () -> commit(positions, mine, attempt + 1)
                    .onComplete(again));
            return again.future();
        }
        refusedAsMember(cause);
        return refusal == Refusal.REBALANCE_IN_PROGRESS
                ? back.future().compose(returned -> commit(positions, mine, attempt + 1))
                : Future.failedFuture(cause);
    }

    /** What the group has committed of partitions of the topic; absent where nothing is. */
    Future<Map<Integer, Long>> committed(Collection<Integer> partitions) {
        return groups.committed(group, named(partitions)).map(found -> {
            var positions = new HashMap<Integer, Long>();
            found.forEach((partition, committed) -> positions.put(partition.partition(), committed.offset()));
            return positions;
        });
    }

    /** Gives everything up at once, without being able to commit; {@link #join} comes back. */
    void stepOut(MillraceException why) {
        if (isEnded) return;
        var known = memberId;
        loseAll(why);
        memberId = "";
        leaveAs(known);
    }

    /** Leaves for good. Whatever was to be committed has been. */
    Future<Void> leave() {
        if (isEnded) return Future.succeededFuture();
        var known = memberId;
        end();
        return instanceId != null ? Future.succeededFuture() : leaveAs(known);
    }

    private void end() {
        forgetGeneration();
        isEnded = true;
        owned.clear();
        back.tryFail(CLOSED.because("the member has left the group " + group));
    }

    /** The session would end it too, only later; so whether it succeeds does not matter. */
    private Future<Void> leaveAs(String known) {
        if (known.isEmpty() && instanceId == null) return Future.succeededFuture();
        var who = new Groups.Leaving(instanceId == null ? known : "", instanceId);
        return groups.leave(group, List.of(who)).<Void>mapEmpty().otherwiseEmpty();
    }

    @Override
    public String toString() {
        return "member " + (memberId.isEmpty() ? "(new)" : memberId) + " of group " + group + " for " + topic;
    }
}
