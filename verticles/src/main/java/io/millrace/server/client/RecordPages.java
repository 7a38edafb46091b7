package io.millrace.server.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Base64;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads a topic page by page; the cursor of one page says where the next begins. */
final class RecordPages {
    private static final int MOST_RECORDS = 5_000;
    private static final int MOST_PAGE_BYTES = 512 << 20;
    private static final String WAIT = "20s";
    private static final Map<String, String> HEADERS = Map.of("Accept", "application/json");
    private static final byte[] NOTHING = {};

    private final ApiClient client;
    private final String target;
    private final boolean wait;
    private String position;
    private boolean begun;

    RecordPages(ApiClient client, String topic, String from, @Nullable Integer partition, boolean wait) {
        this.client = client;
        this.target = ApiClient.topic(topic) + "/records?" + (partition == null ? "" : "partition=" + partition + "&");
        this.position = "from=" + ApiClient.escaped(from);
        this.wait = wait;
    }

    /** Whether a page was read before. */
    boolean begun() {
        return begun;
    }

    /** The next records, at most {@code most}; none at the end, after a while if waiting is wanted. */
    Page next(long most) throws IOException, ApiException {
        var query = target + position + "&limit=" + Math.min(most, MOST_RECORDS) + (wait ? "&wait=" + WAIT : "");
        try (var in = client.send("GET", query, HEADERS, NOTHING, 0).body()) {
            var page = new Page(in.readNBytes(MOST_PAGE_BYTES));
            position = "cursor=" + ApiClient.escaped(page.cursor());
            begun = true;
            return page;
        }
    }

    /** Records as the broker sent them: {@code {"records":[…],"cursor":"…"}}. */
    static final class Page {
        private interface RecordReader {
            void read(JsonParser json) throws IOException;
        }

        /** Members of a frame that are about the channel, not about the record. */
        private static final Set<String> OF_THE_CHANNEL = Set.of("t", "ch", "n");

        private final byte[] bytes;
        private final String list;

        Page(byte[] bytes) {
            this(bytes, "records");
        }

        private Page(byte[] bytes, String list) {
            this.bytes = bytes;
            this.list = list;
        }

        /** The records of a {@code recs} frame. */
        static Page ofFrame(byte[] frame) {
            return new Page(frame, "items");
        }

        /** The record that is a {@code rec} frame. */
        static Page ofOne(byte[] frame) {
            var bytes = new ByteArrayOutputStream(frame.length + 16);
            bytes.writeBytes("{\"items\":[".getBytes(UTF_8));
            bytes.writeBytes(frame);
            bytes.writeBytes("]}".getBytes(UTF_8));
            return new Page(bytes.toByteArray(), "items");
        }

        String cursor() throws IOException {
            try (var json = Json.FACTORY.createParser(bytes)) {
                json.nextToken();
                while (json.nextToken() == JsonToken.FIELD_NAME) {
                    boolean cursor = json.currentName().equals("cursor");
                    if (json.nextToken() == JsonToken.VALUE_STRING && cursor) return json.getText();
                    json.skipChildren();
                }
            }
            throw new IOException("the answer has no cursor");
        }

        /** Writes the bytes of each value, as they were published, and a line feed; gives the number of records. */
        int writeValues(OutputStream out) throws IOException {
            return each(json -> {
                writeValue(json, out);
                out.write('\n');
            });
        }

        /** Writes each record as an object in a line of its own. */
        int writeJson(OutputStream out) throws IOException {
            var line = new ByteArrayOutputStream();
            return each(json -> {
                line.reset();
                try (var copy = Json.FACTORY.createGenerator(line)) {
                    copyRecord(json, copy);
                }
                line.write('\n');
                line.writeTo(out);
            });
        }

        private static void copyRecord(JsonParser json, JsonGenerator copy) throws IOException {
            copy.writeStartObject();
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                var name = json.currentName();
                json.nextToken();
                if (OF_THE_CHANNEL.contains(name)) {
                    json.skipChildren();
                } else {
                    copy.writeFieldName(name);
                    copy.copyCurrentStructure(json);
                }
            }
            copy.writeEndObject();
        }

        private int each(RecordReader reader) throws IOException {
            int count = 0;
            try (var json = Json.FACTORY.createParser(bytes)) {
                json.nextToken();
                while (json.nextToken() == JsonToken.FIELD_NAME) {
                    boolean records = json.currentName().equals(list);
                    if (json.nextToken() != JsonToken.START_ARRAY || !records) {
                        json.skipChildren();
                        continue;
                    }
                    while (json.nextToken() == JsonToken.START_OBJECT) {
                        reader.read(json);
                        count++;
                    }
                }
            }
            return count;
        }

        private void writeValue(JsonParser json, OutputStream out) throws IOException {
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                var name = json.currentName();
                var token = json.nextToken();
                if (token == JsonToken.VALUE_NULL) continue;
                switch (name) {
                    case "valueText" -> out.write(json.getText().getBytes(UTF_8));
                    case "valueBase64" -> out.write(Base64.getDecoder().decode(json.getText()));
                    case "value" -> writeInline(json, out);
                    default -> json.skipChildren();
                }
            }
        }

        /** The broker sends JSON as it was stored, byte for byte, and so it is written. */
        private void writeInline(JsonParser json, OutputStream out) throws IOException {
            int from = (int) json.currentTokenLocation().getByteOffset();
            json.skipChildren();
            json.finishToken();
            out.write(bytes, from, (int) json.currentLocation().getByteOffset() - from);
        }
    }
}
