package io.millrace.log.disk;

import io.vertx.core.Future;
import java.util.function.Supplier;

/** Takes blocking disk calls away from the event loop and brings their outcome back to it. */
public interface DiskWork {
    /**
     * Runs {@code work} elsewhere; the future completes on the caller's home thread. Works of one lane run one after the
     * other in the order in which they were given; nothing is said about the order between lanes.
     */
    <T> Future<T> run(Lane lane, Supplier<T> work);

    /** What kind of work it is; a slow kind must not delay a quick one. */
    enum Lane {
        /** Group commit: acknowledgements wait for it. */
        SYNC,
        /** Segments rolled, sidecars written, files deleted, logs recovered. */
        UPKEEP,
        /** Reads that may have to wait for the device. Not ordered. */
        READ
    }
}
