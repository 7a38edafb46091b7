package io.millrace.record;

import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One record, decoded, with its bytes still shared with the batch it came from: valid as long as those are.
 *
 * @param offset its place in the partition
 * @param timestamp milliseconds since 1970, or {@link RecordBatch#NO_TIMESTAMP}
 * @param key null where there is none, which is not the same as an empty one
 * @param value null where there is none
 * @param headers in the order in which they were written
 */
public record RecordView(
        long offset, long timestamp, @Nullable ByteBuffer key, @Nullable ByteBuffer value, List<RecordHeader> headers) {
    public RecordView {
        headers = List.copyOf(headers);
    }
}
