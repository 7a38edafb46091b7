/**
 * What a broker knows about topics rather than about records: names, ids, configuration, who leads which partition.
 *
 * <p>Read {@link io.millrace.cluster.MetadataImage} (the state), {@link io.millrace.cluster.MetadataCommand} (what may be
 * asked, each command with its rule) and {@link io.millrace.cluster.MetadataEvent} (what happened) first; then {@link
 * io.millrace.cluster.ConfigKey} and {@link io.millrace.cluster.EffectiveConfig} for configuration. These and {@link
 * io.millrace.cluster.MetadataCodec} are ring 0. {@link io.millrace.cluster.MetadataLog} is the seam behind which they
 * survive, {@link io.millrace.cluster.LocalMetadataLog} its form for one node (ring 1, on one home thread).
 */
@NullMarked
package io.millrace.cluster;

import org.jspecify.annotations.NullMarked;
