package io.millrace.partition;

/** How much of storing a record its producer waits for. */
public enum Acks {
    /** Nothing is promised (durability contract, S1). */
    NONE,
    /** The leader has it at the flush level of the topic (S2 to S4). */
    LEADER,
    /** All in-sync replicas, at least {@code min.insync.replicas}, have it at the flush level of the topic (C1). */
    ALL
}
