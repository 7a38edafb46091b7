/** Segments under the contract of a log, on a real disk and on one that dies at every call. */
@NullMarked
package io.millrace.log.segment;

import org.jspecify.annotations.NullMarked;
