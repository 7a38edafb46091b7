package io.millrace.group;

import org.jspecify.annotations.Nullable;

/**
 * What happened to a group. {@link Stored} ones are written to the log of the shard and replayed from it; the others are
 * about who waits for what at this moment, and are forgotten with the process. Ring 0.
 */
public sealed interface GroupEvent {
    /** An event that survives: one record of the internal topic. */
    sealed interface Stored extends GroupEvent {
        String group();
    }

    /** The generation has been divided, or the group has become empty, or a static member has a new id. */
    record GroupStored(String group, GroupImage image) implements Stored {}

    /** The group is gone. */
    record GroupRemoved(String group) implements Stored {}

    record OffsetCommitted(String group, TopicPartition partition, Committed committed) implements Stored {}

    record OffsetRemoved(String group, TopicPartition partition) implements Stored {}

    /** A member was given an id and will come again with it. */
    record MemberIdReserved(String memberId, long deadline) implements GroupEvent {}

    /** It did not come. */
    record MemberIdExpired(String memberId) implements GroupEvent {}

    /** A member, known or new, waits for the next generation. */
    record MemberJoining(String memberId, JoinRequest request, long ticket, long sessionDeadline)
            implements GroupEvent {}

    /** A static member has come back under a new id, and waits for the next generation if it has a ticket. */
    record MemberReplaced(String oldId, String newId, JoinRequest request, long ticket, long sessionDeadline)
            implements GroupEvent {}

    record MemberRemoved(String memberId) implements GroupEvent {}

    /** The group waits for its members. */
    record RebalanceStarted(long deadline, long quietUntil) implements GroupEvent {}

    /** All have joined who came in time. */
    record GenerationStarted(
            int generation, @Nullable String protocol, @Nullable String leader, long now, long deadline)
            implements GroupEvent {}

    /** A member waits for its share. */
    record SyncWaiting(String memberId, long ticket, long sessionDeadline) implements GroupEvent {}

    /** A member wants to be told of the next rebalance. */
    record Watching(String memberId, long ticket) implements GroupEvent {}

    record SessionExtended(String memberId, long deadline) implements GroupEvent {}

    /** The groups were read from the log: everybody gets a whole session to show up again. */
    record Recovered(long now) implements GroupEvent {}
}
