package io.millrace.sim;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;

/**
 * The bytes of one file: what reads show, what the device has for sure, and the changes that nobody has forced yet.
 *
 * <p>Invariant: {@code live} is {@code device} after all {@code unsynced} changes, unless a force has failed; from then on
 * the device misses what was unsynced at that moment, for good.
 */
final class SimulatedBytes {
    static final int SECTOR = 512;

    private Image live = new Image();
    private Image device = new Image();
    private final List<Change> unsynced = new ArrayList<>();

    SimulatedBytes copy() {
        var copy = new SimulatedBytes();
        copy.live = live.copy();
        copy.device = device.copy();
        for (var change : unsynced) {
            copy.unsynced.add(change.cut() ? change : new Change(change.position, change.bytes.clone()));
        }
        return copy;
    }

    int size() {
        return live.size;
    }

    int read(long position, ByteBuffer into) {
        if (position >= live.size) return 0;
        int length = (int) Math.min(into.remaining(), live.size - position);
        into.put(live.bytes, (int) position, length);
        return length;
    }

    void write(int position, byte[] bytes) {
        if (bytes.length > 0) change(new Change(position, bytes));
    }

    void cut(int size) {
        if (size < live.size) change(new Change(size, null));
    }

    private void change(Change change) {
        live.apply(change);
        unsynced.add(change);
    }

    void force() {
        unsynced.forEach(device::apply);
        unsynced.clear();
    }

    /** The device refused, the page cache calls the pages clean all the same. */
    void failForce() {
        unsynced.clear();
    }

    /** Turns one bit, wherever that byte lies. */
    void flip(int position, int bit) {
        int mask = 1 << bit;
        live.bytes[position] ^= (byte) mask;
        if (position < device.size) device.bytes[position] ^= (byte) mask;
        for (var change : unsynced) {
            int at = position - change.position;
            if (!change.cut() && at >= 0 && at < change.bytes.length) change.bytes[at] ^= (byte) mask;
        }
    }

    byte[] onDevice() {
        return Arrays.copyOf(device.bytes, device.size);
    }

    /** The power goes: some of what was unsynced has reached the device, in one of the ways in which that happens. */
    void settle(Random random) {
        switch (random.nextInt(4)) {
            case 0 -> {}
            case 1 -> unsynced.forEach(device::apply);
            case 2 -> settlePrefix(random);
            default -> settleSectors(random);
        }
        unsynced.clear();
        live = device.copy();
    }

    /** The first changes arrived, the next one in part. */
    private void settlePrefix(Random random) {
        int whole = random.nextInt(unsynced.size() + 1);
        unsynced.subList(0, whole).forEach(device::apply);
        if (whole == unsynced.size() || unsynced.get(whole).cut()) return;
        var torn = unsynced.get(whole);
        int length = random.nextInt(torn.bytes.length + 1);
        device.apply(new Change(torn.position, Arrays.copyOf(torn.bytes, length)));
    }

    /** The size is that of one moment, each sector that of another, and some sectors are torn themselves. */
    private void settleSectors(Random random) {
        if (unsynced.isEmpty()) return;
        var moments = new TreeSet<Integer>(List.of(0, unsynced.size()));
        for (int n = 0; n < 2; n++) moments.add(random.nextInt(unsynced.size() + 1));
        int sizeMoment = random.nextInt(unsynced.size() + 1);

        var images = new ArrayList<Image>();
        var image = device.copy();
        int touched = Integer.MAX_VALUE;
        int size = device.size;
        for (int moment = 0; moment <= unsynced.size(); moment++) {
            if (moments.contains(moment)) images.add(image.copy());
            if (moment == sizeMoment) size = image.size;
            if (moment == unsynced.size()) break;
            image.apply(unsynced.get(moment));
            touched = Math.min(touched, unsynced.get(moment).position);
            boolean grew = moment == sizeMoment && image.size > size;
            if (grew && random.nextBoolean()) size += random.nextInt(image.size - size);
        }

        device.resize(size);
        double newest = random.nextDouble();
        for (int start = touched / SECTOR * SECTOR; start < size; start += SECTOR) {
            int end = Math.min(size, start + SECTOR);
            int tear = random.nextInt(8) == 0 ? start + random.nextInt(end - start) : end;
            device.take(pick(images, newest, random), start, tear);
            device.take(pick(images, newest, random), tear, end);
        }
    }

    private static Image pick(List<Image> images, double newest, Random random) {
        boolean last = random.nextDouble() < newest;
        return images.get(last ? images.size() - 1 : random.nextInt(images.size()));
    }

    /** Bytes written at a position; or, without bytes, the file cut there. */
    private static final class Change {
        final int position;
        final byte[] bytes;

        Change(int position, byte[] bytes) {
            this.position = position;
            this.bytes = bytes;
        }

        boolean cut() {
            return bytes == null;
        }
    }

    /** Bytes of a file; zeros lie behind its end. */
    private static final class Image {
        private byte[] bytes = new byte[0];
        private int size;

        Image copy() {
            var copy = new Image();
            copy.bytes = Arrays.copyOf(bytes, size);
            copy.size = size;
            return copy;
        }

        void apply(Change change) {
            if (change.cut()) {
                resize(Math.min(size, change.position));
            } else {
                resize(Math.max(size, change.position + change.bytes.length));
                System.arraycopy(change.bytes, 0, bytes, change.position, change.bytes.length);
            }
        }

        void resize(int newSize) {
            if (newSize > bytes.length) bytes = Arrays.copyOf(bytes, Math.max(newSize, 2 * bytes.length));
            if (newSize < size) Arrays.fill(bytes, newSize, size, (byte) 0);
            size = newSize;
        }

        void take(Image other, int start, int end) {
            for (int at = start; at < end; at++) bytes[at] = at < other.size ? other.bytes[at] : 0;
        }
    }
}
