package io.millrace.gateway;

/**
 * How many records one publisher may have sent in all. It begins with a window and moves on as records are settled, but
 * stands still while too many bytes are under way. Who sends more than he was told of is only held back, until it is a
 * multiple of the window: then he does not look at his credit at all.
 *
 * <p>Ring 0, for one thread.
 */
public final class PublishCredit {
    private static final int PATIENCE = 4;

    private final int window;
    private final long maxBytes;
    private long taken;
    private long settled;
    private long bytes;
    private long granted;

    /**
     * @param window the records that may be under way
     * @param maxBytes the bytes under way at which no more credit is given
     */
    public PublishCredit(int window, long maxBytes) {
        if (window < 1 || maxBytes < 1) throw new IllegalArgumentException("window " + window + ", bytes " + maxBytes);
        this.window = window;
        this.maxBytes = maxBytes;
    }

    /** A record came. False when the publisher is so far beyond its credit that it must go. */
    public boolean take(int size) {
        taken++;
        bytes += size;
        return taken - granted <= (long) PATIENCE * window;
    }

    /** A record that came is stored or refused. */
    public void settle(int size) {
        settled++;
        bytes -= size;
        if (settled > taken || bytes < 0) throw new IllegalStateException("settled " + settled + " of " + taken);
    }

    /** The number of the last record that may be sent, if it is time to say so; else -1. */
    public long grantIfDue() {
        if (bytes >= maxBytes) return -1;
        long until = settled + window;
        boolean isDue = until - granted >= Math.max(1, window / 4);
        if (!isDue) return -1;
        granted = until;
        return until;
    }

    /** Records under way. */
    public long pending() {
        return taken - settled;
    }

    /** Bytes under way. */
    public long bytes() {
        return bytes;
    }

    /** Whether so much is under way that nothing more should even be read. */
    public boolean isFull() {
        return bytes >= 2 * maxBytes;
    }

    /** Whether enough has gone to read again. */
    public boolean hasRoom() {
        return bytes < maxBytes;
    }
}
