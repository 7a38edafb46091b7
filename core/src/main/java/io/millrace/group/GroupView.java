package io.millrace.group;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A group as it is at one moment, for those who look from outside. Ring 0.
 *
 * @param protocol the assignor of the generation; null without one
 * @param members in the order in which they joined
 * @param offsets what the group has committed
 * @param rebalances how many generations have begun since the shard was opened
 * @param stateTimestamp when the group came into a state that was stored, in milliseconds since 1970; -1 if unknown
 */
public record GroupView(
        String group,
        GroupState state,
        String protocolType,
        @Nullable String protocol,
        @Nullable String leader,
        int generation,
        List<MemberView> members,
        Map<TopicPartition, Committed> offsets,
        long rebalances,
        long stateTimestamp) {
    public GroupView {
        members = List.copyOf(members);
        offsets = Map.copyOf(offsets);
    }

    /** A member; {@code metadata} and {@code assignment} as {@link ConsumerProtocol} reads them, or empty. */
    public record MemberView(
            String memberId,
            @Nullable String instanceId,
            String clientId,
            String clientHost,
            int sessionMillis,
            int rebalanceMillis,
            ByteBuffer metadata,
            ByteBuffer assignment) {}
}
