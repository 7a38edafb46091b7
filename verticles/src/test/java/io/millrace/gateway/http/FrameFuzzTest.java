package io.millrace.gateway.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.sim.Seeds;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Damaged frames end in a problem or in a frame, and in nothing else; what is taken is what was written. */
class FrameFuzzTest {
    private static final String[] SEEDS = {
        "{\"t\":\"sub\",\"ch\":1,\"topic\":\"orders\",\"from\":\"latest\",\"onGap\":\"fail\",\"lag\":\"5s\"}",
        "{\"ch\":1,\"topic\":\"orders\",\"cursor\":null,\"partition\":3,\"view\":\"log\",\"t\":\"sub\"}",
        "{\"t\":\"credit\",\"ch\":12,\"until\":\"250\",\"bytes\":1048576,\"drain\":true}",
        "{\"t\":\"pub\",\"rid\":\"9\",\"topic\":\"orders\",\"key\":\"o-17\",\"value\":{\"a\":[1,2]},\"acks\":\"all\"}",
        "{\"value\":\"v\\u00e4\",\"headers\":{\"h\":[null,\"x\"]},\"t\":\"pub\",\"topic\":\"orders\"}",
        "{\"t\":\"ack\",\"ch\":1,\"upTo\":\"7\",\"rid\":\"a\"}",
        "{\"t\":\"unsub\",\"ch\":1}",
        "{\"t\":\"ping\"}"
    };
    private static final String PIECES = "{}[]\",:\\u0123456789eE+-.truefalsn \n\u00e4\u0000\ud83d\ude00";

    @Test
    void damagedFramesAreRefusedOrMeanWhatTheySay() {
        var reader = new FrameReader();
        Seeds.forEach(50_000, random -> {
            var bytes = mutate(random);
            // As the socket does it: inside of a larger array.
            var shifted = new byte[bytes.length + 7];
            System.arraycopy(bytes, 0, shifted, 5, bytes.length);
            Frame frame;
            try {
                frame = reader.read(shifted, 5, bytes.length);
            } catch (ProblemException refused) {
                assertThat(refused.problem().status()).isEqualTo(400);
                return;
            }
            var same = (JsonObject) Buffer.buffer(bytes).toJsonValue();
            var type = same.getString("t");
            if (frame instanceof Frame.Publish record) {
                assertThat(type).isEqualTo("pub");
                if (record.problem == null) {
                    assertThat(record.topic).isEqualTo(same.getString("topic"));
                    assertThat(record.rid).isEqualTo(same.getString("rid"));
                }
            } else if (frame instanceof Frame.Subscribe sub) {
                assertThat(type).isEqualTo("sub");
                assertThat(number(same, "ch")).isEqualTo(sub.channel());
                assertThat(sub.topic()).isEqualTo(same.getString("topic"));
                assertThat(sub.cursor()).isEqualTo(same.getString("cursor"));
            } else if (frame instanceof Frame.Grant grant) {
                assertThat(type).isEqualTo("credit");
                assertThat(number(same, "until")).isEqualTo(grant.until()).isNotNegative();
                assertThat(grant.bytes()).isGreaterThanOrEqualTo(-1);
                assertThat(same.getBoolean("drain", false)).isEqualTo(grant.drain());
            } else if (frame instanceof Frame.Acknowledge ack) {
                assertThat(type).isEqualTo("ack");
                assertThat(number(same, ack.upTo() ? "upTo" : "n")).isEqualTo(ack.n());
            } else {
                assertThat(type).isEqualTo(frame instanceof Frame.Ping ? "ping" : "unsub");
            }
        });
    }

    private static long number(JsonObject object, String name) {
        return Long.parseLong(String.valueOf(object.getValue(name)));
    }

    private static byte[] mutate(Random random) {
        var bytes = SEEDS[random.nextInt(SEEDS.length)].getBytes(UTF_8);
        var pieces = PIECES.getBytes(UTF_8);
        for (int n = random.nextInt(4); n > 0 && bytes.length > 0; n--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(4)) {
                case 0 -> bytes[at] = pieces[random.nextInt(pieces.length)];
                case 1 -> bytes = Arrays.copyOf(bytes, at);
                case 2 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                default -> {
                    // A part of another one, put in the midst.
                    var other = SEEDS[random.nextInt(SEEDS.length)].getBytes(UTF_8);
                    int from = random.nextInt(other.length);
                    int length = random.nextInt(other.length - from);
                    var longer = Arrays.copyOf(bytes, bytes.length + length);
                    System.arraycopy(bytes, at, longer, at + length, bytes.length - at);
                    System.arraycopy(other, from, longer, at, length);
                    bytes = longer;
                }
            }
        }
        return bytes;
    }
}
