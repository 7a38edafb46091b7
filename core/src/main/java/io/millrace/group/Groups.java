package io.millrace.group;

import io.millrace.model.Refusal;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The groups of this node, or of this thread, as members see them. May be called on any event loop; futures complete on
 * the loop of the caller. Whatever is answered is durable if it must survive (durability contract, S9). While a shard
 * reads its log, its groups refuse with COORDINATOR_LOAD_IN_PROGRESS.
 */
public interface Groups {
    /**
     * Joins, or joins again. Completes when the next generation begins: when all members have joined or the slowest
     * processing timeout is over. A member joins again within its processing timeout, or is out.
     */
    Future<Joined> join(JoinRequest request);

    /** Gives the own share of the generation; completes when the leader has brought its division and it is durable. */
    Future<Synced> sync(SyncRequest request);

    /**
     * Says that the member lives. Refused with REBALANCE_IN_PROGRESS when it is to join again, UNKNOWN_MEMBER_ID,
     * ILLEGAL_GENERATION or FENCED_INSTANCE_ID when it is out.
     */
    Future<Void> heartbeat(String group, Claim claim);

    /**
     * Completes when the member is to join again, at once if it is already; refused as a {@link #heartbeat} when it is
     * out. One per member: a second one completes the first. It says nothing about whether the member lives.
     */
    Future<Void> awaitRebalance(String group, Claim claim);

    /** Leaves at once, without waiting for the session to end; the answers are in the order asked. */
    Future<List<Left>> leave(String group, List<Leaving> members);

    /** Commits all offsets or none. Refused as a {@link #heartbeat} when the member is out. */
    Future<Void> commit(String group, Claim claim, Map<TopicPartition, OffsetToCommit> offsets);

    /** What is committed of {@code partitions}, or of everything if null; absent where nothing is. */
    Future<Map<TopicPartition, Committed>> committed(String group, @Nullable Collection<TopicPartition> partitions);

    /** Who is there, group by group, without members' bytes and offsets. */
    Future<List<GroupSummary>> list();

    /** Everything about one group; GROUP_NOT_FOUND if there is none. */
    Future<GroupView> describe(String group);

    /** Forgets a group without members and its offsets; GROUP_NOT_EMPTY if it has members. */
    Future<Void> delete(String group);

    /** Forgets offsets of a group without members; gives those that there were. */
    Future<Set<TopicPartition>> deleteOffsets(String group, Collection<TopicPartition> partitions);

    /** Tells the groups that follow a topic to divide it anew: it has other partitions than before. */
    Future<Void> topicChanged(String topic);

    /** Forgets what was committed of a topic that is gone: another of the same name begins anew. */
    Future<Void> topicDeleted(String topic);

    /** One group in a list. */
    record GroupSummary(String group, String protocolType, GroupState state, int members) {}

    /** Who leaves: by member id, or by instance id with the member id empty. */
    record Leaving(String memberId, @Nullable String instanceId) {}

    /** How leaving went; {@code refusal} null if well. */
    record Left(Leaving who, @Nullable Refusal refusal) {}
}
