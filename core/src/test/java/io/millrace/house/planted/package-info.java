/** Classes that break the rules on purpose, to prove that they are caught. */
@NullMarked
package io.millrace.house.planted;

import org.jspecify.annotations.NullMarked;
