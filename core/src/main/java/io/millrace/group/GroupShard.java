package io.millrace.group;

import static io.millrace.model.Refusal.BUFFER_FULL;
import static io.millrace.model.Refusal.COORDINATOR_LOAD_IN_PROGRESS;
import static io.millrace.model.Refusal.COORDINATOR_NOT_AVAILABLE;
import static io.millrace.model.Refusal.GROUP_NOT_EMPTY;
import static io.millrace.model.Refusal.GROUP_NOT_FOUND;
import static io.millrace.model.Refusal.LIMIT_EXCEEDED;
import static io.millrace.model.Refusal.STORAGE_FAILED;
import static io.millrace.model.Refusal.UNKNOWN_MEMBER_ID;

import io.millrace.group.GroupEvent.GroupRemoved;
import io.millrace.group.GroupEvent.OffsetCommitted;
import io.millrace.group.GroupEvent.OffsetRemoved;
import io.millrace.group.GroupEvent.Recovered;
import io.millrace.group.GroupEvent.Stored;
import io.millrace.model.MillraceException;
import io.millrace.time.Timers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The groups of one internal partition: hosts their machines, writes what must survive, answers when it is durable
 * (durability contract, S9), wakes them in time. On one home thread.
 *
 * <p>Events are applied when they are decided and answers held back until they are written: one write at a time,
 * whatever is decided during a write shares the next. If a write fails, nobody knows any more what is true; the shard
 * forgets everything, refuses whoever waits, and reads its log again.
 */
public final class GroupShard implements Groups {
    private static final Logger LOG = LoggerFactory.getLogger(GroupShard.class);
    private static final int MOST_EXPIRED_AT_ONCE = 1_000;
    private static final long RETRY_MILLIS = 1_000;

    /** One group. */
    private static final class Entry {
        final ConsumerGroup members;
        final OffsetTable offsets;
        /** When the group is looked at next at the latest. */
        long due = Long.MAX_VALUE;

        Entry(String group, GroupOptions options) {
            members = new ConsumerGroup(group, options);
            offsets = new OffsetTable(group, options);
        }
    }

    private record Due(long at, Entry entry) {}

    private final String name;
    private final GroupLog log;
    private final Timers timers;
    private final Supplier<UUID> ids;
    private final GroupOptions options;

    private final Map<String, Entry> groups = new HashMap<>();
    private final Tickets tickets = new Tickets();
    private final PriorityQueue<Due> dues = new PriorityQueue<>((a, b) -> Long.compare(a.at, b.at));

    /** What is to be written; the first is being written if {@link #writing}. */
    private final Deque<Round> rounds = new ArrayDeque<>();

    private @Nullable Round newest;
    private long pendingBytes;
    private boolean writing;
    private boolean pumping;

    /** Answers that may go now. Given outside of all decisions, because whoever gets one may come with a command. */
    private final Queue<Runnable> outbox = new ArrayDeque<>();

    private boolean answering;

    private Timers.@Nullable Timer timer;
    private long timerAt = Long.MAX_VALUE;
    private Timers.@Nullable Timer expiry;
    /** Counts how often the log was read; whatever belongs to an earlier time is over. */
    private int life;

    private boolean loading;
    private boolean closed;
    private final Promise<Void> written = Promise.promise();

    private GroupShard(String name, GroupLog log, Timers timers, Supplier<UUID> ids, GroupOptions options) {
        this.name = name;
        this.log = log;
        this.timers = timers;
        this.ids = ids;
        this.options = options;
    }

    /**
     * Reads the log; completes when the groups are served.
     *
     * @param name for log lines
     * @param ids makes member ids that nobody can guess
     */
    public static Future<GroupShard> open(
            String name, GroupLog log, Timers timers, Supplier<UUID> ids, GroupOptions options) {
        var shard = new GroupShard(name, log, timers, ids, options);
        return shard.load().map(shard);
    }

    // The way in.

