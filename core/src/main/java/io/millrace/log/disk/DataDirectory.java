package io.millrace.log.disk;

import io.millrace.model.Refusal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * The top of a data directory: whose it is, and whether its last user said goodbye. Calls block.
 *
 * @param id of this directory, given once; another disk is another id
 * @param nodeId the name of the node that it belongs to
 * @param cleanEpoch the epoch of the life that synced and closed everything at its end, if the last one did
 */
public record DataDirectory(UUID id, String nodeId, OptionalLong cleanEpoch) {
    public static final String PARTITIONS = "partitions";
    public static final String METADATA = "metadata";
    public static final String LOCK = "lock";
    /** The path of a file that holds nothing but space. */
    public static final String RESERVE = PARTITIONS + "/reserve";

    private static final String NODE = "node";
    private static final String CLEAN = "clean";
    private static final String SECRET = "secret";
    private static final int VERSION = 1;
    private static final int LIMIT = 4096;
    private static final int CLEAN_BYTES = 12;
    /** With less than this a node cannot be sure to start. */
    private static final long STARTING_BYTES = 16 << 20;

    private static final Set<String> HARMLESS = Set.of(LOCK, "lost+found", NODE + ".tmp", CLEAN);

    /**
     * Takes a directory into use: a new one gets an identity, one that was used before tells its own. The mark of a clean
     * stop is removed, durably, so that nobody believes it twice. If the disk is full, the reserve is given up (durability
     * contract, R6): a node must be able to start, if only to be read and to have topics deleted.
     *
     * @param newId the identity of a new directory
     * @param nodeId the name of the node, or empty for the one kept here or, in a new directory, one made from the id
     */
    public static DataDirectory open(Disk disk, UUID newId, String nodeId) {
        var stored = Checkpoint.read(disk, NODE, LIMIT);
        if (stored.isEmpty()) {
            refuseForeign(disk);
            var name = nodeId.isEmpty() ? newId.toString().substring(0, 8) : nodeId;
            var fresh = new DataDirectory(newId, name, OptionalLong.empty());
            Checkpoint.write(disk, NODE, fresh.encode());
            makeRoots(disk);
            return fresh;
        }
        boolean marked = disk.exists(CLEAN);
        var known = decode(stored.get(), marked ? cleanEpoch(disk) : OptionalLong.empty());
        if (!nodeId.isEmpty() && !nodeId.equals(known.nodeId())) {
            throw Refusal.INVALID_ARGUMENT.because("the data directory " + disk + " belongs to node " + known.nodeId()
                    + ", not to " + nodeId + "; start with that node.id or with another directory");
        }
        if (disk.usableBytes() < STARTING_BYTES) disk.delete(RESERVE);
        if (!marked) writeAgain(disk, known);
        disk.delete(CLEAN);
        makeRoots(disk);
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
            try {
                Checkpoint.write(disk, SECRET, ByteBuffer.wrap(fresh));
            } catch (DiskException full) {
                // A node starts all the same; the next start makes another one.
                if (full.reason() != DiskException.Reason.FULL) throw full;
            }
            return fresh;
        }
        var secret = new byte[stored.get().remaining()];
        stored.get().get(secret);
        return secret;
    }

    /** The last life may have ended because a sync of the names failed; another would do nothing, but new names are synced. */
    private static void writeAgain(Disk disk, DataDirectory known) {
        try {
            Checkpoint.write(disk, NODE, known.encode());
        } catch (DiskException full) {
            if (full.reason() != DiskException.Reason.FULL) throw full;
        }
    }

    /** For the same reason directories in which there is nothing yet are made anew. */
    private static void makeRoots(Disk disk) {
        for (var root : List.of(METADATA, PARTITIONS)) {
            if (disk.exists(root) && disk.list(root).isEmpty()) disk.delete(root);
            disk.createDirectory(root);
        }
        disk.syncDirectory("");
    }

    /** Whether the life before this one ended cleanly. Only the metadata knows for sure which life that was. */
    public boolean clean() {
        return cleanEpoch.isPresent();
    }

    /** Whether it was this life that ended cleanly. A mark that somebody brought back from elsewhere is of another one. */
    public boolean cleanAfter(long epoch) {
        return clean() && cleanEpoch.getAsLong() == epoch;
    }

    /**
     * Says that everything below is synced and closed.
     *
     * @param epoch of the life that ends here, which is not negative
     */
    public static void markClean(Disk disk, long epoch) {
        var bytes = ByteBuffer.allocate(CLEAN_BYTES).putLong(epoch);
        bytes.putInt(checksum(bytes)).flip();
        disk.delete(CLEAN);
        try (var file = disk.open(CLEAN, Disk.Mode.CREATE_NEW)) {
            file.append(bytes);
            file.force();
        }
        disk.syncDirectory("");
    }

    /** A mark whose bytes are wrong is none: then everything is scanned. */
    private static OptionalLong cleanEpoch(Disk disk) {
        ByteBuffer bytes;
        try {
            bytes = disk.readAll(CLEAN, CLEAN_BYTES);
        } catch (DiskException none) {
            if (none.reason() == DiskException.Reason.FAILED) throw none;
            return OptionalLong.empty();
        }
        boolean good = bytes.remaining() == CLEAN_BYTES && bytes.getInt(8) == checksum(bytes);
        return good ? OptionalLong.of(bytes.getLong(0)) : OptionalLong.empty();
    }

    private static int checksum(ByteBuffer mark) {
        var crc = new CRC32C();
        crc.update(mark.duplicate().limit(8).position(0));
        return (int) crc.getValue();
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

    private static DataDirectory decode(ByteBuffer bytes, OptionalLong cleanEpoch) {
        int version = bytes.remaining() < 20 ? -1 : bytes.getInt();
        if (version != VERSION) {
            throw Refusal.INVALID_ARGUMENT.because("the data directory has format version " + version
                    + ", this broker reads " + VERSION + "; start the broker that wrote it");
        }
        var id = new UUID(bytes.getLong(), bytes.getLong());
        return new DataDirectory(id, StandardCharsets.UTF_8.decode(bytes).toString(), cleanEpoch);
    }
}
