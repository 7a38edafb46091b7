package io.millrace.group;

import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What survives of a group: its generation and, if it has members, who they are and what each was given. Ring 0.
 *
 * @param protocolType empty for a group that never had members
 * @param protocol null without members
 * @param leader null without members
 * @param stateTimestamp when the group came into this state, in milliseconds since 1970; -1 if unknown
 */
public record GroupImage(
        String protocolType,
        int generation,
        @Nullable String protocol,
        @Nullable String leader,
        long stateTimestamp,
        List<MemberImage> members) {
    public GroupImage {
        members = List.copyOf(members);
    }

    /** One member as it survives. */
    public record MemberImage(
            String memberId,
            @Nullable String instanceId,
            String clientId,
            String clientHost,
            int rebalanceMillis,
            int sessionMillis,
            ByteBuffer subscription,
            ByteBuffer assignment) {
        public MemberImage {
            subscription = Bytes.keep(subscription);
            assignment = Bytes.keep(assignment);
        }

        @Override
        public ByteBuffer subscription() {
            return subscription.duplicate();
        }

        @Override
        public ByteBuffer assignment() {
            return assignment.duplicate();
        }
    }
}
