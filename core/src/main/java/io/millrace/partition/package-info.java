/**
 * One partition: who may append, what readers may see, who waits for what.
 *
 * <p>Start with {@link io.millrace.partition.Partitions}, the way in from everywhere. Decisions are ring 0 and know
 * nothing of futures; the conductor is ring 1. Everything about one partition happens on its home thread.
 */
@NullMarked
package io.millrace.partition;

import org.jspecify.annotations.NullMarked;
