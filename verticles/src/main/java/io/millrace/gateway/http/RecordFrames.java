package io.millrace.gateway.http;

/** Writes records of one channel as {@code rec} and {@code recs} frames. */
final class RecordFrames implements RecordWriter.Shape {
    /** A frame is sent when it has grown to this; one record may be larger. */
    static final int FRAME_BYTES = 32 << 10;

    static final int RECORDS_PER_FRAME = 1000;
    private static final int FIRST_BYTES = 1 << 10;
    private static final byte[] NUMBER = JsonWriter.ascii("{\"n\":\"");
    private static final byte[] NUMBER_END = JsonWriter.ascii("\",");

    private final byte[] several;
    private final byte[] single;
    private int lastBytes = FIRST_BYTES;
    private long first;

    RecordFrames(int channel) {
        this.several = JsonWriter.ascii("{\"t\":\"recs\",\"ch\":" + channel + ",\"items\":[");
        this.single = JsonWriter.ascii("{\"t\":\"rec\",\"ch\":" + channel + ",");
    }

    /** The size of a frame at which it is complete, when so many bytes of records may come. */
    int maxBytes(long granted) {
        return several.length + (int) Math.min(granted, FRAME_BYTES);
    }

    /** Begins a frame whose first record has this number. */
    JsonWriter begin(long number) {
        first = number;
        return new JsonWriter(lastBytes).raw(several);
    }

    /** Gives each record its number. */
    @Override
    public void begin(JsonWriter out, int index, Cursor behind) {
        begin(out, index);
    }

    void begin(JsonWriter out, int index) {
        if (index > 0) out.put(',');
        out.raw(NUMBER).number(first + index).raw(NUMBER_END);
    }

    @Override
    public void end(JsonWriter out) {}

    /** Completes a frame of so many records; gives where it begins in what was written. */
    int finish(JsonWriter out, int records) {
        lastBytes = Math.min(FRAME_BYTES, Math.max(FIRST_BYTES, out.size() + (out.size() >> 2)));
        if (records != 1) {
            out.put(']').put('}');
            return 0;
        }
        // A frame of its own instead of an array of one: its head replaces the one that was written, and a brace.
        int from = several.length + 1 - single.length;
        out.overwrite(from, single);
        return from;
    }
}
