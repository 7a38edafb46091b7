package io.millrace.sim;

import io.millrace.log.disk.DiskWork;
import io.millrace.time.Timers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.function.Supplier;

/**
 * Processes with a home thread and disk threads each, run on one real thread in an order that a seed chooses.
 *
 * <p>What may happen in any order on a machine does so here: works of different lanes are performed, their results are
 * sent home, and tasks run at home, one thing per {@link #step}. When a process dies, by {@link SimulatedProcess#kill} or because
 * its disk crashed, everything it had to do is dropped; a crash leaves {@code step} as {@link SimulatedCrash}.
 */
public final class Simulation {
    private static final int TOO_MANY_STEPS = 10_000_000;

    private final Random random;
    private final SimulatedTime time = new SimulatedTime();
    private final List<SimulatedProcess> processes = new ArrayList<>();

    public Simulation(Random random) {
        this.random = random;
    }

    public SimulatedTime time() {
        return time;
    }

    /** A new process on a disk that nobody else uses. */
    public SimulatedProcess start(SimulatedDisk disk) {
        var process = new SimulatedProcess(disk);
        processes.add(process);
        return process;
    }

    /** Does one of the things that are ready to be done. Returns false if there is none. */
    public boolean step() {
        for (var process : List.copyOf(processes)) process.dieIfCrashed();
        var ready = new ArrayList<Ready>();
        for (var process : processes) process.addReady(ready);
        if (ready.isEmpty()) return false;
        var chosen = ready.get(random.nextInt(ready.size()));
        chosen.process().perform(chosen.action());
        return true;
    }

    /** Steps until nothing is ready; time stands still. */
    public void runUntilIdle() {
        for (int steps = 0; step(); steps++) {
            if (steps == TOO_MANY_STEPS) throw new IllegalStateException("still busy after " + steps + " steps");
        }
    }

    /** Lets time pass with its timers, and runs until idle; not everything need be done before the next timer is due. */
    public void advance(Duration duration) {
        long until = Math.addExact(time.nanos(), duration.toNanos());
        while (time.nextWake() <= until) {
            time.advanceTo(time.nextWake());
            if (random.nextBoolean()) {
                runUntilIdle();
            } else {
                for (int steps = random.nextInt(4); steps > 0; steps--) step();
            }
        }
        time.advanceTo(until);
        runUntilIdle();
    }

    private record Ready(SimulatedProcess process, Runnable action) {}

    /** One process: a home thread with its timers, and a disk with the threads that work on it. */
    public final class SimulatedProcess {
        private final SimulatedDisk disk;
        private final Queue<Runnable> home = new ArrayDeque<>();
        private final Map<DiskWork.Lane, LaneQueue> lanes = new EnumMap<>(DiskWork.Lane.class);
        private boolean alive = true;

        private SimulatedProcess(SimulatedDisk disk) {
            this.disk = disk;
            for (var lane : DiskWork.Lane.values()) lanes.put(lane, new LaneQueue(lane != DiskWork.Lane.READ));
        }

        public SimulatedDisk disk() {
            return disk;
        }

        public boolean alive() {
            return alive;
        }

        /** Runs a task on the home thread, after those that wait there already. */
        public void execute(Runnable task) {
            if (alive) home.add(task);
        }

        /** Work for the disk threads; its outcome arrives on the home thread. */
        public DiskWork diskWork() {
            return this::submit;
        }

        private <T> Future<T> submit(DiskWork.Lane lane, Supplier<T> work) {
            var promise = Promise.<T>promise();
            if (alive) lanes.get(lane).waiting.add(() -> outcome(work, promise));
            return promise.future();
        }

        private static <T> Runnable outcome(Supplier<T> work, Promise<T> promise) {
            try {
                T result = work.get();
                return () -> promise.complete(result);
            } catch (RuntimeException e) {
                return () -> promise.fail(e);
            }
        }

        /** The clock of the simulation, and timers that wake the home thread. */
        public Timers timers() {
            return new HomeTimers();
        }

        /** Ends the process as {@code kill -9} does: nothing of it runs any more. */
        public void kill() {
            alive = false;
            home.clear();
            lanes.values().forEach(LaneQueue::clear);
            processes.remove(this);
        }

        private void perform(Runnable action) {
            try {
                action.run();
            } catch (SimulatedCrash crash) {
                kill();
                throw crash;
            }
            dieIfCrashed();
        }

        /** A future may have caught what the disk threw. */
        private void dieIfCrashed() {
            if (!alive || !disk.crashed()) return;
            kill();
            throw new SimulatedCrash("the disk of this process has crashed");
        }

        private void addReady(List<Ready> ready) {
            if (!home.isEmpty()) ready.add(new Ready(this, () -> home.remove().run()));
            for (var lane : lanes.values()) {
                if (!lane.waiting.isEmpty()) ready.add(new Ready(this, lane::work));
                if (!lane.finished.isEmpty()) ready.add(new Ready(this, () -> execute(lane.next(lane.finished))));
            }
        }

        private final class HomeTimers implements Timers {
            @Override
            public long wallMillis() {
                return time.wallMillis();
            }

            @Override
            public long nanos() {
                return time.nanos();
            }

            @Override
            public Timer after(long millis, Runnable action) {
                var wake = new Wake(action);
                if (millis == 0) {
                    execute(wake);
                    return wake;
                }
                var timer = time.after(millis, () -> execute(wake));
                return () -> {
                    timer.cancel();
                    wake.cancel();
                };
            }
        }
    }

    /** Works of one lane, those to be done and those whose outcome is not home yet. */
    private final class LaneQueue {
        private final boolean ordered;
        private final List<Supplier<Runnable>> waiting = new ArrayList<>();
        private final List<Runnable> finished = new ArrayList<>();

        LaneQueue(boolean ordered) {
            this.ordered = ordered;
        }

        void work() {
            finished.add(next(waiting).get());
        }

        <T> T next(List<T> queue) {
            return queue.remove(ordered ? 0 : random.nextInt(queue.size()));
        }

        void clear() {
            waiting.clear();
            finished.clear();
        }
    }

    /** An action that can be called off while it waits at home. */
    private static final class Wake implements Runnable, Timers.Timer {
        private final Runnable action;
        private boolean cancelled;

        Wake(Runnable action) {
            this.action = action;
        }

        @Override
        public void run() {
            if (!cancelled) action.run();
        }

        @Override
        public void cancel() {
            cancelled = true;
        }
    }
}
