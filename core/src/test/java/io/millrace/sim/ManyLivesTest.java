package io.millrace.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Long lives of a node, with everything that may happen to it; it keeps its word through all of them. */
@ExtendWith(QuietLogs.class)
class ManyLivesTest {
    private static final int SEEDS = 1_000;

    @Test
    void aNodeKeepsItsWordThroughManyLives() {
        Seeds.forEach(SEEDS, random -> live(random.nextLong(), Defects.NONE));
    }

    @Test
    void aNodeThatCompactsKeepsItsWordThroughManyLives() {
        var compactions = new AtomicLong();
        Seeds.forEach(SEEDS / 4, random -> compactions.addAndGet(live(random.nextLong(), Defects.NONE, true)));
        if (Long.getLong("seed") == null) assertThat(compactions.get()).isGreaterThan(SEEDS / 4);
    }

    @Test
    void aDeletionThatFoundNoSpaceIsNotForgotten() {
        live(99);
    }

    @Test
    void aTurnedLengthIsToldAndNotReadAsNothing() {
        live(101);
    }

    @Test
    void aStartThatNobodyMadeDurableIsNotAcknowledgedToWhoAsksAgain() {
        live(231);
        live(812);
        live(1314);
    }

    @Test
    void whatADeletedSegmentSaidIsRememberedAfterAKill() {
        live(391);
        live(447);
        live(566);
        live(1004);
    }

    @Test
    void aStrongerFlushLevelSyncsWhatIsThere() {
        live(970);
        live(1083);
    }

    @Test
    void nothingIsWrittenBehindARottenBeginning() {
        live(1179);
    }

    @Test
    void aRottenSegmentIsNotForgottenUnasked() {
        live(1994);
    }

    @Test
    void noSyncBehindAFailedOneIsBelieved() {
        live(4538);
    }

    @Test
    void aLogIsNeverCutBelowItsStart() {
        live(5097);
    }

    @Test
    void aStopDuringARollEnds() {
        live(7914);
    }

    @Test
    void aProducerThatGoesOnInOrderIsTakenAfterARestart() {
        live(1288);
    }

    /** A seed that once found something; see the history of this file. */
    private static void live(long seed) {
        live(new Random(seed).nextLong(), Defects.NONE);
    }

    static void live(long seed, Defects defects) {
        live(seed, defects, false);
    }

    /** Gives the number of compactions. */
    static long live(long seed, Defects defects, boolean compacting) {
        var random = new Random(~seed);
        var world = new World(seed, defects, compacting);
        world.start(Ledger.End.CLEAN_STOP);
        int lives = 3 + random.nextInt(4);
        for (int life = 0; life < lives; life++) {
            boolean dead = false;
            long call = random.nextInt(4) == 0 ? world.disk().calls() + 1 + random.nextInt(200) : -1;
            world.disk().crashAtCall(call);
            int steps = 10 + random.nextInt(60);
            int rot = random.nextInt(12) == 0 ? random.nextInt(steps) : -1;
            int failure = random.nextInt(12) == 0 ? random.nextInt(steps) : -1;
            boolean scarce = random.nextInt(6) == 0;
            try {
                for (int n = 0; n < steps && !world.mustStop(); n++) {
                    if (scarce && random.nextInt(10) == 0) world.fill();
                    if (n == rot) world.rot();
                    if (n == failure) world.failNextSync();
                    world.step();
                }
                if (!world.mustStop() && random.nextBoolean()) world.finish();
            } catch (SimulatedCrash crash) {
                world.history.tell(crash.getMessage());
                dead = true;
            }
            world.disk().crashAtCall(-1);
            next(world, random, dead);
        }
        return world.compactions();
    }

    private static void next(World world, Random random, boolean dead) {
        int dice = random.nextInt(3);
        if (!dead && !world.mustStop() && dice == 0) world.restartCleanly();
        else if (dice == 1) world.restartAfterPowerCut(random);
        else world.restartAfterKill();
    }
}
