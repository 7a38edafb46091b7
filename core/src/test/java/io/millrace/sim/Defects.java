package io.millrace.sim;

import io.millrace.log.LogStorage;
import io.millrace.log.disk.Disk;
import java.util.function.BooleanSupplier;

/** What may be wrong with a node: something between it and its disk, or between its partitions and their logs. */
public interface Defects {
    Defects NONE = new Defects() {};

    /**
     * The disk that the node gets.
     *
     * @param starting whether the node has not finished its start
     */
    default Disk disk(Disk sound, BooleanSupplier starting) {
        return sound;
    }

    default LogStorage storage(LogStorage sound) {
        return sound;
    }
}
