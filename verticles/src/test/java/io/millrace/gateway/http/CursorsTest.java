package io.millrace.gateway.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.model.PartitionId;
import io.millrace.sim.Seeds;
import java.util.Arrays;
import java.util.Base64;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

/** Positions as text that clients keep. */
class CursorsTest {
    private static final byte[] SECRET = "a secret of no importance at all".getBytes(ISO_8859_1);

    @Test
    void whatWasGivenIsUnderstoodByWhoeverHasTheSecret() {
        Seeds.forEach(500, random -> {
            var next = new long[1 + random.nextInt(20)];
            for (int n = 0; n < next.length; n++) next[n] = random.nextLong() >>> (1 + random.nextInt(62));
            var topic = new UUID(random.nextLong(), random.nextLong());
            var text = new Cursors(SECRET).of(topic, next).toString();
            var read = new Cursors(SECRET).parse(text);
            assertThat(read.isWhole()).isTrue();
            assertThat(read.topic()).isEqualTo(topic);
            assertThat(read.next()).isEqualTo(next);

            var partition = new PartitionId(topic, random.nextInt(1_000));
            var out = new JsonWriter(16);
            new Cursors(SECRET).write(out, partition, next[0]);
            var one = new Cursors(SECRET).of(partition, next[0]);
            assertThat(out.toString()).isEqualTo("\"" + one + "\"");
            assertThat(new Cursors(SECRET).parse(one.toString()).partition()).isEqualTo(partition.index());
        });
    }

    @Test
    void theSignatureIsTheBeginningOfAnHmac() throws Exception {
        var text = new Cursors(SECRET).of(new UUID(1, 2), new long[] {3, 400}).toString();
        var bytes = Base64.getUrlDecoder().decode(text.substring(3));
        var mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(SECRET, "HmacSHA256"));
        mac.update("c1.".getBytes(ISO_8859_1));
        mac.update(bytes, 0, bytes.length - 8);
        assertThat(Arrays.copyOfRange(bytes, bytes.length - 8, bytes.length))
                .isEqualTo(Arrays.copyOf(mac.doFinal(), 8));
    }

    @Test
    void whatWasMadeElsewhereOrChangedIsRefused() {
        var cursors = new Cursors(SECRET);
        var text = cursors.of(new UUID(1, 2), new long[] {3, 4}).toString();
        var other =
                new Cursors(new byte[32]).of(new UUID(1, 2), new long[] {3, 4}).toString();
        assertThatThrownBy(() -> cursors.parse(other)).hasMessageContaining("signature");
        Seeds.forEach(2_000, random -> {
            var changed = new StringBuilder(text);
            int at = random.nextInt(text.length());
            switch (random.nextInt(3)) {
                case 0 -> changed.setCharAt(at, (char) ('!' + random.nextInt(90)));
                case 1 -> changed.setLength(at);
                default -> changed.insert(at, (char) ('0' + random.nextInt(10)));
            }
            if (changed.toString().equals(text)) return;
            assertThatThrownBy(() -> cursors.parse(changed.toString())).isInstanceOf(ProblemException.class);
        });
    }
}