    @Override
    public Future<Joined> join(JoinRequest request) {
        return command(request.group(), true, entry -> {
            checkPending();
            var ticket = tickets.<Joined>issue();
            var newId = newId(request);
            try {
                perform(entry, entry.members.join(request, newId, ticket.number(), now()));
            } catch (MillraceException refusal) {
                tickets.withdraw(ticket.number());
                throw refusal;
            }
            return ticket.future();
        });
    }

    private String newId(JoinRequest request) {
        if (!request.memberId().isEmpty()) return request.memberId();
        var prefix = request.instanceId() != null ? request.instanceId() : request.clientId();
        return (prefix.isEmpty() ? "member" : prefix) + "-" + ids.get();
    }

    @Override
    public Future<Synced> sync(SyncRequest request) {
        return command(request.group(), false, entry -> {
            checkPending();
            var ticket = tickets.<Synced>issue();
            try {
                perform(entry, entry.members.sync(request, ticket.number(), now()));
            } catch (MillraceException refusal) {
                tickets.withdraw(ticket.number());
                throw refusal;
            }
            return ticket.future();
        });
    }

    @Override
    public Future<Void> heartbeat(String group, Claim claim) {
        return command(group, false, entry -> {
            perform(entry, entry.members.heartbeat(claim, now()));
            var called = entry.members.called();
            return called == null ? Future.succeededFuture() : Future.failedFuture(called);
        });
    }

    @Override
    public Future<Void> awaitRebalance(String group, Claim claim) {
        return command(group, false, entry -> {
            var ticket = tickets.<Void>issue();
            try {
                perform(entry, entry.members.watch(claim, ticket.number()));
            } catch (MillraceException refusal) {
                tickets.withdraw(ticket.number());
                throw refusal;
            }
            return ticket.future();
        });
    }

    @Override
    public Future<List<Left>> leave(String group, List<Leaving> members) {
        return command(group, false, entry -> {
            var left = new ArrayList<Left>();
            for (var leaving : members) {
                try {
                    perform(entry, entry.members.leave(leaving, now()));
                    left.add(new Left(leaving, null));
                } catch (MillraceException refusal) {
                    left.add(new Left(leaving, refusal.refusal()));
                }
            }
            advance(entry);
            return held(List.copyOf(left));
        });
    }

    @Override
    public Future<Void> commit(String group, Claim claim, Map<TopicPartition, OffsetToCommit> offsets) {
        return command(group, claim.isNobody(), entry -> {
            checkPending();
            var now = now();
            var allowed = entry.members.commit(claim, now);
            var decided = entry.offsets.commit(offsets, now);
            perform(entry, decided);
            perform(entry, allowed);
            return held();
        });
    }

    @Override
    public Future<Map<TopicPartition, Committed>> committed(
            String group, @Nullable Collection<TopicPartition> partitions) {
        return query(group, entry -> {
            var all = entry == null ? Map.<TopicPartition, Committed>of() : entry.offsets.offsets();
            if (partitions == null) return held(Map.copyOf(all));
            var found = new HashMap<TopicPartition, Committed>();
            for (var partition : partitions) {
                var committed = all.get(partition);
                if (committed != null) found.put(partition, committed);
            }
            return held(found);
        });
    }

    @Override
    public Future<List<GroupSummary>> list() {
        var refusal = refusesAll();
        if (refusal != null) return Future.failedFuture(refusal);
        var all = new ArrayList<GroupSummary>();
        for (var entry : groups.values()) {
            var group = entry.members;
            all.add(new GroupSummary(group.group(), group.protocolType(), group.state(), group.size()));
        }
        return Future.succeededFuture(all);
    }

    @Override
    public Future<GroupView> describe(String group) {
        return query(group, entry -> {
            if (entry == null) throw notFound(group);
            return held(entry.members.view(entry.offsets.offsets()));
        });
    }

    @Override
    public Future<Void> delete(String group) {
        return query(group, entry -> {
            if (entry == null) throw notFound(group);
            checkEmpty(entry);
            remove(entry);
            pump();
            return held();
        });
    }

