package io.millrace.gateway.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.Record;
import io.millrace.partition.IdempotencyKey;
import io.millrace.record.RecordBatch;
import io.millrace.record.RecordHeader;
import io.millrace.record.RecordIterator;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes stored records in their JSON form, until there are enough. */
final class RecordWriter {
    private static final long MAX_UNPACKED_BYTES = 64L << 20;

    private final JsonWriter out;
    private final String topic;
    private final Shape shape;
    private final int maxRecords;
    private final int maxBytes;
    private int count;
    private long valueBytes;
    private long lastTimestamp = -1;

    /** What stands around a record. */
    interface Shape {
        /** Elements of an array. */
        Shape ARRAY = new Shape() {
            @Override
            public void begin(JsonWriter out, int index, Cursor behind) {
                if (index > 0) out.put(',');
                out.put('{');
            }

            @Override
            public void end(JsonWriter out) {}
        };
        /** Lines of their own. */
        Shape LINES = new Shape() {
            @Override
            public void begin(JsonWriter out, int index, Cursor behind) {
                out.put('{');
            }

            @Override
            public void end(JsonWriter out) {
                out.put('\n');
            }

            @Override
            public boolean isOneLine() {
                return true;
            }
        };

        /**
         * Writes what comes before a record, with its opening brace.
         *
         * @param index how many records are there already
         * @param behind the position behind the record
         */
        void begin(JsonWriter out, int index, Cursor behind);

        /** Writes what comes behind its closing brace. */
        void end(JsonWriter out);

        /** Whether a record must not have line ends inside. */
        default boolean isOneLine() {
            return false;
        }
    }

    RecordWriter(JsonWriter out, String topic, Shape shape, int maxRecords, int maxBytes) {
        this.out = out;
        this.topic = topic;
        this.shape = shape;
        this.maxRecords = maxRecords;
        this.maxBytes = maxBytes;
    }

    int count() {
        return count;
    }

    long valueBytes() {
        return valueBytes;
    }

    /** The timestamp of the last record; -1 when it has none. */
    long lastTimestamp() {
        return lastTimestamp;
    }

    boolean isFull() {
        return count >= maxRecords || (count > 0 && out.size() >= maxBytes);
    }

    /** Tells the cursor behind a record. */
    interface Cursors {
        Cursor behind(long offset);
    }

    /** Whether one of the batches must be unpacked, which takes its time. */
    static boolean isCompressed(ByteBuffer batches) {
        for (int at = batches.position(); at < batches.limit(); ) {
            var batch = RecordBatch.at(batches, at);
            if (batch.compressionId() != 0) return true;
            at += batch.sizeInBytes();
        }
        return false;
    }

    /** Writes records from {@code from} on; gives the offset to go on with. */
    long write(ByteBuffer batches, int partition, long from, Cursors cursors) {
        long next = from;
        for (int at = batches.position(); at < batches.limit() && !isFull(); ) {
            var batch = RecordBatch.at(batches, at);
            if (!batch.isControl()) next = write(batch, partition, next, cursors);
            if (!isFull()) next = Math.max(next, batch.nextOffset());
            at += batch.sizeInBytes();
        }
        return next;
    }

    private long write(RecordBatch batch, int partition, long from, Cursors cursors) {
        long next = from;
        try (var records = batch.records(MAX_UNPACKED_BYTES)) {
            while (!isFull() && records.next()) {
                if (records.offset() < from) continue;
                next = records.offset() + 1;
                write(records, partition, cursors.behind(next));
            }
        }
        return next;
    }

    private void write(RecordIterator record, int partition, Cursor cursor) {
        var value = record.value();
        if (value != null) valueBytes += value.remaining();
        lastTimestamp = record.timestamp();
        shape.begin(out, count++, cursor);
        writeMembers(
                out,
                topic,
                partition,
                record.offset(),
                lastTimestamp,
                record.key(),
                value,
                record.headers(),
                shape.isOneLine());
        out.plain(",\"cursor\":");
        cursor.writeTo(out);
        out.put('}');
        shape.end(out);
    }

    /** Writes a record without its braces and its cursor. */
    static void writeMembers(
            JsonWriter out,
            String topic,
            int partition,
            long offset,
            long timestamp,
            @Nullable ByteBuffer key,
            @Nullable ByteBuffer value,
            List<RecordHeader> headers,
            boolean isOneLine) {
        var id = textOf(headers, Record.ID_HEADER);
        out.plain("\"id\":");
        if (id != null) out.text(id);
        else
            out.put('"')
                    .plain(topic)
                    .put('/')
                    .number(partition)
                    .put('/')
                    .number(offset)
                    .put('"');
        out.plain(",\"topic\":\"").plain(topic).plain("\",\"partition\":").number(partition);
        out.plain(",\"offset\":\"").number(offset).put('"');
        writeKey(out, key);
        out.plain(",\"timestamp\":").time(timestamp);
        writeHeaders(out, headers);
        var type = textOf(headers, RecordForm.CONTENT_TYPE);
        if (type != null) out.plain(",\"contentType\":").text(type);
        writeValue(out, value, type, isOneLine);
    }

