/**
 * The simulator and test doubles, published as test-jar. {@link io.millrace.sim.Seeds} runs a scenario under many seeds;
 * {@link io.millrace.sim.SimulatedDisk} loses, tears and fails as a real disk may; {@link io.millrace.sim.SimulatedTime}
 * stands still until it is moved; {@link io.millrace.sim.Simulation} runs whole processes on both, in an order that the
 * seed chooses; {@link io.millrace.sim.DirectWork} does disk work at once. Contracts are what the doubles and the real
 * ones have in common.
 *
 * <p>Nothing here uses threads, real clocks or real disks; the seed decides.
 */
@NullMarked
package io.millrace.sim;

import org.jspecify.annotations.NullMarked;
