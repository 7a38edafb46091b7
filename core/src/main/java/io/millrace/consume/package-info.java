/**
 * What a consumer knows of the records it has taken in: which may be handed out now, which are being processed, and up
 * to where each partition may be committed.
 *
 * <p>Start with {@link io.millrace.consume.InFlight}, which hands out {@link io.millrace.consume.Lease}s in a {@link
 * io.millrace.consume.ProcessingOrder}; {@link io.millrace.consume.FailureRules} say what becomes of a record whose
 * processing failed. One thread at a time. Ring 0.
 */
@NullMarked
package io.millrace.consume;

import org.jspecify.annotations.NullMarked;
