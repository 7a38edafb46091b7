/** The embedded broker in a forked process that is killed. */
@NullMarked
package io.millrace.kill;

import org.jspecify.annotations.NullMarked;
