package io.millrace.gateway.http;

import io.millrace.partition.Acks;
import org.jspecify.annotations.Nullable;

/** Writes receipts. */
final class Receipts {
    private static final byte[] ID = JsonWriter.ascii("\"id\":");
    private static final byte[] TIMESTAMP = JsonWriter.ascii("\",\"timestamp\":");
    private static final byte[] NEW = JsonWriter.ascii(",\"duplicate\":false,\"acks\":\"");
    private static final byte[] SEEN = JsonWriter.ascii(",\"duplicate\":true,\"acks\":\"");
    private static final byte[] DURABLE = JsonWriter.ascii("\",\"durable\":\"");
    private static final byte[] CURSOR = JsonWriter.ascii("\",\"cursor\":");

    private Receipts() {}

    static void write(
            JsonWriter out,
            Destination to,
            int partition,
            long offset,
            long timestamp,
            boolean duplicate,
            Acks acks,
            @Nullable String id) {
        writeMembers(out.put('{'), to, partition, offset, timestamp, duplicate, acks, id);
        out.put('}');
    }

    /** The same without braces. */
    static void writeMembers(
            JsonWriter out,
            Destination to,
            int partition,
            long offset,
            long timestamp,
            boolean duplicate,
            Acks acks,
            @Nullable String id) {
        out.raw(ID);
        if (id != null) out.text(id);
        else
            out.put('"')
                    .plain(to.name())
                    .put('/')
                    .number(partition)
                    .put('/')
                    .number(offset)
                    .put('"');
        out.raw(to.receiptMiddle(partition)).number(offset).raw(TIMESTAMP).time(timestamp);
        out.raw(duplicate ? SEEN : NEW)
                .plain(word(acks))
                .raw(DURABLE)
                .plain(to.durable(acks))
                .raw(CURSOR);
        to.cursors().write(out, to.id(partition), offset + 1);
    }

    /** The receipt of a record for which nobody waited: where it will lie is not promised. */
    static void writeUnwaited(JsonWriter out, Destination to, int partition, long timestamp, @Nullable String id) {
        writeUnwaitedMembers(out.put('{'), to, partition, timestamp, id);
        out.put('}');
    }

    /** The same without braces. */
    static void writeUnwaitedMembers(
            JsonWriter out, Destination to, int partition, long timestamp, @Nullable String id) {
        if (id != null) out.plain("\"id\":").text(id).put(',');
        out.plain("\"topic\":\"").plain(to.name()).plain("\",\"partition\":").number(partition);
        out.plain(",\"timestamp\":").time(timestamp).plain(",\"duplicate\":false,\"acks\":\"0\",\"durable\":\"none\"");
    }

    static String word(Acks acks) {
        return switch (acks) {
            case NONE -> "0";
            case LEADER -> "1";
            case ALL -> "all";
        };
    }
}
