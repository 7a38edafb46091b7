/**
 * Values that every layer shares: which partition, which leader epoch, and why something was refused.
 *
 * <p>Start with {@link io.millrace.model.PartitionId}, then {@link io.millrace.model.Refusal} and the exception that
 * carries it. Ring 0: no threads, no clocks, no I/O.
 */
@NullMarked
package io.millrace.model;

import org.jspecify.annotations.NullMarked;
