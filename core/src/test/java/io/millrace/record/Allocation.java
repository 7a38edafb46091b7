package io.millrace.record;

import io.millrace.model.MillraceException;
import java.lang.management.ManagementFactory;

/** Counts the bytes that the present thread allocates on the heap. */
final class Allocation {
    private static final com.sun.management.ThreadMXBean THREADS =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

    private Allocation() {}

    /** What {@code work} takes, refused in the end or not; the less of two runs, for the first may load classes. */
    static long by(Runnable work) {
        return Math.min(once(work), once(work));
    }

    private static long once(Runnable work) {
        long before = THREADS.getCurrentThreadAllocatedBytes();
        try {
            work.run();
        } catch (MillraceException refused) {
            // Counts all the same.
        }
        return THREADS.getCurrentThreadAllocatedBytes() - before;
    }
}
