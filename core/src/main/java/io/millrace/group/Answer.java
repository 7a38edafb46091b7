package io.millrace.group;

import io.millrace.model.MillraceException;

/** What somebody gets who asked; the ticket says who. Ring 0. */
public sealed interface Answer {
    /** The number that came with the question. */
    long ticket();

    record JoinAnswer(long ticket, Joined joined) implements Answer {}

    record SyncAnswer(long ticket, Synced synced) implements Answer {}

    /** A rebalance has begun. */
    record Woken(long ticket) implements Answer {}

    record Refused(long ticket, MillraceException refusal) implements Answer {}
}
