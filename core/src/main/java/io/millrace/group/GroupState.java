package io.millrace.group;

/** Where a group is between two generations. The words are Kafka's. Ring 0. */
public enum GroupState {
    /** No members; offsets may be left. */
    EMPTY("Empty"),
    /** Waits until all members have joined the next generation. */
    PREPARING_REBALANCE("PreparingRebalance"),
    /** All have joined; waits for the leader's division. */
    COMPLETING_REBALANCE("CompletingRebalance"),
    /** Everybody knows its share. */
    STABLE("Stable"),
    /** Gone; whoever still asks is told to look again. */
    DEAD("Dead");

    private final String text;

    GroupState(String text) {
        this.text = text;
    }

    /** As people and Kafka's tools write it. */
    public String text() {
        return text;
    }
}
