package io.millrace.group;

/**
 * Limits and times of all groups of a broker. Ring 0.
 *
 * @param maxGroups groups that one shard holds
 * @param maxMembers members of one group
 * @param maxGroupIdChars characters of a group id
 * @param maxMetadataBytes bytes of all protocols of one member together
 * @param maxGroupBytes bytes of one group as it is stored: half of it for what members say, half for what they are given
 * @param maxOffsets partitions to which one group has committed
 * @param maxOffsetMetadataChars characters kept beside one committed offset
 * @param maxPendingBytes bytes that may wait to be written in one shard; more is refused with BUFFER_FULL
 * @param minSessionMillis the shortest session timeout
 * @param maxSessionMillis the longest session timeout
 * @param maxRebalanceMillis the longest processing timeout
 * @param quietMillis how long an empty group waits for more members before its first generation begins
 * @param offsetRetentionMillis offsets of a group that has been empty for so long are forgotten
 * @param expiryMillis how often it is looked for such offsets
 */
public record GroupOptions(
        int maxGroups,
        int maxMembers,
        int maxGroupIdChars,
        int maxMetadataBytes,
        int maxGroupBytes,
        int maxOffsets,
        int maxOffsetMetadataChars,
        int maxPendingBytes,
        int minSessionMillis,
        int maxSessionMillis,
        int maxRebalanceMillis,
        int quietMillis,
        long offsetRetentionMillis,
        long expiryMillis) {

    public static final GroupOptions DEFAULT = new GroupOptions(
            10_000,
            1_000,
            249,
            64 << 10,
            4 << 20,
            100_000,
            4_096,
            16 << 20,
            1_000,
            1_800_000,
            86_400_000,
            50,
            7 * 86_400_000L,
            600_000);

    public GroupOptions {
        atLeast(1, maxGroups, "maxGroups");
        atLeast(1, maxMembers, "maxMembers");
        atLeast(1, maxGroupIdChars, "maxGroupIdChars");
        atLeast(1, maxMetadataBytes, "maxMetadataBytes");
        atLeast(1, maxGroupBytes, "maxGroupBytes");
        atLeast(1, maxOffsets, "maxOffsets");
        atLeast(0, maxOffsetMetadataChars, "maxOffsetMetadataChars");
        atLeast(1, maxPendingBytes, "maxPendingBytes");
        atLeast(1, minSessionMillis, "minSessionMillis");
        atLeast(minSessionMillis, maxSessionMillis, "maxSessionMillis");
        atLeast(1, maxRebalanceMillis, "maxRebalanceMillis");
        atLeast(0, quietMillis, "quietMillis");
        atLeast(1, offsetRetentionMillis, "offsetRetentionMillis");
        atLeast(1, expiryMillis, "expiryMillis");
    }

    private static void atLeast(long least, long value, String name) {
        if (value < least) throw new IllegalArgumentException(name + " " + value + " is below " + least);
    }

    public GroupOptions withQuietMillis(int millis) {
        return new GroupOptions(
                maxGroups,
                maxMembers,
                maxGroupIdChars,
                maxMetadataBytes,
                maxGroupBytes,
                maxOffsets,
                maxOffsetMetadataChars,
                maxPendingBytes,
                minSessionMillis,
                maxSessionMillis,
                maxRebalanceMillis,
                millis,
                offsetRetentionMillis,
                expiryMillis);
    }

    public GroupOptions withRetention(long retentionMillis, long everyMillis) {
        return new GroupOptions(
                maxGroups,
                maxMembers,
                maxGroupIdChars,
                maxMetadataBytes,
                maxGroupBytes,
                maxOffsets,
                maxOffsetMetadataChars,
                maxPendingBytes,
                minSessionMillis,
                maxSessionMillis,
                maxRebalanceMillis,
                quietMillis,
                retentionMillis,
                everyMillis);
    }

    public GroupOptions withLimits(int groups, int members, int offsets) {
        return new GroupOptions(
                groups,
                members,
                maxGroupIdChars,
                maxMetadataBytes,
                maxGroupBytes,
                offsets,
                maxOffsetMetadataChars,
                maxPendingBytes,
                minSessionMillis,
                maxSessionMillis,
                maxRebalanceMillis,
                quietMillis,
                offsetRetentionMillis,
                expiryMillis);
    }
}
