package io.millrace.group;

import io.vertx.core.Future;
import java.nio.ByteBuffer;

/** The internal partition that a {@link GroupShard} keeps its records in. Called on the home thread of the shard. */
public interface GroupLog {
    /** Appends one batch; completes when it is durable at commit level and would be read by {@link #read}. */
    Future<Void> append(ByteBuffer batch);

    /** Whole batches from {@code from} on, below the high watermark; no batches at the end. */
    Future<Page> read(long from, int maxBytes);

    /** The log start. */
    Future<Long> start();

    /** A part of the log: {@code batches} may begin before the offset asked for; {@code end} is the high watermark. */
    record Page(ByteBuffer batches, long end) {}
}
