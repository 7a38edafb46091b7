package io.millrace.server.client;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** JSON as maps, lists, texts, numbers and booleans; for small documents. */
final class Json {
    static final JsonFactory FACTORY = new JsonFactory();
    private static final int DEEPEST = 64;

    private Json() {}

    static byte[] write(Map<String, ?> object) {
        var bytes = new ByteArrayOutputStream(256);
        try (var json = FACTORY.createGenerator(bytes)) {
            put(json, object);
        } catch (IOException e) {
            throw new IllegalStateException("memory does not fail", e);
        }
        return bytes.toByteArray();
    }

    private static void put(JsonGenerator json, @Nullable Object value) throws IOException {
        if (value instanceof Map<?, ?> map) {
            json.writeStartObject();
            for (var entry : map.entrySet()) {
                json.writeFieldName(String.valueOf(entry.getKey()));
                put(json, entry.getValue());
            }
            json.writeEndObject();
        } else if (value instanceof List<?> list) {
            json.writeStartArray();
            for (var item : list) put(json, item);
            json.writeEndArray();
        } else if (value instanceof Number number) {
            json.writeNumber(number.toString());
        } else if (value instanceof Boolean bool) {
            json.writeBoolean(bool);
        } else if (value == null) {
            json.writeNull();
        } else {
            json.writeString(value.toString());
        }
    }

    /** The object that is all there is in {@code in}; an empty one if there is nothing. */
    static Map<String, @Nullable Object> readObject(InputStream in) throws IOException {
        try (var json = FACTORY.createParser(in)) {
            if (json.nextToken() == null) return Map.of();
            if (json.currentToken() != JsonToken.START_OBJECT) throw new IOException("the answer is not a JSON object");
            return object(json, 1);
        }
    }

    /** The value that the parser stands at. */
    static @Nullable Object value(JsonParser json) throws IOException {
        return value(json, 1);
    }

    private static @Nullable Object value(JsonParser json, int depth) throws IOException {
        if (depth > DEEPEST) throw new IOException("the answer is nested too deeply");
        return switch (json.currentToken()) {
            case START_OBJECT -> object(json, depth);
            case START_ARRAY -> array(json, depth);
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NULL -> null;
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> json.getNumberValue();
            default -> json.getText();
        };
    }

    private static Map<String, @Nullable Object> object(JsonParser json, int depth) throws IOException {
        var object = new LinkedHashMap<String, @Nullable Object>();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            var name = json.currentName();
            json.nextToken();
            object.put(name, value(json, depth + 1));
        }
        return object;
    }

    private static List<@Nullable Object> array(JsonParser json, int depth) throws IOException {
        var array = new ArrayList<@Nullable Object>();
        while (json.nextToken() != JsonToken.END_ARRAY) array.add(value(json, depth + 1));
        return array;
    }
}