    @Override
    public Future<Set<TopicPartition>> deleteOffsets(String group, Collection<TopicPartition> partitions) {
        return query(group, entry -> {
            if (entry == null) throw notFound(group);
            checkEmpty(entry);
            var removed = new HashSet<>(partitions);
            removed.retainAll(entry.offsets.offsets().keySet());
            perform(entry, entry.offsets.remove(partitions));
            pump();
            return held(removed);
        });
    }

    @Override
    public Future<Void> topicChanged(String topic) {
        var refusal = refusesAll();
        if (refusal != null) return Future.failedFuture(refusal);
        for (var entry : List.copyOf(groups.values())) {
            if (!entry.members.follows(topic)) continue;
            perform(entry, entry.members.rebalance(now()));
            settle(entry);
        }
        answer();
        return Future.succeededFuture();
    }

    @Override
    public Future<Void> topicDeleted(String topic) {
        return forgetTopics(topic::equals);
    }

    /** Forgets the offsets of topics that are gone; completes when that is durable. */
    public Future<Void> forgetTopics(Predicate<String> isGone) {
        var refusal = refusesAll();
        if (refusal != null) return Future.failedFuture(refusal);
        for (var entry : List.copyOf(groups.values())) {
            var gone = entry.offsets.offsets().keySet().stream()
                    .filter(partition -> isGone.test(partition.topic()))
                    .toList();
            perform(entry, entry.offsets.remove(gone));
        }
        pump();
        var done = held();
        answer();
        return done;
    }

    /** Refuses everything from now on; completes when nothing is being written any more. */
    public Future<Void> close() {
        if (!closed) {
            closed = true;
            cancelTimers();
            tickets.refuseAll(outbox, COORDINATOR_NOT_AVAILABLE.because("the groups are closed"));
            answer();
            if (rounds.isEmpty()) written.tryComplete();
        }
        return written.future();
    }

    // Commands.

    private <T> Future<T> command(String group, boolean create, Function<Entry, Future<T>> work) {
        return query(group, known -> {
            var entry = known;
            if (entry == null) {
                if (!create) {
                    throw UNKNOWN_MEMBER_ID.because("there is no group " + Quoted.of(group) + "; join it");
                }
                if (groups.size() >= options.maxGroups()) {
                    throw LIMIT_EXCEEDED.because("shard " + name + " has " + options.maxGroups()
                            + " groups, which is the limit; delete some");
                }
                entry = new Entry(group, options);
                groups.put(group, entry);
            }
            try {
                return work.apply(entry);
            } finally {
                settle(entry);
            }
        });
    }

    private <T> Future<T> query(String group, Function<@Nullable Entry, Future<T>> work) {
        var refusal = refusesAll();
        if (refusal != null) return Future.failedFuture(refusal);
        Future<T> reply;
        try {
            JoinChecks.groupId(group, options);
            reply = work.apply(groups.get(group));
        } catch (MillraceException refused) {
            reply = Future.failedFuture(refused);
        }
        answer();
        return reply;
    }

    private @Nullable MillraceException refusesAll() {
        if (closed) return COORDINATOR_NOT_AVAILABLE.because("the groups are closed");
        if (!loading) return null;
        return COORDINATOR_LOAD_IN_PROGRESS.because("the groups of " + name + " are being read; try again");
    }

    private void checkPending() {
        if (pendingBytes < options.maxPendingBytes()) return;
        throw BUFFER_FULL.because(pendingBytes + " bytes of groups wait to be written, and at most "
                + options.maxPendingBytes() + " may; try again");
    }

    private static void checkEmpty(Entry entry) {
        if (entry.members.state() == GroupState.EMPTY) return;
        throw GROUP_NOT_EMPTY.because("group " + entry.members.group() + " is "
                + entry.members.state().text() + " with " + entry.members.size()
                + " members; stop them, or wait until their sessions end");
    }

    private static MillraceException notFound(String group) {
        return GROUP_NOT_FOUND.because("there is no group " + Quoted.of(group));
    }