    private static void writeKey(JsonWriter out, @Nullable ByteBuffer key) {
        if (key == null) return;
        if (JsonReader.isUtf8(key)) {
            out.plain(",\"key\":");
            writeText(out, key);
        } else {
            out.plain(",\"keyBase64\":").base64(key);
        }
    }

    /** The content type decides; bytes that are not what it says are given as bytes. */
    private static void writeValue(
            JsonWriter out, @Nullable ByteBuffer value, @Nullable String contentType, boolean isOneLine) {
        if (value == null) {
            out.plain(",\"value\":").nothing();
            return;
        }
        var type = MediaType.parse(contentType);
        if (type.isJson() && type.isUtf8()) {
            var bytes = slice(value);
            if (JsonReader.isJson(bytes.array(), bytes.from(), bytes.length())) {
                out.plain(",\"value\":");
                writeJson(out, bytes, isOneLine);
                return;
            }
        } else if (type.isText() && type.isUtf8() && JsonReader.isUtf8(value)) {
            out.plain(",\"valueText\":");
            writeText(out, value);
            return;
        }
        out.plain(",\"valueBase64\":").base64(value);
    }

    /** JSON has line ends between its tokens only; as a line of its own it must have none. */
    private static void writeJson(JsonWriter out, Exchange.ArraySlice json, boolean isOneLine) {
        int copied = json.from();
        int end = json.from() + json.length();
        if (isOneLine) {
            for (int at = copied; at < end; at++) {
                byte b = json.array()[at];
                if (b != '\n' && b != '\r') continue;
                out.raw(json.array(), copied, at - copied).put(' ');
                copied = at + 1;
            }
        }
        out.raw(json.array(), copied, end - copied);
    }

    private static void writeHeaders(JsonWriter out, List<RecordHeader> headers) {
        boolean repeats = false;
        var seen = new ArrayList<String>(headers.size());
        for (var header : headers) {
            if (isHidden(header.name())) continue;
            repeats |= seen.size() < 16 ? seen.contains(header.name()) : true;
            seen.add(header.name());
        }
        out.plain(",\"headers\":{");
        if (repeats) {
            writeRepeated(out, headers);
        } else {
            char before = 0;
            for (var header : headers) {
                if (isHidden(header.name())) continue;
                if (before != 0) out.put(before);
                before = ',';
                out.text(header.name()).put(':');
                writeHeader(out, header.value());
            }
        }
        out.put('}');
    }

    /** Headers of one name become an array. */
    private static void writeRepeated(JsonWriter out, List<RecordHeader> headers) {
        Map<String, List<RecordHeader>> byName = new LinkedHashMap<>();
        for (var header : headers) {
            if (!isHidden(header.name())) {
                byName.computeIfAbsent(header.name(), name -> new ArrayList<>()).add(header);
            }
        }
        char before = 0;
        for (var entry : byName.entrySet()) {
            if (before != 0) out.put(before);
            before = ',';
            out.text(entry.getKey()).put(':');
            var values = entry.getValue();
            if (values.size() > 1) out.put('[');
            for (int n = 0; n < values.size(); n++) {
                if (n > 0) out.put(',');
                writeHeader(out, values.get(n).value());
            }
            if (values.size() > 1) out.put(']');
        }
    }

    private static void writeHeader(JsonWriter out, @Nullable ByteBuffer value) {
        if (value == null) out.nothing();
        else if (JsonReader.isUtf8(value)) writeText(out, value);
        else out.plain("{\"base64\":").base64(value).put('}');
    }

    private static void writeText(JsonWriter out, ByteBuffer utf8) {
        var bytes = slice(utf8);
        out.text(bytes.array(), bytes.from(), bytes.length());
    }

    private static Exchange.ArraySlice slice(ByteBuffer bytes) {
        if (bytes.hasArray()) {
            return new Exchange.ArraySlice(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
        }
        var copy = new byte[bytes.remaining()];
        bytes.get(bytes.position(), copy);
        return new Exchange.ArraySlice(copy, 0, copy.length);
    }

    /** What is shown as a member of the record, or is of no interest to anybody. */
    private static boolean isHidden(String name) {
        return name.equals(RecordForm.CONTENT_TYPE)
                || name.equals(Record.ID_HEADER)
                || name.equals(IdempotencyKey.KEY_HEADER)
                || name.equals(IdempotencyKey.FINGERPRINT_HEADER);
    }

    private static @Nullable String textOf(List<RecordHeader> headers, String name) {
        for (var header : headers) {
            var value = header.value();
            if (!header.name().equals(name) || value == null || !JsonReader.isUtf8(value)) continue;
            return UTF_8.decode(value.duplicate()).toString();
        }
        return null;
    }
}
