package io.millrace.group;

import java.nio.ByteBuffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Asks for the own share of a generation; the leader brings everybody's. Ring 0; Kafka's SyncGroup.
 *
 * @param protocolType null if the client does not say
 * @param protocol null if the client does not say
 * @param assignments by member id, from the leader; empty from the others
 */
public record SyncRequest(
        String group,
        Claim claim,
        @Nullable String protocolType,
        @Nullable String protocol,
        Map<String, ByteBuffer> assignments) {
    public SyncRequest {
        assignments = Map.copyOf(assignments);
    }
}