    private Moment now() {
        return new Moment(timers.millis(), timers.wallMillis());
    }

    /** After a command: whatever follows from it, its deadline, and the write. */
    private void settle(Entry entry) {
        advance(entry);
        if (entry.members.isDeserted()
                && entry.members.generation() == 0
                && entry.offsets.offsets().isEmpty()) {
            groups.remove(entry.members.group(), entry);
        }
        schedule(entry);
        pump();
    }

    private void advance(Entry entry) {
        var now = now();
        while (true) {
            var next = entry.members.advance(now);
            if (next.isNothing()) return;
            perform(entry, next);
        }
    }

    private void perform(Entry entry, Decision decision) {
        if (decision.isNothing()) return;
        write(decision.events());
        for (var event : decision.events()) {
            if (event instanceof OffsetCommitted || event instanceof OffsetRemoved) entry.offsets.apply(event);
            else entry.members.apply(event);
        }
        for (var answer : decision.answers()) hold(() -> tickets.give(answer), tickets.onFailure(answer.ticket()));
    }

    private void remove(Entry entry) {
        var group = entry.members.group();
        perform(entry, entry.offsets.remove(List.copyOf(entry.offsets.offsets().keySet())));
        perform(entry, Decision.of(new GroupRemoved(group)));
        groups.remove(group, entry);
        entry.due = Long.MAX_VALUE;
    }

    // Writing.

    /** All that survives of one decision goes into one batch. */
    private void write(List<GroupEvent> events) {
        var stored = new ArrayList<Stored>();
        for (var event : events) if (event instanceof Stored survives) stored.add(survives);
        if (stored.isEmpty()) return;
        var round = newest;
        if (round == null || round.isFull()) {
            round = new Round(timers.wallMillis());
            newest = round;
            rounds.add(round);
        }
        for (var event : stored) pendingBytes += round.add(event);
    }

    /** What is answered now may tell of anything decided so far. */
    private <T> Future<T> held(T value) {
        var promise = Promise.<T>promise();
        hold(() -> promise.tryComplete(value), promise::tryFail);
        return promise.future();
    }

    private Future<Void> held() {
        var promise = Promise.<Void>promise();
        hold(promise::tryComplete, promise::tryFail);
        return promise.future();
    }

    private void hold(Runnable done, Consumer<Throwable> failed) {
        var last = rounds.peekLast();
        if (last == null) outbox.add(done);
        else last.held().add(new Round.Held(done, failed));
    }

    /** One write at a time, without recursion for those that complete at once. */
    private void pump() {
        if (pumping) return;
        pumping = true;
        try {
            while (!writing && !rounds.isEmpty()) append(rounds.element());
        } finally {
            pumping = false;
        }
    }

    private void append(Round round) {
        writing = true;
        // Closed for more: it is being written.
        if (round == newest) newest = null;
        int then = life;
        log.append(round.build()).onComplete(appended -> {
            if (then != life) return;
            writing = false;
            if (appended.succeeded()) {
                rounds.remove();
                pendingBytes -= round.bytes();
                for (var held : round.held()) outbox.add(held.done());
                pump();
            } else {
                startOver(appended.cause());
            }
            if (closed && rounds.isEmpty()) written.tryComplete();
            answer();
        });
    }

    private void answer() {
        if (answering || pumping) return;
        answering = true;
        try {
            for (var next = outbox.poll(); next != null; next = outbox.poll()) next.run();
        } finally {
            answering = false;
        }
    }

    /** A write has failed: what was decided on top of it may be untrue. */
    private void startOver(Throwable cause) {
        LOG.warn("Groups of {} are read again, because a write failed: {}", name, cause.getMessage());
        var refusal = cause instanceof MillraceException known
                ? known
                : new MillraceException(STORAGE_FAILED, "the groups cannot be written: " + cause.getMessage(), cause);
        for (var round : rounds) {
            for (var held : round.held()) outbox.add(() -> held.failed().accept(refusal));
        }
        forget();
        tickets.refuseAll(
                outbox, COORDINATOR_NOT_AVAILABLE.because("the groups of " + name + " start over; join again"));
        if (closed) return;
        reload(0);
    }

