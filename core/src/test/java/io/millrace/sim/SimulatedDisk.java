package io.millrace.sim;

import io.millrace.log.disk.Disk;
import io.millrace.log.disk.DiskException;
import io.millrace.log.disk.DiskException.Reason;
import io.millrace.log.disk.DiskFile;
import io.millrace.sim.SimulatedNames.Node;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Predicate;

/**
 * A disk in memory that does to its user what a real one may do, and nothing worse: whatever was forced under a name whose
 * directories were synced is never lost.
 *
 * <p>Each call (all but {@link DiskFile#size}) has a number, counted from 1; {@link #crashAtCall} makes the process die
 * there. A harness then goes on with {@link #afterKill} or {@link #afterPowerCut}. One thread.
 */
public final class SimulatedDisk implements Disk {
    private static final long DEFAULT_CAPACITY = 1L << 40;

    private final SimulatedNames names;
    private final Random random;
    private final List<Predicate<String>> failingSyncs = new ArrayList<>();
    private long capacity = DEFAULT_CAPACITY;
    private long used;
    private long calls;
    private long crashAt = -1;
    private String crash;

    /** An empty disk whose crashes happen in the same way each time. */
    public SimulatedDisk() {
        this(new Random(0));
    }

    /** An empty disk. */
    public SimulatedDisk(Random random) {
        this(new SimulatedNames(), random);
    }

    private SimulatedDisk(SimulatedNames names, Random random) {
        this.names = names;
        this.random = random;
        names.root.forEachFile(file -> used += file.bytes.size());
    }

    // What a test can do to it.

    /** How many calls there were since this process started. */
    public long calls() {
        return calls;
    }

    /** The process dies in the call with this number: before it, after it, or with half of a write done. */
    public void crashAtCall(long number) {
        crashAt = number;
    }

    /** Whether the process that used this disk is dead. Then each call throws {@link SimulatedCrash}. */
    public boolean crashed() {
        return crash != null;
    }

    /** Fails the next {@code force} or {@code syncDirectory} of this path. */
    public void failSyncOnce(String path) {
        failSyncOnce(path::equals);
    }

    /**
     * Fails the next {@code force} or {@code syncDirectory} of a path like that. What was unsynced stays visible and never
     * becomes durable, although later syncs succeed. A file is known by the path under which it was opened.
     */
    public void failSyncOnce(Predicate<String> path) {
        failingSyncs.add(path);
    }

    /** The size of the volume; what would grow over it is refused with FULL and changes nothing. */
    public void capacityBytes(long bytes) {
        capacity = bytes;
    }

    /** Turns a bit of the byte at a position, on the device and in the page cache. */
    public void flipBit(String path, long position) {
        var bytes = file(path).bytes;
        if (position < 0 || position >= bytes.size()) {
            throw new IllegalArgumentException(path + " has " + bytes.size() + " bytes, none at " + position);
        }
        bytes.flip((int) position, random.nextInt(8));
    }

    /** What the device had of a file at its last sync; empty if it does not have that name. */
    public Optional<byte[]> durableBytes(String path) {
        var node = names.root;
        for (var part : Disk.parts(path)) {
            node = node.device.get(part);
            if (node == null) return Optional.empty();
        }
        return node.isDirectory() ? Optional.empty() : Optional.of(node.bytes.onDevice());
    }

    /**
     * The disk as the next process finds it after this one was killed: everything written is there, and what was unsynced
     * still is. The process is dead from now on.
     */
    public SimulatedDisk afterKill() {
        die("killed");
        return next(names.copy());
    }

    /**
     * The disk as the next process finds it after the power was cut. May be asked again: each answer is one of the things
     * that could have happened. The process is dead from now on.
     */
    public SimulatedDisk afterPowerCut(Random chance) {
        die("power cut");
        var left = names.copy();
        left.settle(chance);
        return next(left);
    }

    private SimulatedDisk next(SimulatedNames left) {
        var disk = new SimulatedDisk(left, random);
        disk.capacity = capacity;
        return disk;
    }

    private void die(String how) {
        if (crash == null) crash = how + " after call " + calls;
    }

    // The disk.

