/** Proves our record batches against those of Kafka's own client library, and against hostile bytes. */
@NullMarked
package io.millrace.record;

import org.jspecify.annotations.NullMarked;
