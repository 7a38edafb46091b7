package io.millrace.model;

import static io.millrace.model.Outcome.NOT_STORED;
import static io.millrace.model.Outcome.UNKNOWN;

/**
 * Why the broker says no: a closed list, the same in every protocol. Each tells whether the same request may succeed
 * later, and what became of the record that it concerns.
 */
public enum Refusal {
    INVALID_ARGUMENT(false, NOT_STORED),
    INVALID_RECORD(false, NOT_STORED),
    CORRUPT_BATCH(false, NOT_STORED),
    RECORD_TOO_LARGE(false, NOT_STORED),
    UNSUPPORTED_COMPRESSION(false, NOT_STORED),
    OUT_OF_ORDER_SEQUENCE(false, NOT_STORED),
    INVALID_PRODUCER_EPOCH(false, NOT_STORED),
    /** The sequence was seen so long ago that its offset is forgotten; the record is stored. */
    DUPLICATE_SEQUENCE(false, Outcome.STORED),
    IDEMPOTENCY_IN_PROGRESS(true, NOT_STORED),
    IDEMPOTENCY_MISMATCH(false, NOT_STORED),
    TOPIC_NOT_FOUND(false, NOT_STORED),
    PARTITION_NOT_FOUND(false, NOT_STORED),
    ALREADY_EXISTS(false, NOT_STORED),
    VERSION_CONFLICT(false, NOT_STORED),
    LIMIT_EXCEEDED(false, NOT_STORED),
    OFFSET_OUT_OF_RANGE(false, NOT_STORED),
    CURSOR_EXPIRED(false, NOT_STORED),
    /** The id of a group is empty, too long, or has characters that no id has. */
    INVALID_GROUP_ID(false, NOT_STORED),
    GROUP_NOT_FOUND(false, NOT_STORED),
    /** The group has members; what was asked for needs an empty one. */
    GROUP_NOT_EMPTY(false, NOT_STORED),
    /** The member is not, or no longer, in the group: it joins anew. */
    UNKNOWN_MEMBER_ID(false, NOT_STORED),
    /** The member speaks of another generation than the group is in: it joins anew. */
    ILLEGAL_GENERATION(false, NOT_STORED),
    /** The group divides its partitions anew: the member joins again, under the same id. */
    REBALANCE_IN_PROGRESS(false, NOT_STORED),
    /** Another member has taken over the instance id (KIP-345); this one has ended. */
    FENCED_INSTANCE_ID(false, NOT_STORED),
    /** The member shares no assignor with the group. */
    INCONSISTENT_GROUP_PROTOCOL(false, NOT_STORED),
    INVALID_SESSION_TIMEOUT(false, NOT_STORED),
    GROUP_MAX_SIZE_REACHED(false, NOT_STORED),
    /** What is kept beside a committed offset is too long. */
    OFFSET_METADATA_TOO_LARGE(false, NOT_STORED),
    /** The groups are being read from their log. */
    COORDINATOR_LOAD_IN_PROGRESS(true, NOT_STORED),
    /** The groups are not served here at the moment. */
    COORDINATOR_NOT_AVAILABLE(true, NOT_STORED),
    NOT_LEADER(true, NOT_STORED),
    FENCED_LEADER_EPOCH(true, NOT_STORED),
    NOT_ENOUGH_REPLICAS(true, NOT_STORED),
    /** The producer buffer, or what a gateway may hold for one client, is full. */
    BUFFER_FULL(true, NOT_STORED),
    DISK_FULL(true, NOT_STORED),
    /** The partition has a batch whose bytes are wrong; it takes no writes until an operator allows them. */
    DAMAGED(false, NOT_STORED),
    /** The bytes asked for are wrong on disk and are not served. */
    CORRUPT_MESSAGE(false, NOT_STORED),
    /** The disk failed; the broker stops writing (durability contract, R5). */
    STORAGE_FAILED(true, UNKNOWN),
    ACK_TIMEOUT(true, UNKNOWN),
    DRAINING(true, NOT_STORED),
    CLOSED(false, NOT_STORED);

    private final boolean retryable;
    private final Outcome outcome;

    Refusal(boolean retryable, Outcome outcome) {
        this.retryable = retryable;
        this.outcome = outcome;
    }

    /** Whether the same request may succeed later without change. */
    public boolean retryable() {
        return retryable;
    }

    /** What became of the record. */
    public Outcome outcome() {
        return outcome;
    }

    /** The exception that carries this refusal. {@code detail} names the value, the limit and the way out. */
    public MillraceException because(String detail) {
        return new MillraceException(this, detail);
    }
}
