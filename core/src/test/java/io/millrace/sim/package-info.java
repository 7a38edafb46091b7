/**
 * The simulator and test doubles, published as test-jar: {@link io.millrace.sim.Seeds} runs a scenario under many seeds.
 * Nothing here uses threads, real clocks or real disks; the seed decides.
 */
@NullMarked
package io.millrace.sim;

import org.jspecify.annotations.NullMarked;