    @Override
    public void createDirectory(String path) {
        call("createDirectory " + path, () -> {
            var place = place(path);
            if (place.node() == null) {
                names.create(place.directory(), place.name(), Node.directory());
            } else if (!place.node().isDirectory()) {
                throw refusal(Reason.EXISTS, path);
            }
            return null;
        });
    }

    @Override
    public List<Entry> list(String path) {
        return call("list " + path, () -> {
            var entries = new ArrayList<Entry>();
            directory(path)
                    .live
                    .forEach((name, node) ->
                            entries.add(new Entry(name, node.isDirectory() ? Entry.Kind.DIRECTORY : Entry.Kind.FILE)));
            return entries;
        });
    }

    @Override
    public boolean exists(String path) {
        return call("exists " + path, () -> {
            try {
                return place(path).node() != null;
            } catch (DiskException e) {
                if (e.reason() == Reason.NOT_FOUND) return false;
                throw e;
            }
        });
    }

    @Override
    public DiskFile open(String path, Mode mode) {
        return call("open " + path + " " + mode, () -> {
            if (mode != Mode.CREATE_NEW) return new Handle(path, file(path), mode);
            var place = place(path);
            if (place.node() != null) throw refusal(Reason.EXISTS, path);
            var file = Node.file();
            names.create(place.directory(), place.name(), file);
            return new Handle(path, file, mode);
        });
    }

    @Override
    public void rename(String from, String to) {
        call("rename " + from + " to " + to, () -> {
            var source = place(from);
            var target = place(to);
            if (source.node() == null) throw refusal(Reason.NOT_FOUND, from);
            if (target.node() != null && source.node().isDirectory()) throw refusal(Reason.EXISTS, to);
            if (target.node() != null && target.node().isDirectory()) throw refusal(Reason.NOT_A_FILE, to);
            if (isWithin(target.directory(), source.node())) throw refusal(Reason.FAILED, to);
            if (source.node() == target.node()) return null;
            var replaced = names.rename(source.directory(), source.name(), target.directory(), target.name());
            if (replaced != null) giveBack(replaced);
            return null;
        });
    }

    private static boolean isWithin(Node directory, Node node) {
        var way = directory;
        while (way != null && way != node) way = way.parent;
        return way == node;
    }

    @Override
    public void delete(String path) {
        call("delete " + path, () -> {
            Place place;
            try {
                place = place(path);
            } catch (DiskException e) {
                if (e.reason() == Reason.NOT_FOUND) return null;
                throw e;
            }
            if (place.node() == null) return null;
            if (!place.node().live.isEmpty()) throw refusal(Reason.EXISTS, path + " is not empty");
            names.delete(place.directory(), place.name());
            giveBack(place.node());
            return null;
        });
    }

    @Override
    public void syncDirectory(String path) {
        call("syncDirectory " + path, () -> {
            var directory = directory(path);
            if (syncFails(path)) {
                names.failSync(directory);
                throw new DiskException(Reason.FAILED, "cannot sync directory " + path + ": simulated I/O error");
            }
            names.sync(directory);
            return null;
        });
    }

    @Override
    public long usableBytes() {
        return call("usableBytes", () -> Math.max(0, capacity - used));
    }

    @Override
    public long totalBytes() {
        return call("totalBytes", () -> capacity);
    }

    private boolean syncFails(String path) {
        for (var failing : failingSyncs) {
            if (failing.test(path)) {
                failingSyncs.remove(failing);
                return true;
            }
        }
        return false;
    }

    /** Space of a deleted file comes back when nobody has it open any more. */
    private void giveBack(Node node) {
        if (!node.isDirectory() && node.parent == null && node.handles == 0) used -= node.bytes.size();
    }

    private void grow(long bytes, String what) {
        if (bytes > capacity - used) throw new DiskException(Reason.FULL, what + ": no space left on simulated device");
        used += bytes;
    }

    private Place place(String path) {
        var parts = Disk.parts(path);
        var directory = names.root;
        for (var part : parts.subList(0, parts.size() - 1)) {
            directory = directory.live.get(part);
            if (directory == null) throw refusal(Reason.NOT_FOUND, path);
            if (!directory.isDirectory()) throw refusal(Reason.NOT_A_FILE, path);
        }
        var name = parts.get(parts.size() - 1);
        return new Place(directory, name, directory.live.get(name));
    }

