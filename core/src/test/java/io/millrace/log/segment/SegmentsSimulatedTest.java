package io.millrace.log.segment;

import io.millrace.sim.CompactionContract;
import io.millrace.sim.LogContract;
import io.millrace.sim.LogEnvironment;
import java.util.Random;

/** Segments keep the contract of a log whatever the order in which the disk gets its work done. */
class SegmentsSimulatedTest implements LogContract, CompactionContract {
    private long environments;

    @Override
    public LogEnvironment environment() {
        return new SimulatedLogs(new Random(environments++));
    }
}
