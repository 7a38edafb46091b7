package io.millrace.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.sim.Seeds;
import java.time.Duration;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

/** Half an hour of members joining, leaving, stalling and dying, in virtual time. */
class GroupSimulationTest {
    /** Kept, so that its level is: writes fail here all the time. */
    private static final Logger SHARD = Logger.getLogger(GroupShard.class.getName());

    @Test
    void neverTwoOwnersInAGenerationAndCommitsNeverGoBackAndEverythingIsOwnedInTheEnd() {
        SHARD.setLevel(Level.SEVERE);
        long[] seen = new long[2];
        Seeds.forEach(1_000, random -> {
            var world = new GroupWorld(random);
            world.live(Duration.ofMinutes(30));
            world.calm();
            world.checkCommits();
            seen[0] += world.generations();
            seen[1] += world.commits();
        });
        // The simulation is worth something only if much happens in it.
        if (Long.getLong("seed") == null) assertThat(seen[0]).isGreaterThan(Long.getLong("seeds", 1_000) * 10);
        assertThat(seen[1]).isPositive();
    }
}
