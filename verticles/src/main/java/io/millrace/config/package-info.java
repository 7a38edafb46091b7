/**
 * Checks configuration before it is used: {@link io.millrace.config.JsonShape} says which keys an object may have and of
 * what type, and names the nearest valid key when one is unknown. No thread, no state.
 */
@NullMarked
package io.millrace.config;

import org.jspecify.annotations.NullMarked;
