/**
 * Kafka's record batch, format v2, as a value: {@link io.millrace.record.RecordBatch} is a view over bytes, {@link
 * io.millrace.record.RecordBatchBuilder} makes them, {@link io.millrace.record.Compression} packs what lies inside.
 *
 * <p>Bytes are {@link java.nio.ByteBuffer}s, because checksums, file channels and sockets take those without a copy.
 * Ring 0.
 */
@NullMarked
package io.millrace.record;

import org.jspecify.annotations.NullMarked;
