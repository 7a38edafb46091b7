package io.millrace.broker.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.Record;
import io.millrace.bytes.Bytes;
import io.millrace.record.RecordHeader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The headers that a producer stores with a record: its id, the type of its value, and what the record brings. */
final class SentHeaders {
    private final List<RecordHeader> type;

    /** @param contentType of the values; null if nobody is to be told */
    SentHeaders(@Nullable String contentType) {
        type = contentType == null ? List.of() : List.of(header(Record.CONTENT_TYPE_HEADER, contentType));
    }

    List<RecordHeader> of(RecordToSend<?, ?> record, @Nullable String id) {
        var types = record.value == null || namesItsType(record) ? List.<RecordHeader>of() : type;
        if (record.headers == null && id == null) return types;
        var headers = new ArrayList<RecordHeader>();
        if (id != null) headers.add(header(Record.ID_HEADER, id));
        headers.addAll(types);
        if (record.headers != null) {
            for (var header : record.headers) {
                var value = header.value();
                headers.add(new RecordHeader(header.name(), value == null ? null : Bytes.of(value)));
            }
        }
        return headers;
    }

    private static boolean namesItsType(RecordToSend<?, ?> record) {
        if (record.headers == null) return false;
        for (var header : record.headers) if (header.name().equals(Record.CONTENT_TYPE_HEADER)) return true;
        return false;
    }

    private static RecordHeader header(String name, String value) {
        return new RecordHeader(name, ByteBuffer.wrap(value.getBytes(UTF_8)));
    }
}
