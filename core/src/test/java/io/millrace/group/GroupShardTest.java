package io.millrace.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.group.Groups.Leaving;
import io.millrace.model.MillraceException;
import io.millrace.model.Refusal;
import io.millrace.sim.SimulatedTime;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class GroupShardTest {
    private static final TopicPartition ORDERS = new TopicPartition("orders", 0);

    private final SimulatedTime time = new SimulatedTime();
    private final MemoryGroupLog log = new MemoryGroupLog(time);
    private long ids;
    private GroupShard shard = open(GroupOptions.DEFAULT);

    private GroupShard open(GroupOptions options) {
        var opening = GroupShard.open("test/0", log, time, () -> new UUID(0, ++ids), options.withQuietMillis(0));
        assertThat(opening.succeeded()).isTrue();
        return opening.result();
    }

    private static JoinRequest request(String group, String id) {
        var subscription = ConsumerProtocol.encode(ConsumerProtocol.Subscription.of(List.of("orders"), List.of(), -1));
        return new JoinRequest(
                group,
                id,
                null,
                "c",
                "h",
                "consumer",
                List.of(new Protocol("range", subscription)),
                10_000,
                60_000,
                false);
    }

    private Joined member(String group) {
        var joined = shard.join(request(group, ""));
        assertThat(joined.succeeded()).isTrue();
        var claim = joined.result().claim(null);
        var shares = Map.of(joined.result().memberId(), ByteBuffer.wrap(new byte[] {7}));
        var synced = shard.sync(new SyncRequest(group, claim, "consumer", "range", shares));
        time.advance(Duration.ofMillis(100));
        assertThat(synced.succeeded()).isTrue();
        return joined.result();
    }

    private static Refusal refusal(Future<?> reply) {
        assertThat(reply.failed()).isTrue();
        assertThat(reply.cause()).isInstanceOf(MillraceException.class);
        return ((MillraceException) reply.cause()).refusal();
    }

    private Future<Void> commit(String group, Claim claim, long offset) {
        return shard.commit(group, claim, Map.of(ORDERS, OffsetToCommit.of(offset)));
    }

    private long committed(String group) {
        var reply = shard.committed(group, null);
        time.advance(Duration.ofMillis(100));
        return reply.result().get(ORDERS).offset();
    }

    @Test
    void aCommitIsAnsweredWhenItIsDurableAndNotBefore() {
        log.delayMillis = () -> 10;
        var done = commit("g", Claim.NOBODY, 5);
        var read = shard.committed("g", List.of(ORDERS));
        assertThat(done.isComplete()).isFalse();
        assertThat(read.isComplete()).as("nobody reads what may be lost").isFalse();
        time.advance(Duration.ofMillis(10));
        assertThat(done.succeeded()).isTrue();
        assertThat(read.result().get(ORDERS).offset()).isEqualTo(5);
    }

    @Test
    void commitsDuringAWriteShareTheNextOne() {
        log.delayMillis = () -> 10;
        for (int n = 0; n < 50; n++) commit("g" + n, Claim.NOBODY, n);
        time.advance(Duration.ofMillis(20));
        assertThat(log.appends).isEqualTo(2);
        assertThat(committed("g49")).isEqualTo(49);
    }

    @Test
    void everythingDurableIsThereAfterAnotherStart() {
        var joined = member("g");
        commit("g", joined.claim(null), 9);
        shard = open(GroupOptions.DEFAULT);
        assertThat(committed("g")).isEqualTo(9);
        assertThat(shard.heartbeat("g", joined.claim(null)).succeeded()).isTrue();
        var view = shard.describe("g").result();
        assertThat(view.state()).isEqualTo(GroupState.STABLE);
        assertThat(view.members().get(0).assignment()).isEqualTo(ByteBuffer.wrap(new byte[] {7}));
        time.advance(Duration.ofSeconds(10));
        assertThat(shard.describe("g").result().state()).isEqualTo(GroupState.EMPTY);
    }

    @Test
    void aFailedWriteForgetsWhatWasBuiltOnItAndReadsTheLogAgain() {
        var joined = member("g");
        commit("g", joined.claim(null), 9);
        log.next = MemoryGroupLog.Fate.REFUSED;
        log.delayMillis = () -> 5;
        var lost = commit("g", joined.claim(null), 20);
        var behind = commit("g", joined.claim(null), 30);
        var watch = shard.awaitRebalance("g", joined.claim(null));
        time.advance(Duration.ofMillis(50));
        assertThat(refusal(lost)).isEqualTo(Refusal.DISK_FULL);
        assertThat(refusal(behind)).isEqualTo(Refusal.DISK_FULL);
        assertThat(refusal(watch)).isEqualTo(Refusal.COORDINATOR_NOT_AVAILABLE);
        assertThat(committed("g")).isEqualTo(9);
        assertThat(shard.heartbeat("g", joined.claim(null)).succeeded()).isTrue();
    }

    @Test
    void whatWasStoredThoughItFailedIsFoundAgain() {
        var joined = member("g");
        log.next = MemoryGroupLog.Fate.STORED_BUT_FAILED;
        assertThat(commit("g", joined.claim(null), 20).failed()).isTrue();
        assertThat(refusal(shard.heartbeat("g", joined.claim(null)))).isEqualTo(Refusal.COORDINATOR_LOAD_IN_PROGRESS);
        time.advance(Duration.ofMillis(1));
        assertThat(committed("g")).isEqualTo(20);
    }

    @Test
    void aGroupWithMembersIsNotDeletedAndAnEmptyOneLeavesNothing() {
        var joined = member("g");
        commit("g", joined.claim(null), 9);
        assertThat(refusal(shard.delete("g"))).isEqualTo(Refusal.GROUP_NOT_EMPTY);
        assertThat(refusal(shard.deleteOffsets("g", List.of(ORDERS)))).isEqualTo(Refusal.GROUP_NOT_EMPTY);
        shard.leave("g", List.of(new Leaving(joined.memberId(), null)));
        assertThat(shard.delete("g").succeeded()).isTrue();
        assertThat(refusal(shard.describe("g"))).isEqualTo(Refusal.GROUP_NOT_FOUND);
        shard = open(GroupOptions.DEFAULT);
        assertThat(shard.size()).isZero();
    }

    @Test
    void oldOffsetsAreForgottenAndWithThemTheGroup() {
        shard = open(GroupOptions.DEFAULT.withRetention(7 * 86_400_000L, 600_000));
        var joined = member("g");
        commit("g", joined.claim(null), 9);
        shard.leave("g", List.of(new Leaving(joined.memberId(), null)));
        time.advance(Duration.ofDays(6));
        assertThat(committed("g")).isEqualTo(9);
        time.advance(Duration.ofDays(1).plusMinutes(11));
        assertThat(refusal(shard.describe("g"))).isEqualTo(Refusal.GROUP_NOT_FOUND);
        shard = open(GroupOptions.DEFAULT);
        assertThat(shard.size()).isZero();
    }

    @Test
    void moreGroupsThanTheLimitAreRefused() {
        shard = open(GroupOptions.DEFAULT.withLimits(2, 10, 10));
        commit("a", Claim.NOBODY, 1);
        commit("b", Claim.NOBODY, 1);
        assertThat(refusal(commit("c", Claim.NOBODY, 1))).isEqualTo(Refusal.LIMIT_EXCEEDED);
        assertThat(refusal(commit("", Claim.NOBODY, 1))).isEqualTo(Refusal.INVALID_GROUP_ID);
    }

    @Test
    void moreThanMayWaitIsRefused() {
        log.delayMillis = () -> 1_000;
        var metadata = "x".repeat(4_000);
        int taken = 0;
        while (true) {
            var reply = shard.commit(
                    "g", Claim.NOBODY, Map.of(new TopicPartition("t", taken), new OffsetToCommit(1, -1, metadata)));
            if (reply.failed()) {
                assertThat(refusal(reply)).isEqualTo(Refusal.BUFFER_FULL);
                break;
            }
            taken++;
        }
        assertThat((long) taken * 4_000).isLessThan(GroupOptions.DEFAULT.maxPendingBytes());
    }

    @Test
    void anAbandonedJoinLeavesNoGroupBehind() {
        assertThat(refusal(shard.heartbeat("g", new Claim(1, "m", null)))).isEqualTo(Refusal.UNKNOWN_MEMBER_ID);
        var asks = request("g", "unknown");
        assertThat(refusal(shard.join(asks))).isEqualTo(Refusal.UNKNOWN_MEMBER_ID);
        assertThat(shard.size()).isZero();
    }

    @Test
    void newPartitionsMakeTheFollowersJoinAgain() {
        var joined = member("g");
        var watch = shard.awaitRebalance("g", joined.claim(null));
        shard.topicChanged("payments");
        assertThat(watch.isComplete()).isFalse();
        shard.topicChanged("orders");
        assertThat(watch.succeeded()).isTrue();
    }

    @Test
    void offsetsOfATopicThatIsGoneAreForgottenAlsoInAGroupWithMembers() {
        var joined = member("g");
        commit("g", joined.claim(null), 9);
        assertThat(shard.topicDeleted("orders").succeeded()).isTrue();
        shard = open(GroupOptions.DEFAULT);
        assertThat(shard.committed("g", null).result()).isEmpty();
    }

    @Test
    void aClosedShardAnswersEverybodyWhoWaits() {
        var joined = member("g");
        var watch = shard.awaitRebalance("g", joined.claim(null));
        log.delayMillis = () -> 10;
        var committing = commit("g", joined.claim(null), 3);
        var closed = shard.close();
        assertThat(refusal(watch)).isEqualTo(Refusal.COORDINATOR_NOT_AVAILABLE);
        assertThat(closed.isComplete()).isFalse();
        time.advance(Duration.ofMillis(10));
        assertThat(committing.succeeded()).isTrue();
        assertThat(closed.succeeded()).isTrue();
        assertThat(time.waiting()).as("timers left behind").isZero();
    }
}
