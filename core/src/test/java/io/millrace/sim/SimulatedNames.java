package io.millrace.sim;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The names of a disk: which there are, which the device has for sure, and the changes in between.
 *
 * <p>A device may do unsynced changes in any order, or never; but changes of one name, or of one thing, happen in the order
 * in which they were made. So whatever is put on the device takes the earlier changes of the same names with it, and a
 * renamed thing is always found under one of its names.
 */
final class SimulatedNames {
    final Node root = Node.directory();
    private final List<Change> unsynced = new ArrayList<>();

    void create(Node directory, String name, Node node) {
        directory.live.put(name, node);
        node.parent = directory;
        unsynced.add(new Change(node, null, null, directory, name));
    }

    void delete(Node directory, String name) {
        var node = directory.live.remove(name);
        node.parent = null;
        unsynced.add(new Change(node, directory, name, null, null));
    }

    /** Returns what was replaced, or null. */
    Node rename(Node from, String fromName, Node to, String toName) {
        var node = from.live.remove(fromName);
        var replaced = to.live.put(toName, node);
        if (replaced != null) replaced.parent = null;
        node.parent = to;
        unsynced.add(new Change(node, from, fromName, to, toName));
        return replaced;
    }

    void sync(Node directory) {
        for (int n = 0; n < unsynced.size(); n++) {
            var change = unsynced.get(n);
            if (change.in(directory) && !change.failed) apply(n);
        }
        unsynced.removeIf(change -> change.done);
    }

    /** From now on no sync covers these changes, though one of a later change may take them along. */
    void failSync(Node directory) {
        for (var change : unsynced) {
            if (change.in(directory)) change.failed = true;
        }
    }

    /** The power goes: some unsynced changes have reached the device. Nothing is unsynced afterwards. */
    void settle(Random random) {
        int mode = random.nextInt(4);
        int prefix = random.nextInt(unsynced.size() + 1);
        double chance = random.nextDouble();
        for (int n = 0; n < unsynced.size(); n++) {
            boolean happened =
                    switch (mode) {
                        case 0 -> false;
                        case 1 -> true;
                        case 2 -> n < prefix;
                        default -> random.nextDouble() < chance;
                    };
            if (happened) apply(n);
        }
        unsynced.clear();
        showDevice(root, random);
    }

    private static void showDevice(Node node, Random random) {
        if (!node.isDirectory()) {
            node.bytes.settle(random);
            return;
        }
        node.live.clear();
        node.live.putAll(node.device);
        for (var child : node.live.values()) {
            child.parent = node;
            showDevice(child, random);
        }
    }

    private void apply(int index) {
        var change = unsynced.get(index);
        if (change.done) return;
        change.done = true;
        applyEarlier(index, earlier -> earlier.node == change.node || earlier.sharesNameWith(change));
        if (change.to == null) {
            applyEarlier(index, earlier -> earlier.in(change.node)); // what was moved out of a deleted directory
            change.node.leaveDevice();
            return;
        }
        if (change.from != null && change.from != change.to) {
            for (var way = change.to; way != null; way = way.parent) {
                var directory = way;
                applyEarlier(index, earlier -> earlier.node == directory);
            }
            if (!change.to.isOnDevice(root) || change.to.isOnDevice(change.node)) return;
        }
        var replaced = change.to.device.get(change.toName);
        if (replaced != null) replaced.leaveDevice();
        change.node.leaveDevice();
        change.node.enterDevice(change.to, change.toName);
    }

    private void applyEarlier(int index, Predicate<Change> which) {
        for (int n = 0; n < index; n++) {
            if (which.test(unsynced.get(n))) apply(n);
        }
    }

    SimulatedNames copy() {
        var copies = new IdentityHashMap<Node, Node>();
        var copy = new SimulatedNames();
        copies.put(root, copy.root);
        root.copyInto(copy.root, copies);
        for (var change : unsynced) {
            var twin = new Change(
                    Node.copy(change.node, copies),
                    Node.copy(change.from, copies),
                    change.fromName,
                    Node.copy(change.to, copies),
                    change.toName);
            twin.failed = change.failed;
            copy.unsynced.add(twin);
        }
        return copy;
    }

    /** One creation (without from), removal (without to) or renaming. */
    private static final class Change {
        final Node node;
        final Node from;
        final String fromName;
        final Node to;
        final String toName;
        boolean done;
        boolean failed;

        Change(Node node, Node from, String fromName, Node to, String toName) {
            this.node = node;
            this.from = from;
            this.fromName = fromName;
            this.to = to;
            this.toName = toName;
        }

        boolean in(Node directory) {
            return from == directory || to == directory;
        }

        boolean sharesNameWith(Change other) {
            return names(other.from, other.fromName) || names(other.to, other.toName);
        }

        private boolean names(Node directory, String name) {
            if (directory == null) return false;
            return (from == directory && fromName.equals(name)) || (to == directory && toName.equals(name));
        }
    }

    /** A file or a directory, which has at most one name at a time. */
    static final class Node {
        /** Null for a directory. */
        final SimulatedBytes bytes;
        /** For a directory: the names that are seen. */
        final Map<String, Node> live = new TreeMap<>();
        /** For a directory: the names that the device has. */
        final Map<String, Node> device = new TreeMap<>();
        /** The directory in which it is seen; null for the root and for what was deleted. */
        Node parent;

        int handles;
        private Node deviceParent;
        private String deviceName;

        private Node(SimulatedBytes bytes) {
            this.bytes = bytes;
        }

        static Node directory() {
            return new Node(null);
        }

        static Node file() {
            return new Node(new SimulatedBytes());
        }

        boolean isDirectory() {
            return bytes == null;
        }

        void forEachFile(Consumer<Node> action) {
            if (!isDirectory()) action.accept(this);
            live.values().forEach(child -> child.forEachFile(action));
        }

        private boolean isOnDevice(Node below) {
            var node = this;
            while (node != null && node != below) node = node.deviceParent;
            return node == below;
        }

        private void leaveDevice() {
            if (deviceParent != null) deviceParent.device.remove(deviceName);
            deviceParent = null;
        }

        private void enterDevice(Node directory, String name) {
            directory.device.put(name, this);
            deviceParent = directory;
            deviceName = name;
        }

        private static Node copy(Node node, Map<Node, Node> copies) {
            if (node == null) return null;
            var known = copies.get(node);
            if (known != null) return known;
            var copy = new Node(node.isDirectory() ? null : node.bytes.copy());
            copies.put(node, copy);
            node.copyInto(copy, copies);
            return copy;
        }

        private void copyInto(Node copy, Map<Node, Node> copies) {
            live.forEach((name, child) -> copy.live.put(name, copy(child, copies)));
            device.forEach((name, child) -> copy.device.put(name, copy(child, copies)));
            copy.parent = copy(parent, copies);
            copy.deviceParent = copy(deviceParent, copies);
            copy.deviceName = deviceName;
        }
    }
}
