package io.millrace.group;

import io.millrace.group.GroupImage.MemberImage;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One member of one group, and what it waits for. Changed by {@link ConsumerGroup#apply} only. Ring 0. */
final class Member {
    static final long NO_TICKET = -1;

    String id;
    final @Nullable String instanceId;
    String clientId;
    String clientHost;
    int sessionMillis;
    int rebalanceMillis;
    List<Protocol> protocols;
    ByteBuffer assignment = Bytes.NONE;

    long joinTicket = NO_TICKET;
    long syncTicket = NO_TICKET;
    long watchTicket = NO_TICKET;
    long sessionDeadline;

    Member(String id, JoinRequest request) {
        this.id = id;
        this.instanceId = request.instanceId();
        this.clientId = request.clientId();
        this.clientHost = request.clientHost();
        this.sessionMillis = request.sessionMillis();
        this.rebalanceMillis = request.rebalanceMillis();
        this.protocols = request.protocols();
    }

    Member(MemberImage image, @Nullable String protocol) {
        this.id = image.memberId();
        this.instanceId = image.instanceId();
        this.clientId = image.clientId();
        this.clientHost = image.clientHost();
        this.sessionMillis = image.sessionMillis();
        this.rebalanceMillis = image.rebalanceMillis();
        this.protocols = protocol == null ? List.of() : List.of(new Protocol(protocol, image.subscription()));
        this.assignment = image.assignment();
        this.sessionDeadline = Long.MAX_VALUE;
    }

    void update(JoinRequest request) {
        clientId = request.clientId();
        clientHost = request.clientHost();
        sessionMillis = request.sessionMillis();
        rebalanceMillis = request.rebalanceMillis();
        protocols = request.protocols();
    }

    boolean isStatic() {
        return instanceId != null;
    }

    boolean isJoining() {
        return joinTicket != NO_TICKET;
    }

    boolean isSyncing() {
        return syncTicket != NO_TICKET;
    }

    /** Whoever waits for an answer of the group is alive. */
    boolean isExpiredAt(long now) {
        return !isJoining() && !isSyncing() && sessionDeadline <= now;
    }

    boolean knows(String protocol) {
        for (var each : protocols) if (each.name().equals(protocol)) return true;
        return false;
    }

    ByteBuffer metadata(@Nullable String protocol) {
        for (var each : protocols) if (each.name().equals(protocol)) return each.metadata();
        return Bytes.NONE;
    }

    MemberImage image(@Nullable String protocol, ByteBuffer given) {
        return new MemberImage(
                id, instanceId, clientId, clientHost, rebalanceMillis, sessionMillis, metadata(protocol), given);
    }
}
