package io.millrace.group;

import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a {@link JoinRequest}. Ring 0.
 *
 * @param generation the generation that has begun; -1 if none has, see {@link #isMemberIdRequired}
 * @param protocol the assignor that all members know
 * @param leader the member that divides the partitions
 * @param memberId the id of the asker
 * @param members for the leader: everybody; empty for the others
 * @param skipAssignment for a static leader that came back: the assignment stands, nothing need be divided
 */
public record Joined(
        int generation,
        String protocolType,
        @Nullable String protocol,
        String leader,
        String memberId,
        List<JoinedMember> members,
        boolean skipAssignment) {
    public Joined {
        members = List.copyOf(members);
    }

    /** Come again under {@code memberId}: the group knows it now (KIP-394). */
    static Joined memberIdRequired(String memberId) {
        return new Joined(-1, "", null, "", memberId, List.of(), false);
    }

    public boolean isMemberIdRequired() {
        return generation < 0;
    }

    public boolean isLeader() {
        return memberId.equals(leader);
    }

    /** Who the asker is from now on. */
    public Claim claim(@Nullable String instanceId) {
        return new Claim(generation, memberId, instanceId);
    }

    /** One member, as the leader sees it. */
    public record JoinedMember(String memberId, @Nullable String instanceId, ByteBuffer metadata) {
        public JoinedMember {
            metadata = Bytes.keep(metadata);
        }

        @Override
        public ByteBuffer metadata() {
            return metadata.duplicate();
        }
    }
}
