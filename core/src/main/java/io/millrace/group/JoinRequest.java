package io.millrace.group;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Asks to be a member of the next generation. Ring 0; the fields are those of Kafka's JoinGroup.
 *
 * @param memberId the id given by the group, or empty the first time
 * @param instanceId makes the member static (KIP-345): it keeps its partitions over a restart; null if dynamic
 * @param clientId how the client calls itself
 * @param clientHost where it is
 * @param protocolType {@code consumer} for consumers; all members of a group have the same
 * @param protocols assignors in the order of preference, at least one
 * @param sessionMillis a member that is not heard of for so long is out
 * @param rebalanceMillis how long the others wait for this member in a rebalance: the processing timeout
 * @param requireMemberId whether a member without an id is first given one and asked to come again (KIP-394)
 */
public record JoinRequest(
        String group,
        String memberId,
        @Nullable String instanceId,
        String clientId,
        String clientHost,
        String protocolType,
        List<Protocol> protocols,
        int sessionMillis,
        int rebalanceMillis,
        boolean requireMemberId) {
    public JoinRequest {
        protocols = List.copyOf(protocols);
    }

    /** The same under the id that the group gave. */
    public JoinRequest withMemberId(String given) {
        return new JoinRequest(
                group,
                given,
                instanceId,
                clientId,
                clientHost,
                protocolType,
                protocols,
                sessionMillis,
                rebalanceMillis,
                requireMemberId);
    }
}
