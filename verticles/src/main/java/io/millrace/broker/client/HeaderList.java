package io.millrace.broker.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.Headers;
import io.millrace.bytes.Bytes;
import io.millrace.record.RecordHeader;
import io.vertx.core.buffer.Buffer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Headers as they were stored. */
record HeaderList(List<RecordHeader> headers) implements Headers {
    static final HeaderList NONE = new HeaderList(List.of());

    @Override
    public int size() {
        return headers.size();
    }

    @Override
    public String name(int index) {
        return headers.get(index).name();
    }

    @Override
    public @Nullable Buffer value(int index) {
        var value = headers.get(index).value();
        return value == null ? null : Bytes.buffer(value);
    }

    @Override
    public @Nullable String get(String name) {
        var value = last(name);
        return value == null ? null : text(value);
    }

    @Override
    public @Nullable Buffer raw(String name) {
        var value = last(name);
        return value == null ? null : Bytes.buffer(value);
    }

    private @Nullable ByteBuffer last(String name) {
        for (int n = headers.size() - 1; n >= 0; n--) {
            if (headers.get(n).name().equals(name)) return headers.get(n).value();
        }
        return null;
    }

    private static String text(ByteBuffer value) {
        return UTF_8.decode(value.duplicate()).toString();
    }

    @Override
    public List<String> getAll(String name) {
        var values = new ArrayList<String>();
        for (var header : headers) {
            var value = header.value();
            if (value != null && header.name().equals(name)) values.add(text(value));
        }
        return values;
    }

    @Override
    public boolean contains(String name) {
        return headers.stream().anyMatch(header -> header.name().equals(name));
    }

    @Override
    public List<String> names() {
        var names = new LinkedHashSet<String>();
        for (var header : headers) names.add(header.name());
        return List.copyOf(names);
    }
}
