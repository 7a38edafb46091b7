package io.millrace.group;

/**
 * One offset of a commit. Ring 0.
 *
 * @param offset the offset of the next record to process
 * @param leaderEpoch the leader epoch of the last record processed, or -1
 * @param metadata whatever the member wants to remember with it; may be empty
 */
public record OffsetToCommit(long offset, int leaderEpoch, String metadata) {
    public static OffsetToCommit of(long offset) {
        return new OffsetToCommit(offset, -1, "");
    }
}
