package io.millrace.server.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.sim.Seeds;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PublishBodyTest {
    @Test
    void everyKeyAndValueIsInTheJsonAsItWas() {
        Seeds.forEach(500, random -> {
            var body = PublishBody.of(2, 256, random.nextBoolean() ? 3 : null);
            var keys = new ArrayList<byte[]>();
            var values = new ArrayList<byte[]>();
            for (int n = random.nextInt(1, 20); n > 0; n--) {
                var key = random.nextBoolean() ? null : bytes(random);
                var value = bytes(random);
                keys.add(key);
                values.add(value);
                var line = new byte[(key == null ? 0 : key.length) + value.length + 2];
                if (key != null) System.arraycopy(key, 0, line, 1, key.length);
                int valueStart = line.length - value.length;
                System.arraycopy(value, 0, line, valueStart, value.length);
                body.add(n, line, 1, key == null ? -1 : key.length, valueStart, value.length);
            }
            var records = records(body);
            assertThat(records).hasSize(values.size());
            for (int n = 0; n < values.size(); n++) {
                assertThat(bytes(records.get(n), "key", "keyBase64")).isEqualTo(keys.get(n));
                assertThat(bytes(records.get(n), "valueText", "valueBase64")).isEqualTo(values.get(n));
            }
        });
    }

    @Test
    void someOfTheRecordsCanGoOnInAnotherBody() {
        var body = PublishBody.of(4, 64, null);
        for (int n = 0; n < 5; n++) body.add(n + 10, ("v" + n).getBytes(UTF_8), 0, -1, 0, 2);
        var rest = body.emptyCopy(2);
        for (int index : List.of(0, 2, 4)) rest.addFrom(body, index);
        assertThat(records(rest)).extracting(record -> record.get("valueText")).containsExactly("v0", "v2", "v4");
        assertThat(rest.line(1)).isEqualTo(12);
    }

    private static byte[] bytes(Random random) {
        var bytes = new byte[random.nextInt(40)];
        switch (random.nextInt(3)) {
            case 0 -> random.nextBytes(bytes);
            case 1 -> {
                for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) random.nextInt(128);
            }
            default -> {
                return random.ints(bytes.length, 0, 0x110000)
                        .filter(c -> c < 0xd800 || c > 0xdfff)
                        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                        .toString()
                        .getBytes(UTF_8);
            }
        }
        return bytes;
    }

    private static byte[] bytes(Map<?, ?> record, String text, String base64) {
        if (record.get(text) instanceof String value) return value.getBytes(UTF_8);
        return record.get(base64) instanceof String value ? Base64.getDecoder().decode(value) : null;
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> records(PublishBody body) {
        try {
            var json = Json.readObject(new ByteArrayInputStream(body.finish(), 0, body.finishedLength()));
            return (List<Map<String, Object>>) (List<?>) json.get("records");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
