/**
 * Logs that live in memory and die with the process: for topics that say so, and for tests.
 *
 * <p>Start with {@link io.millrace.log.memory.MemoryStorage}, which keeps what it stored while its logs are closed and
 * opened again; {@link io.millrace.log.memory.MemoryLog} is one open log; {@code StoredBatches} and {@code Chunk} hold
 * the bytes and decide (ring 0). Home thread only; every future is complete when it is returned. Ring 1.
 */
@NullMarked
package io.millrace.log.memory;

import org.jspecify.annotations.NullMarked;
