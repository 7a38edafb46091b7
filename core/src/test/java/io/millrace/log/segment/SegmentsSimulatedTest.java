package io.millrace.log.segment;

import io.millrace.log.LogStorage;
import io.millrace.sim.CompactionContract;
import io.millrace.sim.LogContract;
import io.millrace.sim.LogEnvironment;
import io.millrace.sim.SimulatedDisk;
import io.millrace.sim.Simulation;
import java.time.Duration;
import java.util.Random;

/** Segments keep the contract of a log whatever the order in which the disk gets its work done. */
class SegmentsSimulatedTest implements LogContract, CompactionContract {
    private long environments;

    @Override
    public LogEnvironment environment() {
        return new Simulated(environments++);
    }

    private static final class Simulated implements LogEnvironment {
        private final Simulation simulation;
        private final Simulation.SimulatedProcess process;
        private LogStorage storage;

        Simulated(long seed) {
            var random = new Random(seed);
            simulation = new Simulation(random);
            process = simulation.start(new SimulatedDisk(random));
            storage = open(false);
        }

        private LogStorage open(boolean clean) {
            var options = new SegmentStorage.Options("partitions", 0, 0, clean);
            var opened = SegmentStorage.open(process.disk(), process.diskWork(), process.timers(), options, failure -> {
                throw new AssertionError(failure);
            });
            settle();
            return opened.result();
        }

        @Override
        public LogStorage storage() {
            return storage;
        }

        @Override
        public void settle() {
            simulation.runUntilIdle();
        }

        @Override
        public void reopen() {
            storage = open(true);
        }

        @Override
        public boolean durable() {
            return true;
        }

        @Override
        public long wallMillis() {
            return process.timers().wallMillis();
        }

        @Override
        public void advance(long millis) {
            simulation.advance(Duration.ofMillis(millis));
        }

        @Override
        public void jump(long millis) {
            simulation.time().jumpWall(Duration.ofMillis(millis));
        }

        @Override
        public void close() {
            storage.close();
            settle();
        }
    }
}
