package io.millrace.gateway.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonToken;
import io.millrace.sim.Seeds;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Damaged JSON ends in a problem or in records, and in nothing else; what is taken is what was written. */
class JsonRoutesFuzzTest {
    private static final String[] SEEDS = {
        "{\"records\":[{\"key\":\"a\",\"value\":{\"n\":[1,2.5e3,true,null,\"x\"]},\"headers\":{\"h\":[null,{\"base64\":\"/w==\"}]}}]}",
        "{\"records\":[{\"keyBase64\":\"/w==\",\"valueText\":\"t\\u00e4\\ud83d\\ude00\",\"timestamp\":\"2026-01-01T00:00:00Z\"},{\"value\":null}]}",
        "{\"records\":[{\"value\":\"a\\\"b\\\\\",\"id\":\"i\",\"partition\":0,\"contentType\":\"application/json\"},{\"value\":-0.5},{\"value\":[]}]}"
    };
    private static final String PIECES = "{}[]\",:\\u0123456789eE+-.truefalsn \n\u00e4\u0000\ud83d\ude00";

    @Test
    void damagedBatchesAreRefusedOrUnderstoodAsAnyOtherParserDoes() {
        Seeds.forEach(20_000, random -> {
            var bytes = mutate(random);
            var records = new ArrayList<JsonObject>();
            try {
                JsonReader.read(bytes, 0, bytes.length, parser -> {
                    var form = new RecordForm();
                    if (parser.currentToken() != JsonToken.START_OBJECT)
                        throw Problem.invalid("no").asException();
                    while (parser.nextToken() == JsonToken.FIELD_NAME) {
                        if (parser.nextToken() != JsonToken.START_ARRAY)
                            throw Problem.invalid("no").asException();
                        while (parser.nextToken() != JsonToken.END_ARRAY) {
                            form.read(parser, bytes, 0, bytes.length);
                            records.add(form.problem != null ? null : copy(form));
                        }
                    }
                    return true;
                });
            } catch (ProblemException refused) {
                assertThat(refused.problem().status()).isEqualTo(400);
                return;
            }
            var same = (JsonObject) Buffer.buffer(bytes).toJsonValue();
            for (var member : same) {
                var array = same.getJsonArray(member.getKey());
                assertThat(array).hasSize(records.size());
                for (int n = 0; n < array.size(); n++) {
                    if (records.get(n) == null) continue;
                    var expected = array.getJsonObject(n);
                    assertThat(records.get(n).getValue("value")).isEqualTo(expected.getValue("value"));
                    if (expected.containsKey("keyBase64")) continue;
                    assertThat(records.get(n).getString("key")).isEqualTo(expected.getString("key"));
                }
            }
        });
    }

    /** What would be stored, as the reader of a record would see it. */
    private static JsonObject copy(RecordForm form) {
        var json = new JsonObject();
        if (form.key != null && JsonReader.firstWrongUtf8(form.key, form.keyFrom, form.keyLength) < 0) {
            json.put("key", new String(form.key, form.keyFrom, form.keyLength, UTF_8));
        }
        var value = form.value;
        if (value == null) return json;
        var bytes = Arrays.copyOfRange(value, form.valueFrom, form.valueFrom + form.valueLength);
        if (!form.headers().isEmpty() && JsonReader.isJson(bytes, 0, bytes.length)) {
            json.put("value", Buffer.buffer(bytes).toJsonValue());
        }
        return json;
    }

    private static byte[] mutate(Random random) {
        var text = new StringBuilder(SEEDS[random.nextInt(SEEDS.length)]);
        for (int n = random.nextInt(4); n > 0 && text.length() > 0; n--) {
            int at = random.nextInt(text.length());
            switch (random.nextInt(3)) {
                case 0 -> text.deleteCharAt(at);
                case 1 -> text.insert(at, PIECES.charAt(random.nextInt(PIECES.length())));
                default -> text.setCharAt(at, PIECES.charAt(random.nextInt(PIECES.length())));
            }
        }
        var bytes = text.toString().getBytes(UTF_8);
        if (random.nextInt(5) == 0 && bytes.length > 0) bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        return random.nextInt(10) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length + 1)) : bytes;
    }
}
