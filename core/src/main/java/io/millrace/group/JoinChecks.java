package io.millrace.group;

import static io.millrace.model.Refusal.INCONSISTENT_GROUP_PROTOCOL;
import static io.millrace.model.Refusal.INVALID_ARGUMENT;
import static io.millrace.model.Refusal.INVALID_GROUP_ID;
import static io.millrace.model.Refusal.INVALID_SESSION_TIMEOUT;
import static io.millrace.model.Refusal.LIMIT_EXCEEDED;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What must hold of a request whatever the group is like. Ring 0. */
final class JoinChecks {
    private static final int MOST_TEXT_CHARS = 255;
    private static final int MOST_PROTOCOLS = 20;

    private JoinChecks() {}

    static void check(JoinRequest request, GroupOptions options) {
        text("member id", request.memberId());
        text("instance id", request.instanceId());
        if (request.instanceId() != null && request.instanceId().isEmpty()) {
            throw INVALID_ARGUMENT.because("the instance id is empty; leave it out for a dynamic member");
        }
        text("client id", request.clientId());
        text("client host", request.clientHost());
        text("protocol type", request.protocolType());
        if (request.protocolType().isEmpty() || request.protocols().isEmpty()) {
            throw INCONSISTENT_GROUP_PROTOCOL.because("a member names its protocol type and at least one assignor");
        }
        if (request.protocols().size() > MOST_PROTOCOLS) {
            throw LIMIT_EXCEEDED.because("the member names "
                    + request.protocols().size() + " assignors; at most " + MOST_PROTOCOLS + " are allowed");
        }
        for (var protocol : request.protocols()) text("assignor", protocol.name());
        long bytes = bytes(request.protocols());
        if (bytes > options.maxMetadataBytes()) {
            throw LIMIT_EXCEEDED.because("the subscription takes " + bytes + " bytes over all assignors; at most "
                    + options.maxMetadataBytes() + " are allowed");
        }
        if (request.sessionMillis() < options.minSessionMillis()
                || request.sessionMillis() > options.maxSessionMillis()) {
            throw INVALID_SESSION_TIMEOUT.because("the session timeout is " + request.sessionMillis() + " ms; "
                    + options.minSessionMillis() + " to " + options.maxSessionMillis() + " are allowed");
        }
        if (request.rebalanceMillis() < 1 || request.rebalanceMillis() > options.maxRebalanceMillis()) {
            throw INVALID_ARGUMENT.because("the processing timeout is " + request.rebalanceMillis() + " ms; 1 to "
                    + options.maxRebalanceMillis() + " are allowed");
        }
    }

    static void groupId(String group, GroupOptions options) {
        if (group.isEmpty())
            throw INVALID_GROUP_ID.because(
                    "the group id is empty; it has 1 to " + options.maxGroupIdChars() + " characters");
        if (group.length() > options.maxGroupIdChars()) {
            throw INVALID_GROUP_ID.because("the group id has " + group.length() + " characters; at most "
                    + options.maxGroupIdChars() + " are allowed");
        }
        for (int at = 0; at < group.length(); at++) {
            char c = group.charAt(at);
            if (Character.isISOControl(c) || (Character.isSurrogate(c) && !paired(group, at))) {
                throw INVALID_GROUP_ID.because(
                        "group id " + Quoted.of(group) + " has a character at position " + at + " that no id has");
            }
        }
    }

    private static boolean paired(String text, int at) {
        char c = text.charAt(at);
        if (Character.isHighSurrogate(c))
            return at + 1 < text.length() && Character.isLowSurrogate(text.charAt(at + 1));
        return at > 0 && Character.isHighSurrogate(text.charAt(at - 1));
    }

    private static void text(String what, @Nullable String value) {
        if (value != null && value.length() > MOST_TEXT_CHARS) {
            throw INVALID_ARGUMENT.because("the " + what + " has " + value.length() + " characters; at most "
                    + MOST_TEXT_CHARS + " are allowed");
        }
    }

    static long bytes(List<Protocol> protocols) {
        long bytes = 0;
        for (var protocol : protocols)
            bytes += protocol.name().length() + protocol.metadata().remaining();
        return bytes;
    }
}
