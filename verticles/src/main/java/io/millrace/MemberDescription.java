package io.millrace;

import io.vertx.codegen.annotations.DataObject;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A member of a consumer group, and what it was given. */
@DataObject
public final class MemberDescription {
    private final String memberId;
    private final @Nullable String instanceId;
    private final String clientId;
    private final String host;
    private final int sessionTimeoutMillis;
    private final int processingTimeoutMillis;
    private final List<String> partitions;

    public MemberDescription(
            String memberId,
            @Nullable String instanceId,
            String clientId,
            String host,
            int sessionTimeoutMillis,
            int processingTimeoutMillis,
            List<String> partitions) {
        this.memberId = memberId;
        this.instanceId = instanceId;
        this.clientId = clientId;
        this.host = host;
        this.sessionTimeoutMillis = sessionTimeoutMillis;
        this.processingTimeoutMillis = processingTimeoutMillis;
        this.partitions = List.copyOf(partitions);
    }

    public String memberId() {
        return memberId;
    }

    /** Null for a member that is not static. */
    public @Nullable String instanceId() {
        return instanceId;
    }

    public String clientId() {
        return clientId;
    }

    public String host() {
        return host;
    }

    /** It is out when it is not heard of for so many milliseconds. */
    public int sessionTimeoutMillis() {
        return sessionTimeoutMillis;
    }

    /** The others wait for it so many milliseconds in a rebalance. */
    public int processingTimeoutMillis() {
        return processingTimeoutMillis;
    }

    /** What it was given, each as {@code topic/partition}; empty for a member that is idle. */
    public List<String> partitions() {
        return partitions;
    }

    public JsonObject toJson() {
        return new JsonObject()
                .put("memberId", memberId)
                .put("instanceId", instanceId)
                .put("clientId", clientId)
                .put("host", host)
                .put("sessionTimeoutMillis", sessionTimeoutMillis)
                .put("processingTimeoutMillis", processingTimeoutMillis)
                .put("partitions", new JsonArray(partitions));
    }

    @Override
    public String toString() {
        return toJson().encode();
    }
}
