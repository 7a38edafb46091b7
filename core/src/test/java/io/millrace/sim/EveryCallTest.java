package io.millrace.sim;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A node dies at every single call to its disk, by kill and by power cut, and keeps its word each time. */
@ExtendWith(QuietLogs.class)
class EveryCallTest {
    private static final int SCRIPTS = Integer.getInteger("scripts", 20);
    private static final int STEPS = Integer.getInteger("steps", 16);
    private static final int POWER_CUTS = Integer.getInteger("powerCuts", 2);

    @Test
    void aNodeThatDiesAtAnyCallKeepsItsWord() {
        Seeds.forEach(SCRIPTS, random -> {
            long script = random.nextLong();
            long calls = run(new World(script, Defects.NONE));
            for (long call = 1; call <= calls; call++) {
                for (int end = 0; end <= POWER_CUTS; end++) dieAt(script, call, end);
            }
        });
    }

    private static void dieAt(long script, long call, int end) {
        var world = new World(script, Defects.NONE);
        try {
            world.disk().crashAtCall(call);
            try {
                run(world);
                return;
            } catch (SimulatedCrash crash) {
                world.history.tell(crash.getMessage());
            }
            if (end == 0) world.restartAfterKill();
            else world.restartAfterPowerCut(chance(call * 31 + end));
            for (int n = 0; n < 6; n++) world.step();
            world.finish();
            world.restartAfterPowerCut(chance(call * 37 + end));
        } catch (AssertionError | RuntimeException failure) {
            throw new AssertionError(
                    "script " + script + ", call " + call + ", end " + end + ": " + failure.getMessage(), failure);
        }
    }

    /** Seeds that are near each other give much the same first numbers; these do not. */
    private static Random chance(long seed) {
        return new Random(new Random(seed).nextLong());
    }

    private static long run(World world) {
        world.start(Ledger.End.CLEAN_STOP);
        for (int n = 0; n < STEPS; n++) world.step();
        world.finish();
        return world.disk().calls();
    }
}
