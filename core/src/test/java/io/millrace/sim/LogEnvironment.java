package io.millrace.sim;

import io.millrace.log.LogStorage;

/** The world around one storage under {@link LogContract}: what it stands on, and its time. */
public interface LogEnvironment extends AutoCloseable {
    /** The storage that is open now. */
    LogStorage storage();

    /** Runs, or waits for, everything that is under way. */
    void settle();

    /** The storage was closed: opens another one over the same medium. */
    void reopen();

    /** Whether what was stored is still there after {@link #reopen}. */
    boolean durable();

    /** What the wall clock of the storage says. */
    long wallMillis();

    /** Lets time go by, on all clocks of the storage. */
    void advance(long millis);

    /** The wall clock of the storage jumps, though no time goes by. */
    void jump(long millis);

    /** Lets the medium go. */
    @Override
    void close();
}
