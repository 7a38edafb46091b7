/** The examples of the README run, and Kafka's own tool reads what this broker writes. */
@NullMarked
package io.millrace.examples;

import org.jspecify.annotations.NullMarked;
