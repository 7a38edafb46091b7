package io.millrace;

import io.vertx.codegen.annotations.DataObject;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What there is to know about a consumer group at one moment. */
@DataObject
public final class GroupDescription {
    private final String group;
    private final String state;
    private final String protocolType;
    private final @Nullable String assignor;
    private final @Nullable String leader;
    private final int generation;
    private final long rebalances;
    private final List<MemberDescription> members;
    private final List<PartitionLag> partitions;
    private final @Nullable Long trendPerSecond;
    private final @Nullable Long drainMillis;

    public GroupDescription(
            String group,
            String state,
            String protocolType,
            @Nullable String assignor,
            @Nullable String leader,
            int generation,
            long rebalances,
            List<MemberDescription> members,
            List<PartitionLag> partitions,
            @Nullable Long trendPerSecond,
            @Nullable Long drainMillis) {
        this.group = group;
        this.state = state;
        this.protocolType = protocolType;
        this.assignor = assignor;
        this.leader = leader;
        this.generation = generation;
        this.rebalances = rebalances;
        this.members = List.copyOf(members);
        this.partitions = List.copyOf(partitions);
        this.trendPerSecond = trendPerSecond;
        this.drainMillis = drainMillis;
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

    /** How partitions are divided; null without a generation. */
    public @Nullable String assignor() {
        return assignor;
    }

    /** The member that divides them; null without a generation. */
    public @Nullable String leader() {
        return leader;
    }

    public int generation() {
        return generation;
    }

    /** Generations begun since this broker was started. */
    public long rebalances() {
        return rebalances;
    }

    public List<MemberDescription> members() {
        return members;
    }

    /** Members without partitions, because there are fewer partitions than members. */
    public int idleMembers() {
        if (!state.equals("Stable")) return 0;
        return (int)
                members.stream().filter(member -> member.partitions().isEmpty()).count();
    }

    /** By topic and number. */
    public List<PartitionLag> partitions() {
        return partitions;
    }

    /** Records behind, over all partitions to which something was committed. */
    public long lag() {
        return partitions.stream()
                .mapToLong(partition -> Math.max(0, partition.lag()))
                .sum();
    }

    /** How old the oldest record is that is not settled, in milliseconds; 0 without lag. */
    public long lagMillis() {
        return partitions.stream()
                .mapToLong(partition -> Math.max(0, partition.lagMillis()))
                .max()
                .orElse(0);
    }

    /** By how many records the lag grows in a second, negative if it shrinks; null if it was not observed before. */
    public @Nullable Long trendPerSecond() {
        return trendPerSecond;
    }

    /** In how many milliseconds nothing is left if it goes on so; null if it grows, or was not observed before. */
    public @Nullable Long drainMillis() {
        return drainMillis;
    }

    public JsonObject toJson() {
        return lagJson()
                .put("state", state)
                .put("protocolType", protocolType)
                .put("assignor", assignor)
                .put("leader", leader)
                .put("generation", generation)
                .put("rebalances", rebalances)
                .put("idleMembers", idleMembers())
                .put("members", membersJson());
    }

    /** Only what is about lag. */
    public JsonObject lagJson() {
        return new JsonObject()
                .put("group", group)
                .put("lag", lag())
                .put("lagMillis", lagMillis())
                .put("trendPerSecond", trendPerSecond)
                .put("drainMillis", drainMillis)
                .put(
                        "partitions",
                        new JsonArray(
                                partitions.stream().map(PartitionLag::toJson).toList()));
    }

    /** Only the members. */
    public JsonArray membersJson() {
        return new JsonArray(members.stream().map(MemberDescription::toJson).toList());
    }

    @Override
    public String toString() {
        return toJson().encode();
    }
}