    private Node directory(String path) {
        var node = path.isEmpty() ? names.root : place(path).node();
        if (node == null) throw refusal(Reason.NOT_FOUND, path);
        if (!node.isDirectory()) throw refusal(Reason.NOT_A_FILE, path);
        return node;
    }

    private Node file(String path) {
        var node = place(path).node();
        if (node == null) throw refusal(Reason.NOT_FOUND, path);
        if (node.isDirectory()) throw refusal(Reason.NOT_A_FILE, path);
        return node;
    }

    private static DiskException refusal(Reason reason, String path) {
        return new DiskException(reason, reason + " " + path);
    }

    /** A name and what it stands for: a node, or null. */
    private record Place(Node directory, String name, Node node) {}

    private <T> T call(String what, Effect<T> effect) {
        return call(what, effect, effect);
    }

    /** {@code half} is what happens if the process dies in the middle. */
    private <T> T call(String what, Effect<T> effect, Effect<?> half) {
        requireAlive();
        calls++;
        if (calls != crashAt) return effect.happen();

        int moment = random.nextInt(3);
        crash = "crash " + List.of("before", "in", "after").get(moment) + " call " + calls + ", " + what;
        try {
            if (moment == 1) half.happen();
            if (moment == 2) effect.happen();
        } catch (DiskException refused) {
            // Nobody is left to be told.
        }
        throw new SimulatedCrash(crash);
    }

    private interface Effect<T> {
        T happen();
    }

    private void requireAlive() {
        if (crash != null) throw new SimulatedCrash("the process is dead: " + crash);
    }

    private final class Handle implements DiskFile {
        private final String path;
        private final Node node;
        private final boolean writable;
        private boolean closed;

        Handle(String path, Node node, Mode mode) {
            this.path = path;
            this.node = node;
            this.writable = mode != Mode.READ;
            node.handles++;
        }

        @Override
        public long size() {
            requireAlive();
            return node.bytes.size();
        }

        @Override
        public void append(ByteBuffer... bytes) {
            requireWritable();
            put("append ", node.bytes.size(), take(bytes));
        }

        @Override
        public void write(long position, ByteBuffer bytes) {
            requireWritable();
            requireWithin(position);
            put("write ", (int) position, take(bytes));
        }

        private void put(String what, int position, byte[] bytes) {
            call(
                    what + path + " " + bytes.length + " bytes at " + position,
                    () -> place(position, bytes),
                    () -> place(position, Arrays.copyOf(bytes, random.nextInt(bytes.length + 1))));
        }

        private Void place(int position, byte[] bytes) {
            grow(Math.max(0, position + (long) bytes.length - node.bytes.size()), path);
            node.bytes.write(position, bytes);
            return null;
        }

        private static byte[] take(ByteBuffer... buffers) {
            int total = 0;
            for (var buffer : buffers) total += buffer.remaining();
            var all = ByteBuffer.allocate(total);
            for (var buffer : buffers) all.put(buffer);
            return all.array();
        }

        @Override
        public int read(long position, ByteBuffer into) {
            requireOpen();
            return call("read " + path + " at " + position, () -> node.bytes.read(position, into));
        }

        @Override
        public void force() {
            requireOpen();
            call("force " + path, () -> {
                if (syncFails(path)) {
                    node.bytes.failForce();
                    throw new DiskException(Reason.FAILED, "cannot sync " + path + ": simulated I/O error");
                }
                node.bytes.force();
                return null;
            });
        }

        @Override
        public void truncate(long size) {
            requireWritable();
            requireWithin(size);
            call("truncate " + path + " to " + size, () -> {
                used -= node.bytes.size() - size;
                node.bytes.cut((int) size);
                return null;
            });
        }

        @Override
        public void close() {
            call("close " + path, () -> {
                if (closed) return null;
                closed = true;
                node.handles--;
                giveBack(node);
                return null;
            });
        }

        private void requireWithin(long position) {
            if (position < 0 || position > node.bytes.size()) {
                throw new IllegalArgumentException(
                        position + " lies outside " + path + " of " + node.bytes.size() + " bytes");
            }
        }

        private void requireWritable() {
            requireOpen();
            if (!writable) throw new IllegalStateException(path + " was opened for reading");
        }

        private void requireOpen() {
            if (closed) throw new IllegalStateException(path + " is closed");
        }

        @Override
        public String toString() {
            return path;
        }
    }
}
