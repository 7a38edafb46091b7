/**
 * Kafka's record batch, format v2, as a value: {@link io.millrace.record.RecordBatch} is a view over the bytes of one,
 * {@link io.millrace.record.RecordBatchBuilder} makes them, {@link io.millrace.record.RecordIterator} walks the records
 * inside, {@link io.millrace.record.Compression} packs them, and {@link io.millrace.record.BatchCheck} decides whether
 * what a client sent may be stored.
 *
 * <p>Bytes are {@link java.nio.ByteBuffer}s, because checksums, file channels and sockets take those without a copy.
 * Nothing here is safe for use by several threads at once, but batches that are no longer written may be read by many.
 * Ring 0.
 */
@NullMarked
package io.millrace.record;

import org.jspecify.annotations.NullMarked;
