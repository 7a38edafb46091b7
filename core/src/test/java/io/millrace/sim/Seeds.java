package io.millrace.sim;

import java.util.Random;
import java.util.function.Consumer;

/** Random tests that can be repeated: the seed decides everything, and a failure names it. */
public final class Seeds {
    private Seeds() {}

    /**
     * Runs a scenario under the seeds from 0 to {@code count - 1}. {@code -Dseed=n} replays one, {@code -Dseeds=n} runs
     * that many.
     */
    public static void forEach(int count, Consumer<Random> scenario) {
        Long only = Long.getLong("seed");
        long first = only == null ? 0 : only;
        long end = only == null ? Long.getLong("seeds", count) : only + 1;
        for (long seed = first; seed < end; seed++) {
            try {
                scenario.accept(new Random(seed));
            } catch (Throwable failure) {
                throw new AssertionError(
                        "seed " + seed + " fails; replay with -Dseed=" + seed + ": " + failure.getMessage(), failure);
            }
        }
    }
}
