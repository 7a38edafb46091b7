package io.millrace.broker.client;

import java.util.function.DoubleSupplier;

/**
 * How long to wait before trying again: twice as long each time, up to a limit, give or take a fifth, so that many who
 * failed together do not come back together. Ring 0.
 *
 * @param firstMillis the wait before the first retry
 * @param mostMillis the longest wait, before the fifth is given or taken
 * @param random gives numbers of at least 0 and below 1
 */
record Backoff(long firstMillis, long mostMillis, DoubleSupplier random) {
    private static final double JITTER = 0.2;

    /** The wait after so many failed attempts, 1 or more. */
    long afterAttempts(int failed) {
        long doubled = firstMillis << Math.min(failed - 1, 30);
        long wait = Math.min(Math.max(doubled, firstMillis), Math.max(mostMillis, firstMillis));
        return Math.max(1, Math.round(wait * (1 + JITTER * (2 * random.getAsDouble() - 1))));
    }
}
