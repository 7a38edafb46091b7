package io.millrace.log.segment;

import io.millrace.model.PartitionId;
import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * What the state file of a log says.
 *
 * @param partition whose log this is
 * @param start the lowest offset that can be read
 * @param sealedBelow every segment with a smaller base offset is sealed and was synced (the recovery point)
 */
record LogIdentity(PartitionId partition, long start, long sealedBelow) {
    private static final int VERSION = 1;
    static final int BYTES = 4 + 16 + 4 + 8 + 8;

    ByteBuffer encode() {
        return ByteBuffer.allocate(BYTES)
                .putInt(VERSION)
                .putLong(partition.topic().getMostSignificantBits())
                .putLong(partition.topic().getLeastSignificantBits())
                .putInt(partition.index())
                .putLong(start)
                .putLong(sealedBelow)
                .flip();
    }

    /** Throws {@link IllegalArgumentException} for another version or bytes that make no sense. */
    static LogIdentity decode(ByteBuffer bytes) {
        if (bytes.remaining() < 4) throw new IllegalArgumentException("state file of " + bytes.remaining() + " bytes");
        int version = bytes.getInt();
        if (version != VERSION) {
            throw new IllegalArgumentException("state file has format version " + version + ", this broker reads "
                    + VERSION + "; start the broker that wrote it");
        }
        if (bytes.remaining() != BYTES - 4) throw new IllegalArgumentException("state file of a wrong length");
        return new LogIdentity(
                new PartitionId(new UUID(bytes.getLong(), bytes.getLong()), bytes.getInt()),
                bytes.getLong(),
                bytes.getLong());
    }
}
