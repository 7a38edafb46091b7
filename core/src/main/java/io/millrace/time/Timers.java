package io.millrace.time;

/** Wakes somebody later, on the thread that asked. */
public interface Timers extends Clock {
    /**
     * Runs {@code action} once, {@code millis} milliseconds from now or later, on the caller's home thread.
     *
     * @param millis 0 or more; 0 means after what is already waiting to run
     */
    Timer after(long millis, Runnable action);

    /** A promise to wake somebody. */
    interface Timer {
        /** After this returns the action will not start. Harmless when it has run already. */
        void cancel();
    }
}
