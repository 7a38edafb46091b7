/** Rules of the house as tests: who may import whom, and what every file looks like. */
@NullMarked
package io.millrace.house;

import org.jspecify.annotations.NullMarked;
