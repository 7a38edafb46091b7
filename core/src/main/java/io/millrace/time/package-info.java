/**
 * The only two ways in which the broker learns about time: {@link io.millrace.time.Clock} tells it, {@link
 * io.millrace.time.Timers} wakes somebody. Everything that waits, expires or retries goes through them, so that a test
 * can put a month into a millisecond. Ring 1.
 */
@NullMarked
package io.millrace.time;

import org.jspecify.annotations.NullMarked;
