package io.millrace.gateway.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.millrace.Record;
import io.millrace.partition.IdempotencyKey;
import io.millrace.record.RecordHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One record as a client describes it in JSON. Key and value are places in the bytes that it came in, wherever these can
 * be stored as they stand. One object serves for many records in turn.
 */
class RecordForm {
    static final String CONTENT_TYPE = "content-type";
    static final int MAX_ID_LENGTH = 256;
    private static final int MAX_HEADERS = 1000;
    private static final List<RecordHeader> JSON_HEADERS = List.of(header(CONTENT_TYPE, MediaType.JSON));

    byte @Nullable [] key;
    int keyFrom;
    int keyLength;
    byte @Nullable [] value;
    int valueFrom;
    int valueLength;
    int partition;
    long timestamp;

    @Nullable
    String id;

    @Nullable
    String idempotencyKey;
    /** What is wrong with the record, though it is JSON. */
    @Nullable
    Problem problem;

    private @Nullable String contentType;
    private boolean isJsonValue;
    private int values;
    private int keys;
    private List<RecordHeader> own = List.of();

    private byte[] source = new byte[0];
    private int sourceFrom;
    private int sourceEnd;

    static RecordHeader header(String name, String value) {
        return new RecordHeader(name, ByteBuffer.wrap(value.getBytes(UTF_8)));
    }

    void clear() {
        key = null;
        value = null;
        partition = -1;
        timestamp = -1;
        id = null;
        idempotencyKey = null;
        problem = null;
        contentType = null;
        isJsonValue = false;
        values = 0;
        keys = 0;
        own = List.of();
    }

