package io.millrace.group;

import io.millrace.group.GroupEvent.Stored;
import io.millrace.record.RecordBatchBuilder;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** One write of a {@link GroupShard}: the records, and who waits until they are durable. */
final class Round {
    /** A decision is never cut in two, so a round may grow beyond by one decision. */
    private static final int FULL_BYTES = 256 << 10;
    /** What a record takes beside its key and value, at most. */
    private static final int OVERHEAD_BYTES = 36;

    /** An answer that waits. */
    record Held(Runnable done, Consumer<Throwable> failed) {}

    private final RecordBatchBuilder builder = new RecordBatchBuilder();
    private final List<Held> held = new ArrayList<>();
    private final long timestamp;
    private int bytes;

    Round(long timestamp) {
        this.timestamp = timestamp;
    }

    /** Gives the bytes that it takes, about. */
    int add(Stored event) {
        var key = GroupRecords.key(event);
        var value = GroupRecords.value(event);
        builder.append(timestamp, key, value);
        int added = OVERHEAD_BYTES + key.length + (value == null ? 0 : value.length);
        bytes += added;
        return added;
    }

    boolean isFull() {
        return bytes >= FULL_BYTES;
    }

    int bytes() {
        return bytes;
    }

    List<Held> held() {
        return held;
    }

    ByteBuffer build() {
        return builder.build();
    }
}
