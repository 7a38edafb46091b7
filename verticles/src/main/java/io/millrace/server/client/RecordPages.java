package io.millrace.server.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Base64;
import java.util.Map;
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

        private final byte[] bytes;

        Page(byte[] bytes) {
            this.bytes = bytes;
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
                    copy.copyCurrentStructure(json);
                }
                line.write('\n');
                line.writeTo(out);
            });
        }

        private int each(RecordReader reader) throws IOException {
            int count = 0;
            try (var json = Json.FACTORY.createParser(bytes)) {
                json.nextToken();
                while (json.nextToken() == JsonToken.FIELD_NAME) {
                    boolean records = json.currentName().equals("records");
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
