package io.millrace.log.disk;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.sim.Seeds;
import io.millrace.sim.SimulatedCrash;
import io.millrace.sim.SimulatedDisk;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class CheckpointCrashTest {
    @Test
    void aPowerCutAtAnyCallLeavesTheOldOrTheNewContent() {
        Seeds.forEach(2_000, random -> {
            var disk = new SimulatedDisk(random);
            int life = 0;
            Checkpoint.write(disk, "state", content(0));
            for (int round = 1; round < 6; round++) {
                disk.crashAtCall(disk.calls() + 1 + random.nextInt(14));
                boolean returned = false;
                try {
                    Checkpoint.write(disk, "state", content(round));
                    returned = true;
                } catch (SimulatedCrash crash) {
                    assertThat(disk.crashed()).isTrue();
                }
                disk = disk.afterPowerCut(random);
                int found = Checkpoint.read(disk, "state", 100).orElseThrow().getInt();
                if (returned) assertThat(found).isEqualTo(round);
                else assertThat(found).isIn(life, round);
                life = found;
            }
        });
    }

    @Test
    void whatWasReadAfterAKillIsNotTakenBackByAPowerCut() {
        Seeds.forEach(2_000, random -> {
            var disk = new SimulatedDisk(random);
            Checkpoint.write(disk, "state", content(1));
            disk.crashAtCall(disk.calls() + 1 + random.nextInt(14));
            try {
                Checkpoint.write(disk, "state", content(2));
            } catch (SimulatedCrash crash) {
                assertThat(disk.crashed()).isTrue();
            }
            var restarted = disk.afterKill();
            int seen = Checkpoint.read(restarted, "state", 100).orElseThrow().getInt();
            int later = Checkpoint.read(restarted.afterPowerCut(random), "state", 100)
                    .orElseThrow()
                    .getInt();
            assertThat(later).isEqualTo(seen);
        });
    }

    private static ByteBuffer content(int value) {
        return ByteBuffer.allocate(4).putInt(value).flip();
    }
}
