package io.millrace.time;

/** What time it is. Any thread. */
public interface Clock {
    /** Milliseconds since 1970 (UTC), as the world sees it; it may jump in both directions. */
    long wallMillis();

    /** Nanoseconds since some moment of the past; it never goes back. */
    long nanos();

    /** Milliseconds since some moment of the past; it never goes back. */
    default long millis() {
        return nanos() / 1_000_000;
    }
}
