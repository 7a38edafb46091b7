package io.millrace.log.segment;

import io.millrace.log.LogStorage;
import io.millrace.log.disk.Disk;
import io.millrace.sim.LogEnvironment;
import io.millrace.sim.SimulatedDisk;
import io.millrace.sim.Simulation;
import java.time.Duration;
import java.util.Random;
import java.util.function.UnaryOperator;

/** Segments in a simulated process, which a test may let die. */
final class SimulatedLogs implements LogEnvironment {
    /** So little that a pass takes several slices. */
    static final CompactionLimits SLICES = new CompactionLimits(16 << 20, 1 << 30, 700);

    final Simulation simulation;
    final SimulatedDisk disk;
    private final Simulation.SimulatedProcess process;
    private final UnaryOperator<Disk> between;
    private final CompactionLimits limits;
    private LogStorage storage;

    SimulatedLogs(Random random) {
        this(random, new SimulatedDisk(random), sound -> sound, SLICES);
    }

    /** @param between what the storage gets instead of the disk */
    SimulatedLogs(Random random, SimulatedDisk disk, UnaryOperator<Disk> between, CompactionLimits limits) {
        this.simulation = new Simulation(random);
        this.disk = disk;
        this.process = simulation.start(disk);
        this.between = between;
        this.limits = limits;
        storage = open(false);
    }

    private LogStorage open(boolean clean) {
        var options = new SegmentStorage.Options("partitions", 0, 0, clean, limits);
        var opened =
                SegmentStorage.open(between.apply(disk), process.diskWork(), process.timers(), options, failure -> {
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
