/** Records in the hands of a consumer. */
@NullMarked
package io.millrace.consume;

import org.jspecify.annotations.NullMarked;