    private void forget() {
        life++;
        writing = false;
        rounds.clear();
        newest = null;
        pendingBytes = 0;
        groups.clear();
        dues.clear();
        cancelTimers();
    }

    private void cancelTimers() {
        if (timer != null) timer.cancel();
        timer = null;
        timerAt = Long.MAX_VALUE;
        if (expiry != null) expiry.cancel();
        expiry = null;
    }

    // Reading.

    private void reload(long afterMillis) {
        loading = true;
        int then = life;
        timers.after(afterMillis, () -> {
            if (then != life || closed) return;
            load().onFailure(cause -> {
                if (closed) return;
                LOG.error("Groups of {} cannot be read; trying again", name, cause);
                forget();
                reload(RETRY_MILLIS);
            });
        });
    }

    private Future<Void> load() {
        loading = true;
        int then = life;
        return GroupReplay.run(log, this::replay).map(records -> {
            if (then == life) loaded(records);
            return null;
        });
    }

    private void replay(Stored event) {
        var entry = groups.computeIfAbsent(event.group(), group -> new Entry(group, options));
        if (event instanceof OffsetCommitted || event instanceof OffsetRemoved) {
            entry.offsets.apply(event);
        } else if (event instanceof GroupRemoved) {
            // Offsets, if there are any, have come before the group had members.
            var fresh = new Entry(event.group(), options);
            entry.offsets
                    .offsets()
                    .forEach((partition, committed) ->
                            fresh.offsets.apply(new OffsetCommitted(event.group(), partition, committed)));
            groups.put(event.group(), fresh);
        } else {
            entry.members.apply(event);
        }
    }

    private void loaded(long records) {
        loading = false;
        var now = now();
        groups.values()
                .removeIf(entry -> entry.members.isDeserted()
                        && entry.members.generation() == 0
                        && entry.offsets.offsets().isEmpty());
        for (var entry : groups.values()) {
            entry.members.apply(new Recovered(now.millis()));
            schedule(entry);
        }
        LOG.debug("{} groups of {} read from {} records", groups.size(), name, records);
        expireLater();
    }

    // Time.

    private void schedule(Entry entry) {
        long next = entry.members.nextDeadline();
        if (next >= entry.due) return;
        entry.due = next;
        dues.add(new Due(next, entry));
        wakeAt(dues.element().at);
    }

    private void wakeAt(long at) {
        if (closed || at >= timerAt) return;
        if (timer != null) timer.cancel();
        timerAt = at;
        timer = timers.after(Math.max(0, at - timers.millis()), this::ring);
    }

    private void ring() {
        timer = null;
        timerAt = Long.MAX_VALUE;
        if (closed) return;
        long now = timers.millis();
        while (!dues.isEmpty() && dues.element().at <= now) {
            var due = dues.remove();
            var entry = due.entry;
            if (entry.due != due.at) continue;
            entry.due = Long.MAX_VALUE;
            settle(entry);
        }
        if (!dues.isEmpty()) wakeAt(dues.element().at);
        answer();
    }

    private void expireLater() {
        if (closed) return;
        expiry = timers.after(options.expiryMillis(), () -> {
            expire();
            expireLater();
        });
    }

    /** Forgets offsets that were kept long enough, and groups of which nothing is left. */
    private void expire() {
        var now = now();
        int left = MOST_EXPIRED_AT_ONCE;
        for (var entry : List.copyOf(groups.values())) {
            if (left <= 0 || pendingBytes >= options.maxPendingBytes()) break;
            if (!entry.members.isDeserted()) continue;
            var old = entry.offsets.expire(entry.members.stateTimestamp(), now, left);
            left -= old.events().size();
            perform(entry, old);
            if (entry.offsets.offsets().isEmpty()) remove(entry);
        }
        pump();
        answer();
    }

    /** How many groups there are. */
    public int size() {
        return groups.size();
    }
}
