package io.millrace.group;

import static io.millrace.model.Refusal.FENCED_INSTANCE_ID;
import static io.millrace.model.Refusal.ILLEGAL_GENERATION;
import static io.millrace.model.Refusal.INCONSISTENT_GROUP_PROTOCOL;
import static io.millrace.model.Refusal.REBALANCE_IN_PROGRESS;
import static io.millrace.model.Refusal.UNKNOWN_MEMBER_ID;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.group.Answer.JoinAnswer;
import io.millrace.group.Answer.Refused;
import io.millrace.group.Answer.SyncAnswer;
import io.millrace.group.GroupEvent.Stored;
import io.millrace.group.Groups.Leaving;
import io.millrace.model.MillraceException;
import io.millrace.model.Refusal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** The machine by itself, as Kafka's classic coordinator answers. */
class ConsumerGroupTest {
    private static final int SESSION = 10_000;
    private static final int PROCESSING = 60_000;

    private final ConsumerGroup group = new ConsumerGroup("billing", GroupOptions.DEFAULT.withQuietMillis(0));
    private final Map<Long, Answer> answers = new HashMap<>();
    private final List<Stored> stored = new ArrayList<>();
    private long now = 1_000;
    private long tickets;
    private int ids;

    private Moment now() {
        return new Moment(now, 1_700_000_000_000L + now);
    }

    private void perform(Decision decision) {
        for (var event : decision.events()) {
            if (event instanceof Stored survives) stored.add(survives);
            group.apply(event);
        }
        for (var answer : decision.answers()) {
            assertThat(answers.put(answer.ticket(), answer))
                    .as("ticket answered twice")
                    .isNull();
        }
    }

    private void command(Supplier<Decision> decide) {
        perform(decide.get());
        advance();
    }

    private void advance() {
        for (var next = group.advance(now()); !next.isNothing(); next = group.advance(now())) perform(next);
    }

