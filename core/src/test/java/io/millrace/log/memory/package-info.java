/** The log contract on memory. */
@NullMarked
package io.millrace.log.memory;

import org.jspecify.annotations.NullMarked;
