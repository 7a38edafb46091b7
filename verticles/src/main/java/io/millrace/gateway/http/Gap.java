package io.millrace.gateway.http;

import io.millrace.model.Refusal;
import org.jspecify.annotations.Nullable;

/**
 * Records that a reader can no longer have.
 *
 * @param requested where it wanted to go on, as it said it
 * @param resumedAt where it can go on without losing more than that
 * @param missed how many records lie between; -1 where nobody can know
 * @param reason one of the words below
 */
record Gap(@Nullable String requested, Cursor resumedAt, long missed, String reason) {
    /** Records behind the position were deleted. */
    static final String EXPIRED = "expired";
    /** The topic was deleted, and there is another one of its name. */
    static final String REPLACED = "topicReplaced";
    /** The position is ahead of the last record: the topic has lost its end. */
    static final String END_LOST = "endLost";
    /** The position is none that this server has given. */
    static final String UNKNOWN = "unknown";
    /** The reader was so slow that records were left out, as it had asked for. */
    static final String SLOW = "slow";

    /** As the answer to a read. */
    Problem asProblem() {
        var detail =
                switch (reason) {
                    case REPLACED -> "the cursor is of a topic of the same name that was deleted";
                    case END_LOST -> "the position is ahead of the last record; the topic has lost its end";
                    case UNKNOWN -> "the position is none that this server has given";
                    default -> missed + " records behind the position were deleted";
                };
        var problem = Problem.of(Refusal.CURSOR_EXPIRED, detail).with("earliestCursor", "\"" + resumedAt + "\"");
        return missed < 0 ? problem : problem.with("lostRecords", "\"" + missed + "\"");
    }

    /** The members of a frame or an event, without braces. */
    void writeMembers(JsonWriter out) {
        out.plain("\"requested\":").text(requested).plain(",\"resumedAt\":");
        resumedAt.writeTo(out);
        out.plain(",\"missed\":");
        if (missed < 0) out.nothing();
        else out.put('"').number(missed).put('"');
        out.plain(",\"reason\":\"").plain(reason).put('"');
    }
}