    private void pass(long millis) {
        long until = now + millis;
        while (group.nextDeadline() <= until) {
            now = Math.max(now, group.nextDeadline());
            advance();
        }
        now = until;
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    private static JoinRequest request(String id, String instance, String metadata, String... assignors) {
        var protocols = new ArrayList<Protocol>();
        for (var name : assignors.length == 0 ? new String[] {"range"} : assignors) {
            protocols.add(new Protocol(name, bytes(metadata)));
        }
        return new JoinRequest(
                "billing", id, instance, "client", "here", "consumer", protocols, SESSION, PROCESSING, false);
    }

    private long join(JoinRequest request) {
        long ticket = ++tickets;
        var id = "m" + ++ids;
        command(() -> group.join(request, id, ticket, now()));
        return ticket;
    }

    private Joined joined(long ticket) {
        assertThat(answers.get(ticket)).isInstanceOf(JoinAnswer.class);
        return ((JoinAnswer) answers.get(ticket)).joined();
    }

    private long sync(Joined as, String instance, Map<String, ByteBuffer> shares) {
        long ticket = ++tickets;
        command(() -> group.sync(
                new SyncRequest("billing", as.claim(instance), "consumer", as.protocol(), shares), ticket, now()));
        return ticket;
    }

    private String share(long ticket) {
        assertThat(answers.get(ticket)).isInstanceOf(SyncAnswer.class);
        return StandardCharsets.UTF_8
                .decode(((SyncAnswer) answers.get(ticket)).synced().assignment())
                .toString();
    }

    private Refusal refused(long ticket) {
        assertThat(answers.get(ticket)).isInstanceOf(Refused.class);
        return ((Refused) answers.get(ticket)).refusal().refusal();
    }

    private static void refuses(Refusal refusal, Runnable command) {
        assertThatThrownBy(command::run)
                .isInstanceOfSatisfying(MillraceException.class, thrown -> assertThat(thrown.refusal())
                        .isEqualTo(refusal));
    }

    private void heartbeat(Joined as, String instance) {
        perform(group.heartbeat(as.claim(instance), now()));
        var called = group.called();
        if (called != null) throw called;
    }

    /** Two members, divided. */
    private List<Joined> pair() {
        var first = joined(join(request("", null, "a")));
        sync(first, null, Map.of());
        long waiting = join(request("", null, "b"));
        long again = join(request(first.memberId(), null, "a"));
        var leader = joined(again);
        var other = joined(waiting);
        sync(other, null, Map.of());
        sync(leader, null, Map.of(leader.memberId(), bytes("left"), other.memberId(), bytes("right")));
        assertThat(group.state()).isEqualTo(GroupState.STABLE);
        return List.of(leader, other);
    }

    @Test
    void theFirstMemberLeadsItsOwnGeneration() {
        var joined = joined(join(request("", null, "a")));
        assertThat(joined.generation()).isEqualTo(1);
        assertThat(joined.isLeader()).isTrue();
        assertThat(joined.members()).hasSize(1);
        long ticket = sync(joined, null, Map.of(joined.memberId(), bytes("all")));
        assertThat(share(ticket)).isEqualTo("all");
        assertThat(group.state()).isEqualTo(GroupState.STABLE);
    }

    @Test
    void anEmptyGroupWaitsAQuietMomentForMore() {
        var patient = new ConsumerGroup("g", GroupOptions.DEFAULT.withQuietMillis(50));
        patient.join(request("", null, "a"), "m1", 1, now()).events().forEach(patient::apply);
        assertThat(patient.advance(now()).isNothing()).isTrue();
        assertThat(patient.nextDeadline()).isEqualTo(now + 50);
        now += 50;
        assertThat(patient.advance(now()).isNothing()).isFalse();
    }

    @Test
    void aNewMemberMakesAllOthersJoinAgain() {
        var first = joined(join(request("", null, "a")));
        sync(first, null, Map.of());
        long waiting = join(request("", null, "b"));
        assertThat(answers.get(waiting)).isNull();
        refuses(REBALANCE_IN_PROGRESS, () -> heartbeat(first, null));
        long again = join(request(first.memberId(), null, "a"));
        assertThat(joined(again).generation()).isEqualTo(2);
        assertThat(joined(again).members()).hasSize(2);
        assertThat(joined(waiting).leader()).isEqualTo(first.memberId());
        assertThat(joined(waiting).members()).isEmpty();
    }

    @Test
    void aWatcherIsToldOfTheRebalance() {
        var first = joined(join(request("", null, "a")));
        sync(first, null, Map.of());
        long watch = ++tickets;
        command(() -> group.watch(first.claim(null), watch));
        assertThat(answers.get(watch)).isNull();
        join(request("", null, "b"));
        assertThat(answers.get(watch)).isInstanceOf(Answer.Woken.class);
    }

    @Test
    void sharesAreGivenWhenTheLeaderHasBroughtThemAndAreStoredWhole() {
        var pair = pair();
        var image = ((GroupEvent.GroupStored) stored.get(stored.size() - 1)).image();
        assertThat(image.generation()).isEqualTo(2);
        assertThat(image.leader()).isEqualTo(pair.get(0).memberId());
        assertThat(image.members()).extracting(member -> member.memberId()).hasSize(2);
        assertThat(share(sync(pair.get(1), null, Map.of()))).isEqualTo("right");
    }

    @Test
    void aSilentMemberIsOutAfterItsSession() {
        var pair = pair();
        pass(SESSION - 1);
        heartbeat(pair.get(0), null);
        pass(1);
        refuses(UNKNOWN_MEMBER_ID, () -> heartbeat(pair.get(1), null));
        refuses(REBALANCE_IN_PROGRESS, () -> heartbeat(pair.get(0), null));
    }

    @Test
    void whoDoesNotJoinWithinItsProcessingTimeoutIsOut() {
        var pair = pair();
        long waiting = join(request("", null, "c"));
        var again = join(request(pair.get(0).memberId(), null, "a"));
        for (long at = 0; at < PROCESSING; at += 3_000) {
            pass(3_000);
            if (at + 3_000 < PROCESSING) refuses(REBALANCE_IN_PROGRESS, () -> heartbeat(pair.get(1), null));
        }
        pass(1);
        assertThat(joined(waiting).generation()).isEqualTo(3);
        assertThat(joined(again).members()).hasSize(2);
        refuses(UNKNOWN_MEMBER_ID, () -> heartbeat(pair.get(1), null));
    }

    @Test
    void whoDoesNotAskForItsShareIsOut() {
        var first = joined(join(request("", null, "a")));
        sync(first, null, Map.of());
        long waiting = join(request("", null, "b"));
        var leader = joined(join(request(first.memberId(), null, "a")));
        var other = joined(waiting);
        long share = sync(other, null, Map.of());
        pass(SESSION);
        assertThat(refused(share)).isEqualTo(REBALANCE_IN_PROGRESS);
        refuses(UNKNOWN_MEMBER_ID, () -> heartbeat(leader, null));
    }

    @Test
    void aFollowerThatJoinsUnchangedGetsTheSameGenerationAndALeaderBeginsANewOne() {
        var pair = pair();
        long follower = join(request(pair.get(1).memberId(), null, "b"));
        assertThat(joined(follower).generation()).isEqualTo(2);
        assertThat(group.state()).isEqualTo(GroupState.STABLE);
        join(request(pair.get(0).memberId(), null, "a"));
        assertThat(group.state()).isEqualTo(GroupState.PREPARING_REBALANCE);
    }

    @Test
    void aLeavingMemberNeedsNoTimeout() {
        var pair = pair();
        command(() -> group.leave(new Leaving(pair.get(1).memberId(), null), now()));
        long again = join(request(pair.get(0).memberId(), null, "a"));
        assertThat(joined(again).members()).hasSize(1);
    }

    @Test
    void theLastOneLeavesAnEmptyGroupWhichIsStored() {
        var only = joined(join(request("", null, "a")));
        sync(only, null, Map.of());
        command(() -> group.leave(new Leaving(only.memberId(), null), now()));
        assertThat(group.state()).isEqualTo(GroupState.EMPTY);
        var image = ((GroupEvent.GroupStored) stored.get(stored.size() - 1)).image();
        assertThat(image.members()).isEmpty();
        assertThat(image.generation()).isEqualTo(2);
        assertThat(image.stateTimestamp()).isEqualTo(now().wallMillis());
    }

    @Test
    void commitsOfAnotherGenerationAreRefused() {
        var pair = pair();
        var old = new Claim(1, pair.get(0).memberId(), null);
        refuses(ILLEGAL_GENERATION, () -> group.commit(old, now()));
        refuses(UNKNOWN_MEMBER_ID, () -> group.commit(new Claim(2, "stranger", null), now()));
        refuses(UNKNOWN_MEMBER_ID, () -> group.commit(Claim.NOBODY, now()));
        perform(group.commit(pair.get(0).claim(null), now()));
        // Before it joins again, a member may commit what it has done.
        join(request("", null, "c"));
        perform(group.commit(pair.get(0).claim(null), now()));
    }

    @Test
    void nobodyCommitsBetweenJoiningAndGettingItsShare() {
        var first = joined(join(request("", null, "a")));
        refuses(REBALANCE_IN_PROGRESS, () -> group.commit(first.claim(null), now()));
    }

    @Test
    void anybodyMayCommitToAnEmptyGroup() {
        assertThat(group.commit(Claim.NOBODY, now()).isNothing()).isTrue();
    }

    @Test
    void aStaticMemberComesBackWithoutARebalanceAndItsFormerLifeIsFenced() {
        var first = joined(join(request("", "one", "a")));
        sync(first, "one", Map.of(first.memberId(), bytes("all")));
        var back = joined(join(request("", "one", "a")));
        assertThat(group.state()).isEqualTo(GroupState.STABLE);
        assertThat(back.generation()).isEqualTo(1);
        assertThat(back.memberId()).isNotEqualTo(first.memberId());
        assertThat(back.isLeader()).isTrue();
        assertThat(back.skipAssignment()).isTrue();
        refuses(FENCED_INSTANCE_ID, () -> heartbeat(first, "one"));
        refuses(FENCED_INSTANCE_ID, () -> group.commit(first.claim("one"), now()));
        assertThat(share(sync(back, "one", Map.of()))).isEqualTo("all");
        var image = ((GroupEvent.GroupStored) stored.get(stored.size() - 1)).image();
        assertThat(image.members().get(0).memberId()).isEqualTo(back.memberId());
    }

    @Test
    void aStaticMemberThatWaitsIsFencedByItsNextLife() {
        var pair = pair();
        long former = join(request("", "one", "c"));
        long next = join(request("", "one", "c"));
        assertThat(refused(former)).isEqualTo(FENCED_INSTANCE_ID);
        join(request(pair.get(0).memberId(), null, "a"));
        join(request(pair.get(1).memberId(), null, "b"));
        assertThat(joined(next).generation()).isEqualTo(3);
        assertThat(group.size()).isEqualTo(3);
    }

    @Test
    void aStaticMemberIsWaitedForUntilItsSessionEndsAndLeavesByItsInstance() {
        var first = joined(join(request("", "one", "a")));
        sync(first, "one", Map.of());
        refuses(FENCED_INSTANCE_ID, () -> group.leave(new Leaving("other", "one"), now()));
        command(() -> group.leave(new Leaving("", "one"), now()));
        assertThat(group.state()).isEqualTo(GroupState.EMPTY);
        refuses(UNKNOWN_MEMBER_ID, () -> group.leave(new Leaving("", "one"), now()));
    }

    @Test
    void aMemberIdMayBeRequiredFirst() {
        var asks = new JoinRequest(
                "billing",
                "",
                null,
                "client",
                "here",
                "consumer",
                List.of(new Protocol("range", bytes("a"))),
                SESSION,
                PROCESSING,
                true);
        var given = joined(join(asks));
        assertThat(given.isMemberIdRequired()).isTrue();
        assertThat(group.size()).isZero();
        assertThat(joined(join(asks.withMemberId(given.memberId()))).generation())
                .isEqualTo(1);
        var late = joined(join(asks));
        pass(SESSION);
        refuses(UNKNOWN_MEMBER_ID, () -> join(asks.withMemberId(late.memberId())));
    }

    @Test
    void theAssignorIsTheOneThatAllKnowAndMostPrefer() {
        var first = joined(join(request("", null, "a", "range", "sticky")));
        sync(first, null, Map.of());
        refuses(INCONSISTENT_GROUP_PROTOCOL, () -> join(request("", null, "b", "roundrobin")));
        long second = join(request("", null, "b", "sticky", "range"));
        long third = join(request("", null, "c", "sticky"));
        join(request(first.memberId(), null, "a", "range", "sticky"));
        assertThat(joined(second).protocol()).isEqualTo("sticky");
        assertThat(joined(third).protocol()).isEqualTo("sticky");
    }

    @Test
    void limitsAreKeptAndNamed() {
        var small = new ConsumerGroup("g", GroupOptions.DEFAULT.withLimits(1, 1, 1));
        small.join(request("", null, "a"), "m1", 1, now()).events().forEach(small::apply);
        refuses(Refusal.GROUP_MAX_SIZE_REACHED, () -> small.join(request("", null, "b"), "m2", 2, now()));
        refuses(Refusal.LIMIT_EXCEEDED, () -> join(request("", null, "x".repeat(65_537))));
        assertThatThrownBy(() -> JoinChecks.groupId("", GroupOptions.DEFAULT)).hasMessageContaining("empty");
        assertThatThrownBy(() -> JoinChecks.groupId("g".repeat(250), GroupOptions.DEFAULT))
                .hasMessageContaining("250 characters; at most 249");
        assertThatThrownBy(() -> JoinChecks.groupId("a\u0000b", GroupOptions.DEFAULT))
                .hasMessageContaining("'a\\u0000b'");
        JoinChecks.groupId("Gruppe ü 🎉", GroupOptions.DEFAULT);
    }

    @Test
    void replayOfWhatWasStoredGivesTheSameGroup() {
        var pair = pair();
        var again = new ConsumerGroup("billing", GroupOptions.DEFAULT);
        stored.forEach(again::apply);
        again.apply(new GroupEvent.Recovered(now));
        assertThat(again.view(Map.of()).members())
                .isEqualTo(group.view(Map.of()).members());
        assertThat(again.state()).isEqualTo(GroupState.STABLE);
        assertThat(again.heartbeat(pair.get(1).claim(null), now()).events()).hasSize(1);
        assertThat(again.nextDeadline()).isEqualTo(now + SESSION);
    }

    @Test
    void offsetsAreForgottenSevenDaysAfterTheGroupBecameEmpty() {
        var table = new OffsetTable("g", GroupOptions.DEFAULT);
        long day = 86_400_000L;
        var orders = new TopicPartition("orders", 0);
        table.commit(Map.of(orders, OffsetToCommit.of(5)), new Moment(0, day))
                .events()
                .forEach(table::apply);
        assertThat(table.expire(-1, new Moment(0, 8 * day - 1), 10).events()).isEmpty();
        assertThat(table.expire(3 * day, new Moment(0, 8 * day), 10).events()).isEmpty();
        assertThat(table.expire(3 * day, new Moment(0, 10 * day), 10).events())
                .containsExactly(new GroupEvent.OffsetRemoved("g", orders));
        assertThat(table.expire(-1, new Moment(0, 8 * day), 10).events()).hasSize(1);
    }

    @Test
    void aCommitThatBreaksALimitChangesNothing() {
        var table = new OffsetTable("g", GroupOptions.DEFAULT.withLimits(1, 1, 1));
        var two = Map.of(
                new TopicPartition("a", 0), OffsetToCommit.of(1), new TopicPartition("a", 1), OffsetToCommit.of(1));
        refuses(Refusal.LIMIT_EXCEEDED, () -> table.commit(two, now()));
        refuses(
                Refusal.OFFSET_METADATA_TOO_LARGE,
                () -> table.commit(
                        Map.of(new TopicPartition("a", 0), new OffsetToCommit(1, -1, "x".repeat(4_097))), now()));
        refuses(
                Refusal.INVALID_ARGUMENT,
                () -> table.commit(Map.of(new TopicPartition("a", 0), OffsetToCommit.of(-1)), now()));
    }
}
