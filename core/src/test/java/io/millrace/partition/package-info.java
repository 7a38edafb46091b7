/** Tests of the partition and of the machines that it conducts. */
@NullMarked
package io.millrace.partition;

import org.jspecify.annotations.NullMarked;
