package io.millrace.group;

/**
 * How far a group has come in one partition. Ring 0.
 *
 * @param offset the offset of the next record to process
 * @param leaderEpoch the leader epoch of the last record processed, or -1
 * @param metadata whatever the member wants to remember with it
 * @param commitTimestamp when it was committed, in milliseconds since 1970
 */
public record Committed(long offset, int leaderEpoch, String metadata, long commitTimestamp) {
    public Committed {
        if (offset < 0) throw new IllegalArgumentException("negative offset " + offset);
        if (leaderEpoch < -1) throw new IllegalArgumentException("leader epoch " + leaderEpoch);
    }
}
