package io.millrace.sim;

import static io.millrace.sim.DiskContract.bytes;
import static io.millrace.sim.DiskContract.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.log.disk.Disk.Mode;
import io.millrace.log.disk.DiskWork.Lane;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SimulationTest {
    private final List<String> seen = new ArrayList<>();

    @Test
    void worksOfAnOrderedLaneHappenAndArriveInOrder() {
        for (var lane : List.of(Lane.SYNC, Lane.UPKEEP)) {
            for (int seed = 0; seed < 200; seed++) {
                seen.clear();
                runThreeWorks(seed, lane, lane, lane);
                assertThat(works()).containsExactly("work 0", "work 1", "work 2");
                assertThat(results()).containsExactly("result 0", "result 1", "result 2");
            }
        }
    }

    @Test
    void worksOfDifferentLanesAndReadsHappenInAnyOrder() {
        for (var lanes :
                List.of(List.of(Lane.READ, Lane.READ, Lane.READ), List.of(Lane.SYNC, Lane.UPKEEP, Lane.READ))) {
            var orders = new HashSet<List<String>>();
            var arrivals = new HashSet<List<String>>();
            for (int seed = 0; seed < 500; seed++) {
                seen.clear();
                runThreeWorks(seed, lanes.get(0), lanes.get(1), lanes.get(2));
                orders.add(works());
                arrivals.add(results());
            }
            assertThat(orders).hasSize(6);
            assertThat(arrivals).hasSize(6);
        }
    }

    private void runThreeWorks(int seed, Lane... lanes) {
        var simulation = new Simulation(new Random(seed));
        var process = simulation.start(new SimulatedDisk());
        process.execute(() -> {
            for (int n = 0; n < lanes.length; n++) {
                var name = n;
                process.diskWork()
                        .run(lanes[n], () -> {
                            seen.add("work " + name);
                            return name;
                        })
                        .onSuccess(result -> seen.add("result " + result));
            }
        });
        simulation.runUntilIdle();
    }

    private List<String> works() {
        return seen.stream().filter(line -> line.startsWith("work")).toList();
    }

    private List<String> results() {
        return seen.stream().filter(line -> line.startsWith("result")).toList();
    }

    @Test
    void aResultNeverOvertakesATaskThatWasHomeBeforeItsWorkWasDone() {
        var sometimesBetween = new HashSet<List<String>>();
        for (int seed = 0; seed < 200; seed++) {
            seen.clear();
            var simulation = new Simulation(new Random(seed));
            var process = simulation.start(new SimulatedDisk());
            process.execute(() -> {
                process.execute(() -> seen.add("task"));
                process.diskWork().run(Lane.SYNC, () -> seen.add("work")).onSuccess(done -> seen.add("result"));
            });
            simulation.runUntilIdle();
            assertThat(seen.indexOf("result")).isGreaterThan(seen.indexOf("task"));
            sometimesBetween.add(List.copyOf(seen));
        }
        assertThat(sometimesBetween)
                .containsExactlyInAnyOrder(List.of("work", "task", "result"), List.of("task", "work", "result"));
    }

    @Test
    void aFailedWorkFailsItsFuture() {
        var simulation = new Simulation(new Random(1));
        var process = simulation.start(new SimulatedDisk());
        process.execute(() -> process.diskWork()
                .run(Lane.READ, () -> process.disk().readAll("none", 1))
                .onFailure(failure -> seen.add(failure.getMessage())));
        simulation.runUntilIdle();
        assertThat(seen).containsExactly("NOT_FOUND none");
    }

    @Test
    void theSameSeedGivesTheSameSchedule() {
        runThreeWorks(42, Lane.READ, Lane.READ, Lane.UPKEEP);
        var once = List.copyOf(seen);
        seen.clear();
        runThreeWorks(42, Lane.READ, Lane.READ, Lane.UPKEEP);
        assertThat(seen).isEqualTo(once);
    }

    @Test
    void aCrashInAWorkReachesTheHarnessAndDropsEverything() {
        var simulation = new Simulation(new Random(3));
        var disk = new SimulatedDisk();
        var process = simulation.start(disk);
        var file = disk.open("a", Mode.CREATE_NEW);
        disk.crashAtCall(disk.calls() + 1);
        process.timers().after(10, () -> seen.add("timer"));
        process.diskWork()
                .run(Lane.SYNC, () -> {
                    file.force();
                    return null;
                })
                .onComplete(done -> seen.add("outcome"));
        process.diskWork().run(Lane.SYNC, () -> seen.add("next work"));

        assertThatThrownBy(simulation::runUntilIdle).isInstanceOf(SimulatedCrash.class);
        assertThat(process.alive()).isFalse();
        process.execute(() -> seen.add("late task"));
        process.diskWork().run(Lane.READ, () -> seen.add("late work"));
        simulation.advance(Duration.ofDays(1));
        assertThat(seen).isEmpty();
    }

    @Test
    void aCrashThatAFutureSwallowedStillReachesTheHarness() {
        var simulation = new Simulation(new Random(3));
        var disk = new SimulatedDisk();
        var process = simulation.start(disk);
        var file = disk.open("a", Mode.CREATE_NEW);
        disk.crashAtCall(disk.calls() + 1);
        process.diskWork().run(Lane.READ, () -> "read").map(read -> {
            file.append(bytes(read));
            return null;
        });
        assertThatThrownBy(simulation::runUntilIdle).isInstanceOf(SimulatedCrash.class);
        assertThat(process.alive()).isFalse();
    }

    @Test
    void aNewProcessGoesOnWhereTheOldOneDied() {
        var simulation = new Simulation(new Random(5));
        var old = simulation.start(new SimulatedDisk());
        var other = simulation.start(new SimulatedDisk());
        old.execute(() -> DiskContract.write(old.disk(), "a", "kept"));
        simulation.runUntilIdle();
        old.execute(() -> seen.add("never"));
        other.execute(() -> seen.add("other"));
        old.kill();
        var next = simulation.start(old.disk().afterKill());
        next.execute(() -> seen.add(text(next.disk(), "a")));
        simulation.runUntilIdle();
        assertThat(seen).containsExactlyInAnyOrder("other", "kept");
    }

    @Test
    void timersRunAtHomeWhenTheirTimeHasCome() {
        var simulation = new Simulation(new Random(5));
        var process = simulation.start(new SimulatedDisk());
        var timers = process.timers();
        timers.after(20, () -> seen.add("20 at " + timers.millis()));
        timers.after(10, () -> {
            seen.add("10");
            timers.after(5, () -> seen.add("15"));
        });
        timers.after(12, () -> seen.add("cancelled")).cancel();
        timers.after(0, () -> seen.add("0"));
        timers.after(0, () -> seen.add("cancelled at home")).cancel();
        process.execute(() -> seen.add("task"));
        simulation.runUntilIdle();
        assertThat(seen).containsExactly("0", "task");
        simulation.advance(Duration.ofMillis(19));
        assertThat(seen).containsExactly("0", "task", "10", "15");
        simulation.advance(Duration.ofMillis(1));
        assertThat(seen).containsExactly("0", "task", "10", "15", "20 at 20");
    }

    @Test
    void aTimerThatWaitsAtHomeCanStillBeCancelled() {
        for (int seed = 0; seed < 50; seed++) {
            var simulation = new Simulation(new Random(seed));
            var timers = simulation.start(new SimulatedDisk()).timers();
            var second = timers.after(5, () -> seen.add("second"));
            timers.after(5, second::cancel);
            var third = timers.after(6, () -> seen.add("third"));
            timers.after(5, third::cancel);
            simulation.advance(Duration.ofMillis(10));
            assertThat(seen).containsExactly("second");
            seen.clear();
        }
    }

    @Test
    void timeMovesOnlyWhenItIsMovedAndTheWallClockMayJump() {
        var time = new SimulatedTime();
        long wall = time.wallMillis();
        time.after(1_000, () -> {
            seen.add("1 s");
            time.after(0, () -> seen.add("at once"));
        });
        time.after(1_000, () -> seen.add("also"));
        var cancelled = time.after(500, () -> seen.add("cancelled"));
        cancelled.cancel();
        cancelled.cancel();
        time.advance(Duration.ofMillis(999));
        assertThat(seen).isEmpty();
        time.jumpWall(Duration.ofDays(-1));
        assertThat(time.wallMillis()).isEqualTo(wall + 999 - 86_400_000);
        assertThat(time.millis()).isEqualTo(999);
        time.advance(Duration.ofDays(30));
        assertThat(seen).containsExactly("1 s", "also", "at once");
        assertThat(time.millis()).isEqualTo(999 + 30 * 86_400_000L);
        assertThat(time.waiting()).isZero();
    }

    @Test
    void directWorkIsDoneWhenItReturns() {
        var work = new DirectWork();
        assertThat(work.run(Lane.SYNC, () -> "done").result()).isEqualTo("done");
        var failed = work.run(Lane.READ, () -> new SimulatedDisk().readAll("none", 1));
        assertThat(failed.cause()).hasMessage("NOT_FOUND none");
        assertThatThrownBy(() -> work.run(Lane.SYNC, () -> {
                    throw new SimulatedCrash("here");
                }))
                .isInstanceOf(SimulatedCrash.class);
    }
}
