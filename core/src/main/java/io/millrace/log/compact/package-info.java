/**
 * What stays of a log that is compacted, batch by batch, whatever keeps the batches.
 *
 * <p>Read {@link io.millrace.log.compact.Extent} (how far, and whether), {@link io.millrace.log.compact.KeyMap} (the last offset of each key, in a fixed number of bytes), then {@link
 * io.millrace.log.compact.Sieve} (what is left of a batch) and {@link io.millrace.log.compact.Holes} (what stands where
 * batches were). No thread of its own: whoever compacts calls them on one thread, away from the event loops where there
 * is much to do. Ring 0.
 */
@NullMarked
package io.millrace.log.compact;

import org.jspecify.annotations.NullMarked;
