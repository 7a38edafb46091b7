package io.millrace.log.disk;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;

/**
 * One flat directory in memory that loses what was not synced. It dies before its n-th change, and {@link #powerUp} gives
 * back the synced bytes and names, with any prefix of what was pending.
 */
public final class CrashingDisk implements Disk {
    /** Thrown by every call after the power went. */
    public static final class PowerCut extends RuntimeException {}

    private static final class Inode {
        byte[] bytes = {};
        byte[] durable = {};
    }

    private TreeMap<String, Inode> names = new TreeMap<>();
    private TreeMap<String, Inode> durableNames = new TreeMap<>();
    private final List<TreeMap<String, Inode>> pendingNames = new ArrayList<>();
    private int changesLeft = Integer.MAX_VALUE;

    public void dieBeforeChange(int number) {
        changesLeft = number;
    }

    public void powerUp(Random random) {
        int kept = random.nextInt(pendingNames.size() + 1);
        names = new TreeMap<>(kept == 0 ? durableNames : pendingNames.get(kept - 1));
        for (var inode : names.values()) {
            boolean grew = inode.bytes.length > inode.durable.length;
            int length =
                    grew ? inode.durable.length + random.nextInt(inode.bytes.length - inode.durable.length + 1) : 0;
            inode.bytes = grew ? Arrays.copyOf(inode.bytes, length) : inode.durable.clone();
            inode.durable = inode.bytes.clone();
        }
        durableNames = new TreeMap<>(names);
        pendingNames.clear();
        changesLeft = Integer.MAX_VALUE;
    }

    public void flipBit(String path, int bit) {
        var inode = inode(path);
        inode.bytes[bit / 8] ^= (byte) (1 << (bit % 8));
        inode.durable = inode.bytes.clone();
    }

    public void cut(String path, int size) {
        var inode = inode(path);
        inode.bytes = Arrays.copyOf(inode.bytes, size);
    }

    public int size(String path) {
        return inode(path).bytes.length;
    }

    private void change() {
        if (changesLeft == 0) throw new PowerCut();
        changesLeft--;
    }

    private Inode inode(String path) {
        var inode = names.get(path);
        if (inode == null) throw new DiskException(DiskException.Reason.NOT_FOUND, path);
        return inode;
    }

    private void named() {
        pendingNames.add(new TreeMap<>(names));
    }

    @Override
    public void createDirectory(String path) {}

    @Override
    public List<Entry> list(String path) {
        return names.keySet().stream()
                .map(name -> new Entry(name, Entry.Kind.FILE))
                .toList();
    }

    @Override
    public boolean exists(String path) {
        return names.containsKey(path);
    }

    @Override
    public DiskFile open(String path, Mode mode) {
        if (mode != Mode.CREATE_NEW) return new Handle(inode(path));
        change();
        if (exists(path)) throw new DiskException(DiskException.Reason.EXISTS, path);
        var inode = new Inode();
        names.put(path, inode);
        named();
        return new Handle(inode);
    }

    @Override
    public void rename(String from, String to) {
        change();
        var inode = inode(from);
        names.remove(from);
        names.put(to, inode);
        named();
    }

    @Override
    public void delete(String path) {
        change();
        names.remove(path);
        named();
    }

    @Override
    public void syncDirectory(String path) {
        change();
        durableNames = new TreeMap<>(names);
        pendingNames.clear();
    }

    @Override
    public long usableBytes() {
        return Long.MAX_VALUE;
    }

    @Override
    public long totalBytes() {
        return Long.MAX_VALUE;
    }

    private final class Handle implements DiskFile {
        private final Inode inode;

        Handle(Inode inode) {
            this.inode = inode;
        }

        @Override
        public long size() {
            return inode.bytes.length;
        }

        @Override
        public void append(ByteBuffer... bytes) {
            change();
            for (var more : bytes) {
                int old = inode.bytes.length;
                inode.bytes = Arrays.copyOf(inode.bytes, old + more.remaining());
                more.get(inode.bytes, old, more.remaining());
            }
        }

        @Override
        public void write(long position, ByteBuffer bytes) {
            throw new UnsupportedOperationException("checkpoints are appended");
        }

        @Override
        public int read(long position, ByteBuffer into) {
            int count = (int) Math.min(into.remaining(), inode.bytes.length - position);
            into.put(inode.bytes, (int) position, count);
            return count;
        }

        @Override
        public void force() {
            change();
            inode.durable = inode.bytes.clone();
        }

        @Override
        public void truncate(long size) {
            throw new UnsupportedOperationException("checkpoints are appended");
        }

        @Override
        public void close() {}
    }
}
