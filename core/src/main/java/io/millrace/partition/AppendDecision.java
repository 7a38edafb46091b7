package io.millrace.partition;

import io.millrace.model.MillraceException;
import io.millrace.model.Refusal;

/** What becomes of a batch that somebody wants to append. */
sealed interface AppendDecision {
    AppendDecision ACCEPTED = new Accepted();

    static AppendDecision refused(Refusal refusal, String detail) {
        return new Refused(refusal.because(detail));
    }

    /** It goes to the end of the log. */
    record Accepted() implements AppendDecision {}

    /**
     * It was appended before, though perhaps it is not durable yet.
     *
     * @param baseOffset where it begins
     * @param lastOffset where it ends
     * @param logAppendTime the time that the broker gave it, or -1
     */
    record Duplicate(long baseOffset, long lastOffset, long logAppendTime) implements AppendDecision {}

    /** It is not appended. */
    record Refused(MillraceException cause) implements AppendDecision {}
}
