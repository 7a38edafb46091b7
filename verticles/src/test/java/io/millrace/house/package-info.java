/** Rules of the shell as tests. */
@NullMarked
package io.millrace.house;

import org.jspecify.annotations.NullMarked;
