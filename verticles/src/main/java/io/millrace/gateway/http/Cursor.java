package io.millrace.gateway.http;

import java.util.Arrays;
import java.util.UUID;

/**
 * Where a reader stands in a topic: the next offset of each partition, for one partition only or for the whole topic;
 * partitions that the topic gets later begin at their first record then. {@link Cursors} makes opaque text of it.
 */
final class Cursor {
    private final Cursors cursors;
    private final UUID topic;
    /** The only partition, or -1. */
    private final int only;

    private final long[] next;

    Cursor(Cursors cursors, UUID topic, int only, long[] next) {
        this.cursors = cursors;
        this.topic = topic;
        this.only = only;
        this.next = next;
    }

    UUID topic() {
        return topic;
    }

    boolean isWhole() {
        return only < 0;
    }

    int partition() {
        return only;
    }

    /** The offsets of the partitions 0 and on, or that of the only one; belongs to the cursor and may be changed. */
    long[] next() {
        return next;
    }

    /** The same scope at other offsets, which are not copied. */
    Cursor at(long[] offsets) {
        return new Cursor(cursors, topic, only, offsets);
    }

    /** The same in a topic that has more partitions now: they begin at their first record. */
    Cursor grown(int partitions) {
        return at(Arrays.copyOf(next, partitions));
    }

    /** Quoted, as JSON. */
    void writeTo(JsonWriter out) {
        out.put('"').raw(cursors.encode(this)).put('"');
    }

    @Override
    public String toString() {
        return new String(cursors.encode(this), java.nio.charset.StandardCharsets.ISO_8859_1);
    }
}
