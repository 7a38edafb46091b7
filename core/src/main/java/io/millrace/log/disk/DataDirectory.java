package io.millrace.log.disk;

import io.millrace.model.Refusal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.UUID;

/**
 * The top of a data directory: whose it is, and whether its last user said goodbye. Calls block.
 *
 * @param id of this directory, given once; another disk is another id
 * @param nodeId the name of the node that it belongs to
 * @param clean whether everything was synced and closed when it was used last
 */
public record DataDirectory(UUID id, String nodeId, boolean clean) {
    public static final String PARTITIONS = "partitions";
    public static final String METADATA = "metadata";
    public static final String LOCK = "lock";

    private static final String NODE = "node";
    private static final String CLEAN = "clean";
    private static final String SECRET = "secret";
    private static final int VERSION = 1;
    private static final int LIMIT = 4096;
    private static final Set<String> HARMLESS = Set.of(LOCK, "lost+found", NODE + ".tmp", CLEAN);

    /**
     * Takes a directory into use: a new one gets an identity, one that was used before tells its own. The mark of a clean
     * stop is removed, durably, so that nobody believes it twice.
     *
     * @param newId the identity of a new directory
     * @param nodeId the name of the node, or empty for the one kept here or, in a new directory, one made from the id
     */
    public static DataDirectory open(Disk disk, UUID newId, String nodeId) {
        var stored = Checkpoint.read(disk, NODE, LIMIT);
        if (stored.isEmpty()) {
            refuseForeign(disk);
            var fresh =
                    new DataDirectory(newId, nodeId.isEmpty() ? newId.toString().substring(0, 8) : nodeId, true);
            Checkpoint.write(disk, NODE, fresh.encode());
            return fresh;
        }
        boolean clean = disk.exists(CLEAN);
        var known = decode(stored.get(), clean);
        if (!nodeId.isEmpty() && !nodeId.equals(known.nodeId())) {
            throw Refusal.INVALID_ARGUMENT.because("the data directory " + disk + " belongs to node " + known.nodeId()
                    + ", not to " + nodeId + "; start with that node.id or with another directory");
        }
        if (clean) {
            disk.delete(CLEAN);
            disk.syncDirectory("");
        }
        return known;
    }

    /**
     * The secret of this directory, made once: what this node signs with it, it knows again after a restart. Only the user
     * of the broker may read the file.
     *
     * @param fresh the secret of a directory that has none yet
     */
    public static byte[] secret(Disk disk, byte[] fresh) {
        var stored = Checkpoint.read(disk, SECRET, LIMIT);
        if (stored.isEmpty()) {
            Checkpoint.write(disk, SECRET, ByteBuffer.wrap(fresh));
            return fresh;
        }
        var secret = new byte[stored.get().remaining()];
        stored.get().get(secret);
        return secret;
    }

    /** Says that everything below is synced and closed. */
    public static void markClean(Disk disk) {
        disk.delete(CLEAN);
        try (var file = disk.open(CLEAN, Disk.Mode.CREATE_NEW)) {
            file.force();
        }
        disk.syncDirectory("");
    }

    private static void refuseForeign(Disk disk) {
        for (var entry : disk.list("")) {
            if (HARMLESS.contains(entry.name())) continue;
            throw Refusal.INVALID_ARGUMENT.because("the data directory " + disk
                    + " is not empty and not a data directory" + " of this broker: it holds " + entry.name()
                    + "; name an empty directory, nothing was changed");
        }
    }

    private ByteBuffer encode() {
        var name = nodeId.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(4 + 16 + name.length)
                .putInt(VERSION)
                .putLong(id.getMostSignificantBits())
                .putLong(id.getLeastSignificantBits())
                .put(name)
                .flip();
    }

    private static DataDirectory decode(ByteBuffer bytes, boolean clean) {
        int version = bytes.remaining() < 20 ? -1 : bytes.getInt();
        if (version != VERSION) {
            throw Refusal.INVALID_ARGUMENT.because("the data directory has format version " + version
                    + ", this broker reads " + VERSION + "; start the broker that wrote it");
        }
        var id = new UUID(bytes.getLong(), bytes.getLong());
        return new DataDirectory(id, StandardCharsets.UTF_8.decode(bytes).toString(), clean);
    }
}
