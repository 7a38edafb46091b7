package io.millrace;

import io.vertx.codegen.annotations.DataObject;
import io.vertx.core.json.JsonObject;

/** One consumer group in a list. */
@DataObject
public final class GroupSummary {
    private final String group;
    private final String state;
    private final String protocolType;
    private final int members;

    public GroupSummary(String group, String state, String protocolType, int members) {
        this.group = group;
        this.state = state;
        this.protocolType = protocolType;
        this.members = members;
    }

    public String group() {
        return group;
    }

    /** {@code Empty}, {@code PreparingRebalance}, {@code CompletingRebalance} or {@code Stable}. */
    public String state() {
        return state;
    }

    /** {@code consumer} for consumers; empty for a group that never had members. */
    public String protocolType() {
        return protocolType;
    }

    public int members() {
        return members;
    }

    public JsonObject toJson() {
        return new JsonObject()
                .put("group", group)
                .put("state", state)
                .put("protocolType", protocolType)
                .put("members", members);
    }

    @Override
    public String toString() {
        return toJson().encode();
    }
}
