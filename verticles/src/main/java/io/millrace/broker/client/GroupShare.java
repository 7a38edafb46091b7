package io.millrace.broker.client;

import static io.millrace.model.Refusal.INVALID_ARGUMENT;
import static io.millrace.model.Refusal.PARTITION_NOT_FOUND;
import static io.millrace.model.Refusal.TOPIC_NOT_FOUND;

import io.millrace.ConsumerOptions;
import io.millrace.Position;
import io.millrace.model.MillraceException;
import io.millrace.time.Timers;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The share of a consumer in its group: begins where the group has committed, commits what is done, in the background and
 * before anything is given back, and tells the user about both. For one thread; ring 1, but for the handlers it calls.
 */
final class GroupShare implements PartitionSource, GroupMember.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(GroupShare.class);
    private static final Backoff BACKOFF =
            new Backoff(50, 2000, () -> ThreadLocalRandom.current().nextDouble());

    /** The consumer whose share it is. */
    interface Host {
        Progress progress();

        /** Whether what is done is committed without being asked for. */
        boolean isCommitting();

        /** Whether nothing is being processed, also nothing of partitions that were lost. */
        boolean isQuiet();

        void failed(Throwable cause);
    }

    private final Surroundings surroundings;
    private final Owner owner;
    private final Timers timers;
    private final ConsumerOptions options;
    private final StartPositions positions;
    private final Delivery delivery;
    private final Host host;
    private final GroupMember member;
    private final String topic;
    private final Promise<Void> begun = Promise.promise();

    /** Partitions that were assigned and whose beginning is being looked for; what is found for another object is late. */
    private final Map<Integer, Object> placing = new HashMap<>();
    /** Partitions that are worked on and of which the user knows, each with an object for the time that it is here. */
    private final TreeMap<Integer, Object> told = new TreeMap<>();

    private @Nullable Handler<List<Integer>> assignedHandler;
    private @Nullable Function<List<Integer>, Future<Void>> revokedHandler;
    private @Nullable Handler<List<Integer>> lostHandler;
    private Timers.@Nullable Timer nextCommit;
    private boolean isOut;
    private boolean isEnded;
    private int failures;

    GroupShare(
            Surroundings surroundings,
            Owner owner,
            ConsumerOptions options,
            StartPositions positions,
            Delivery delivery,
            Host host) {
        this.surroundings = surroundings;
        this.owner = owner;
        this.timers = surroundings.timers(owner.context());
        this.options = options;
        this.positions = positions;
        this.delivery = delivery;
        this.host = host;
        this.topic = Objects.requireNonNull(options.getTopic());
        var groups = surroundings.groups();
        var heart = new Heart(
                groups,
                Objects.requireNonNull(options.getGroup()),
                surroundings.timers(owner.loopContext()),
                options.getHeartbeatMillis(),
                options.getProcessingTimeoutMillis(),
                owner::run);
        this.member = new GroupMember(groups, timers, options, this::partitionsOf, heart, this);
    }

    private Future<Integer> partitionsOf(String name) {
        return surroundings.route(name).map(TopicRoute::partitions).recover(cause -> {
            boolean isMissing = cause instanceof MillraceException refusal && refusal.refusal() == TOPIC_NOT_FOUND;
            return isMissing ? Future.succeededFuture(0) : Future.failedFuture(cause);
        });
    }

    void assignedHandler(@Nullable Handler<List<Integer>> handler) {
        assignedHandler = handler;
        if (handler != null && !told.isEmpty()) owner.call(handler, List.copyOf(told.keySet()));
    }

    void revokedHandler(@Nullable Function<List<Integer>, Future<Void>> handler) {
        revokedHandler = handler;
    }

    void lostHandler(@Nullable Handler<List<Integer>> handler) {
        lostHandler = handler;
    }

    @Override
    public Future<Void> begin(TopicRoute found) {
        delivery.route(found);
        member.join();
        commitLater();
        return begun.future();
    }

    @Override
    public void assigned(Set<Integer> partitions) {
        if (isEnded) return;
        if (partitions.isEmpty()) {
            begun.tryComplete();
            return;
        }
        var token = new Object();
        for (int partition : partitions) placing.put(partition, token);
        place(partitions, token);
    }

    /** Finds where to begin, and begins with those partitions that were not taken away meanwhile. */
    private void place(Set<Integer> partitions, Object token) {
        surroundings
                .route(topic)
                .compose(now -> {
                    delivery.route(now);
                    return member.committed(partitions).compose(known -> place(now, partitions, known));
                })
                .onComplete(placed -> {
                    if (isEnded) return;
                    if (placed.succeeded()) {
                        failures = 0;
                        start(placed.result(), token);
                    } else if (mayBeBetterLater(placed.cause())) {
                        timers.after(BACKOFF.afterAttempts(++failures), () -> {
                            var left = new TreeSet<>(partitions);
                            left.removeIf(partition -> !placing.remove(partition, token));
                            if (!left.isEmpty()) assigned(left);
                        });
                    } else {
                        host.failed(placed.cause());
                    }
                });
    }

    private static boolean mayBeBetterLater(Throwable cause) {
        return cause instanceof MillraceException refusal
                && (refusal.refusal().retryable() || refusal.refusal() == PARTITION_NOT_FOUND);
    }

    private Future<List<PartitionCursor>> place(TopicRoute now, Set<Integer> partitions, Map<Integer, Long> known) {
        var cursors = new ArrayList<PartitionCursor>();
        known.forEach(
                (partition, offset) -> cursors.add(new PartitionCursor(partition, offset, PartitionCursor.NO_END)));
        var others = new TreeSet<>(partitions);
        others.removeAll(known.keySet());
        return positions.find(now, others, options.getFrom()).compose(found -> {
            cursors.addAll(found);
            return remember(found).map(cursors);
        });
    }

    /**
     * A beginning that depends on the moment is committed: whoever gets the partition before anything of it is done must
     * not look for it again, or would miss what came in between.
     */
    private Future<Void> remember(List<PartitionCursor> found) {
        if (found.isEmpty() || options.getFrom().kind() == Position.Kind.EARLIEST) return Future.succeededFuture();
        var beginnings = new HashMap<Integer, Long>();
        for (var cursor : found) beginnings.put(cursor.partition(), cursor.next());
        return member.commit(beginnings).otherwiseEmpty();
    }

    private void start(List<PartitionCursor> cursors, Object token) {
        var mine = new ArrayList<PartitionCursor>();
        for (var cursor : cursors) if (placing.remove(cursor.partition(), token)) mine.add(cursor);
        begun.tryComplete();
        if (mine.isEmpty()) return;
        var partitions = mine.stream().map(PartitionCursor::partition).sorted().toList();
        for (int partition : partitions) told.put(partition, token);
        for (var cursor : mine) delivery.add(cursor);
        if (assignedHandler != null) owner.call(assignedHandler, partitions);
    }

    @Override
    public Future<Void> revoke(Set<Integer> partitions) {
        placing.keySet().removeAll(partitions);
        var working = new TreeMap<>(told);
        working.keySet().retainAll(partitions);
        if (working.isEmpty()) return Future.succeededFuture();
        for (int partition : working.keySet()) delivery.remove(partition);
        return host.progress()
                .drain(working.keySet())
                .compose(drained -> settle(working.keySet()))
                .onComplete(settled -> forget(working));
    }

    /** Commits what is done of these partitions, and lets the user do the same. */
    private Future<Void> settle(Collection<Integer> partitions) {
        var asked = new TreeSet<>(partitions);
        asked.retainAll(told.keySet());
        return commitDone(asked).transform(committed -> {
            if (committed.failed()) {
                LOG.warn(
                        "{}: what is done of {} is not committed: {}",
                        this,
                        asked,
                        committed.cause().getMessage());
            }
            asked.retainAll(told.keySet());
            if (revokedHandler == null || asked.isEmpty()) return Future.succeededFuture();
            return askUser(List.copyOf(asked), revokedHandler);
        });
    }

    private Future<Void> askUser(List<Integer> partitions, Function<List<Integer>, Future<Void>> handler) {
        try {
            return handler.apply(partitions).otherwiseEmpty();
        } catch (RuntimeException | Error thrown) {
            owner.report(thrown);
            return Future.succeededFuture();
        }
    }

    private Future<Void> commitDone(Collection<Integer> partitions) {
        if (!host.isCommitting()) return Future.succeededFuture();
        var done = new HashMap<>(host.progress().uncommitted());
        done.keySet().retainAll(partitions);
        return commit(done);
    }

    private void forget(Map<Integer, Object> partitions) {
        partitions.forEach((partition, token) -> {
            if (told.remove(partition, token)) host.progress().forget(partition);
        });
    }

    @Override
    public void lost(Set<Integer> partitions) {
        placing.keySet().removeAll(partitions);
        var gone = new TreeMap<>(told);
        gone.keySet().retainAll(partitions);
        for (int partition : gone.keySet()) delivery.remove(partition);
        forget(gone);
        if (lostHandler != null && !gone.isEmpty()) owner.call(lostHandler, List.copyOf(gone.keySet()));
    }

    @Override
    public void failed(Throwable cause) {
        begun.tryFail(cause);
        host.failed(cause);
    }

    private void commitLater() {
        nextCommit = timers.after(options.getCommitIntervalMillis(), () -> commitDone(told.keySet())
                .onComplete(done -> {
                    if (done.failed())
                        LOG.debug(
                                "{}: a commit failed, the next may do better: {}",
                                this,
                                done.cause().getMessage());
                    if (!isEnded) commitLater();
                }));
    }

    /** Commits everything that is done. */
    Future<Void> commit() {
        return commit(host.progress().uncommitted());
    }

    /** Commits one position, whatever is done. */
    Future<Void> commit(int partition, long offset) {
        if (!told.containsKey(partition)) {
            return Future.failedFuture(INVALID_ARGUMENT.because("partition " + partition + " of " + topic
                    + " is not assigned to this consumer; it has " + told.keySet()));
        }
        return commit(Map.of(partition, offset));
    }

    private Future<Void> commit(Map<Integer, Long> done) {
        if (done.isEmpty()) return Future.succeededFuture();
        return member.commit(done).onSuccess(committed -> done.forEach(host.progress()::committed));
    }

    Future<@Nullable Long> committed(int partition) {
        return member.committed(List.of(partition)).map(known -> known.get(partition));
    }

    /** A record takes longer than it may: the group shall not wait for it, and this member comes back when it is done. */
    void stepOut(MillraceException why) {
        if (isEnded || isOut) return;
        isOut = true;
        member.stepOut(why);
    }

    /** A record is not being processed any more. */
    void moved() {
        if (!isOut || isEnded || !host.isQuiet()) return;
        isOut = false;
        member.join();
    }

    @Override
    public Future<Void> end() {
        if (isEnded) return Future.succeededFuture();
        isEnded = true;
        if (nextCommit != null) nextCommit.cancel();
        placing.clear();
        return settle(told.keySet()).transform(settled -> {
            forget(new TreeMap<>(told));
            return member.leave();
        });
    }

    @Override
    public String toString() {
        return member.toString();
    }
}
