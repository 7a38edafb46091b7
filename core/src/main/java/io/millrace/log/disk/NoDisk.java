package io.millrace.log.disk;

import java.util.List;

/** The disk of a node that keeps everything in memory: nothing is there, and nothing can be put there. */
public final class NoDisk implements Disk {
    @Override
    public boolean exists(String path) {
        return false;
    }

    @Override
    public DiskFile open(String path, Mode mode) {
        if (mode == Mode.CREATE_NEW) throw none();
        throw new DiskException(DiskException.Reason.NOT_FOUND, path + " does not exist: this node has no disk");
    }

    @Override
    public List<Entry> list(String path) {
        throw new DiskException(DiskException.Reason.NOT_FOUND, path + " does not exist: this node has no disk");
    }

    @Override
    public void createDirectory(String path) {
        throw none();
    }

    @Override
    public void rename(String from, String to) {
        throw none();
    }

    @Override
    public void delete(String path) {}

    @Override
    public void syncDirectory(String path) {
        throw none();
    }

    @Override
    public long usableBytes() {
        return 0;
    }

    @Override
    public long totalBytes() {
        return 0;
    }

    private static IllegalStateException none() {
        return new IllegalStateException("this node has no disk");
    }
}