    /** Reads an object at whose beginning the parser stands. {@code from} is where the text of the parser begins, {@code length} its bytes. */
    void read(JsonParser parser, byte[] bytes, int from, int length) throws IOException {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            clear();
            wrong("", "a record is a JSON object");
            JsonReader.skipValue(parser);
            return;
        }
        readMembers(parser, bytes, from, length);
    }

    /** Reads what is left of an object, when the parser stands in front of one of its members. */
    void readMembers(JsonParser parser, byte[] bytes, int from, int length) throws IOException {
        clear();
        source = bytes;
        sourceFrom = from;
        sourceEnd = from + length;
        for (var token = parser.nextToken(); token == JsonToken.FIELD_NAME; token = parser.nextToken()) {
            var name = parser.currentName();
            parser.nextToken();
            field(parser, name);
        }
        if (keys > 1) wrong("/key", "a record has one of key and keyBase64");
        if (values > 1) wrong("/value", "a record has one of value, valueText and valueBase64");
    }

    private void field(JsonParser parser, String name) throws IOException {
        switch (name) {
            case "value" -> readValue(parser);
            case "key" -> {
                keys++;
                readKey(parser);
            }
            case "valueText" -> readText(parser);
            case "valueBase64" -> {
                values++;
                value = base64(parser, name);
                valueFrom = 0;
                valueLength = value == null ? 0 : value.length;
            }
            case "keyBase64" -> {
                keys++;
                key = base64(parser, name);
                keyFrom = 0;
                keyLength = key == null ? 0 : key.length;
            }
            case "headers" -> readHeaders(parser);
            case "partition" -> {
                if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT && isPartition(parser)) {
                    partition = parser.getIntValue();
                } else {
                    skipWrong(parser, name, "partition is the number of a partition");
                }
            }
            case "timestamp" -> {
                var text = text(parser, name);
                if (text == null) return;
                timestamp = Times.parse(text);
                if (timestamp < 0) wrong("/timestamp", "timestamp is an RFC 3339 time since 1970");
            }
            case "id" -> {
                id = text(parser, name);
                if (id != null && (id.isEmpty() || id.length() > MAX_ID_LENGTH)) {
                    wrong("/id", "id has 1 to " + MAX_ID_LENGTH + " characters");
                }
            }
            case "contentType" -> contentType = text(parser, name);
            case "idempotencyKey" -> {
                idempotencyKey = text(parser, name);
                if (idempotencyKey != null) checkIdempotencyKey(idempotencyKey);
            }
            default -> {
                if (!other(parser, name)) skipWrong(parser, name, "a record has no member of this name");
            }
        }
    }

    /** Reads a member that is not of the record but of what carries it; false if there is none of this name. */
    boolean other(JsonParser parser, String name) throws IOException {
        return false;
    }

    private static boolean isPartition(JsonParser parser) throws IOException {
        return parser.getNumberType() == JsonParser.NumberType.INT && parser.getIntValue() >= 0;
    }

    private void checkIdempotencyKey(String text) {
        int length = text.getBytes(UTF_8).length;
        if (length < 1 || length > IdempotencyKey.MAX_KEY_BYTES) {
            wrong("/idempotencyKey", "an idempotency key has 1 to " + IdempotencyKey.MAX_KEY_BYTES + " bytes");
        }
    }

    /** The bytes of the value as they stand; JSON null is a record without value. */
    private void readValue(JsonParser parser) throws IOException {
        values++;
        if (parser.currentToken() == JsonToken.VALUE_NULL) return;
        valueFrom = sourceFrom + JsonReader.tokenStart(parser);
        JsonReader.skipValue(parser);
        value = source;
        valueLength = JsonReader.valueEnd(parser, source, sourceFrom, sourceEnd) - valueFrom;
        // A string is verified when the parser goes on behind it.
        isJsonValue = true;
    }

    private void readKey(JsonParser parser) throws IOException {
        if (!isText(parser, "key")) return;
        int first = sourceFrom + JsonReader.tokenStart(parser) + 1;
        int end = JsonReader.nextQuoteOrBackslash(source, first, sourceEnd);
        if (end < sourceEnd && source[end] == '"') {
            key = source;
            keyFrom = first;
            keyLength = end - first;
        } else {
            key = parser.getText().getBytes(UTF_8);
            keyFrom = 0;
            keyLength = key.length;
        }
    }

    private void readText(JsonParser parser) throws IOException {
        values++;
        var text = text(parser, "valueText");
        if (text == null) return;
        value = text.getBytes(UTF_8);
        valueFrom = 0;
        valueLength = value.length;
        if (contentType == null) contentType = MediaType.TEXT;
    }

    private void readHeaders(JsonParser parser) throws IOException {
        if (parser.currentToken() == JsonToken.VALUE_NULL) return;
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            skipWrong(parser, "headers", "headers are an object of texts");
            return;
        }
        own = new ArrayList<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            var name = parser.currentName();
            var refusal = refusalOfName(name);
            if (refusal != null) wrong("/headers/" + name, refusal);
            if (parser.nextToken() == JsonToken.START_ARRAY) {
                while (parser.nextToken() != JsonToken.END_ARRAY)
                    own.add(new RecordHeader(name, headerValue(parser, name)));
            } else {
                own.add(new RecordHeader(name, headerValue(parser, name)));
            }
        }
        if (own.size() > MAX_HEADERS) wrong("/headers", "a record has at most " + MAX_HEADERS + " headers");
    }

    /** Why a header may not have this name; null if it may. */
    static @Nullable String refusalOfName(String name) {
        if (name.isEmpty()) return "a header has a name";
        if (name.equals(CONTENT_TYPE)) return "the content type of a record is not given as a header of it";
        if (name.startsWith("millrace-")) return "names that begin with millrace- are kept for the broker";
        return null;
    }

    /** Text, null, or bytes as {@code {"base64": "…"}}. */
    private @Nullable ByteBuffer headerValue(JsonParser parser, String name) throws IOException {
        if (parser.currentToken() == JsonToken.VALUE_NULL) return null;
        if (parser.currentToken() == JsonToken.VALUE_STRING)
            return ByteBuffer.wrap(parser.getText().getBytes(UTF_8));
        if (parser.currentToken() == JsonToken.START_OBJECT) {
            byte[] bytes = null;
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                var member = parser.currentName();
                parser.nextToken();
                if (member.equals("base64")) bytes = base64(parser, "headers/" + name + "/base64");
                else skipWrong(parser, "headers/" + name, "a header value is text, null or {\"base64\": \"...\"}");
            }
            if (bytes != null) return ByteBuffer.wrap(bytes);
            wrong("/headers/" + name, "a header value is text, null or {\"base64\": \"...\"}");
            return null;
        }
        skipWrong(parser, "headers/" + name, "a header value is text, null or {\"base64\": \"...\"}");
        return null;
    }

    private byte @Nullable [] base64(JsonParser parser, String name) throws IOException {
        var text = text(parser, name);
        if (text == null) return null;
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException no) {
            wrong("/" + name, name + " is not Base64 (RFC 4648, with padding)");
            return null;
        }
    }

    final @Nullable String text(JsonParser parser, String name) throws IOException {
        return isText(parser, name) ? parser.getText() : null;
    }

    private boolean isText(JsonParser parser, String name) throws IOException {
        if (parser.currentToken() == JsonToken.VALUE_STRING) return true;
        if (parser.currentToken() != JsonToken.VALUE_NULL) skipWrong(parser, name, name + " is a text");
        return false;
    }

    private void skipWrong(JsonParser parser, String name, String what) throws IOException {
        wrong("/" + name, what);
        JsonReader.skipValue(parser);
    }

    final void wrong(String pointer, String what) {
        problem = problem == null ? Problem.invalid(pointer, what) : problem.at(pointer, what);
    }

    /** The headers to store: those of the broker first. */
    List<RecordHeader> headers() {
        if (own.isEmpty() && id == null && (contentType == null || contentType.equals(MediaType.JSON))) {
            return isJsonValue ? JSON_HEADERS : contentType == null ? List.of() : JSON_HEADERS;
        }
        var type = contentType != null ? contentType : isJsonValue ? MediaType.JSON : null;
        return headers(type, id, own);
    }

    static List<RecordHeader> headers(@Nullable String contentType, @Nullable String id, List<RecordHeader> own) {
        if (contentType == null && id == null) return own;
        var all = new ArrayList<RecordHeader>(own.size() + 2);
        if (contentType != null) all.add(header(CONTENT_TYPE, contentType));
        if (id != null) all.add(header(Record.ID_HEADER, id));
        all.addAll(own);
        return all;
    }

    /** A value given as JSON that claims to be something else would be read back as something else. */
    boolean contradictsItself() {
        return isJsonValue
                && contentType != null
                && !MediaType.parse(contentType).isJson();
    }

    /** Bytes that count against the limits. */
    int bytes() {
        return (key == null ? 0 : keyLength) + (value == null ? 0 : valueLength);
    }
}
