/** Doubles of the seams for deterministic tests: disk, time, schedule, and the contracts they share with the real ones. */
@NullMarked
package io.millrace.sim;

import org.jspecify.annotations.NullMarked;
