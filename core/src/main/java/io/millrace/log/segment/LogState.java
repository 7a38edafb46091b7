package io.millrace.log.segment;

/**
 * What the event loop knows about one log: where the next record goes and how far the disk has got.
 *
 * <p>Invariant: {@code start <= flushed <= written <= next}. Each method moves exactly one of the four.
 */
final class LogState {
    private long start;
    private long flushed;
    private long written;
    private long next;

    /** A log as recovery leaves it: everything in it is durable. */
    LogState(long start, long end) {
        this.start = start;
        this.flushed = end;
        this.written = end;
        this.next = end;
        check();
    }

    /** The lowest offset that can be read. */
    long start() {
        return start;
    }

    /** Everything below has been synced. */
    long flushed() {
        return flushed;
    }

    /** Everything below has reached the operating system. */
    long written() {
        return written;
    }

    /** The offset that the next record gets. */
    long next() {
        return next;
    }

    /** Gives offsets to the batch from {@code base} to {@code end}. */
    void planned(long base, long end) {
        if (base != next) throw new IllegalStateException("batch at " + base + " does not follow " + this);
        next = end;
        check();
    }

    /** The operating system has everything below {@code end}. */
    void written(long end) {
        written = end;
        check();
    }

    /** The device has everything below {@code end}; an older answer that comes late changes nothing. */
    void flushed(long end) {
        flushed = Math.max(flushed, end);
        check();
    }

    /** Nobody may read below {@code offset} any more. */
    void startsAt(long offset) {
        start = Math.max(start, offset);
        check();
    }

    private void check() {
        if (start > flushed || flushed > written || written > next) {
            throw new IllegalStateException("impossible state of a log: " + this);
        }
    }

    @Override
    public String toString() {
        return "start " + start + ", flushed " + flushed + ", written " + written + ", next " + next;
    }
}
