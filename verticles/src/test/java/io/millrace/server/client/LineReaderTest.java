package io.millrace.server.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.sim.Seeds;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LineReaderTest {
    /** Gives its bytes in pieces of random size. */
    private static InputStream pieces(byte[] bytes, Random random) {
        return new ByteArrayInputStream(bytes) {
            @Override
            public synchronized int read(byte[] to, int at, int length) {
                return super.read(to, at, Math.min(length, random.nextInt(1, 700)));
            }
        };
    }

    @Test
    void linesPutTogetherAgainAreTheInput() {
        Seeds.forEach(300, random -> {
            var lines = new ArrayList<byte[]>();
            var input = new ByteArrayOutputStream();
            for (int n = random.nextInt(60); n > 0; n--) {
                var line = new byte[random.nextInt(10) == 0 ? random.nextInt(5_000) : random.nextInt(80)];
                random.nextBytes(line);
                for (int i = 0; i < line.length; i++) if (line[i] == '\n') line[i] = '\r';
                lines.add(line);
                input.writeBytes(line);
                if (n > 1 || line.length == 0 || random.nextBoolean()) input.write('\n');
            }
            int longest = random.nextInt(20, 4_000);
            var reader = new LineReader(pieces(input.toByteArray(), random), longest);
            try {
                for (int n = 0; n < lines.size(); n++) {
                    assertThat(reader.next()).isTrue();
                    assertThat(reader.number()).isEqualTo(n + 1);
                    assertThat(reader.fullLength()).isEqualTo(lines.get(n).length);
                    assertThat(reader.isTooLong()).isEqualTo(lines.get(n).length > longest);
                    if (!reader.isTooLong()) {
                        int start = reader.lineStart();
                        assertThat(Arrays.copyOfRange(reader.bytes(), start, start + reader.lineLength()))
                                .isEqualTo(lines.get(n));
                    }
                }
                assertThat(reader.next()).isFalse();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    @Test
    void aLineWithoutEndIsNotKeptInMemory() throws Exception {
        var endless = new InputStream() {
            private long left = 1L << 30;

            @Override
            public int read() {
                return left-- > 0 ? 'x' : -1;
            }

            @Override
            public int read(byte[] to, int at, int length) {
                if (left <= 0) return -1;
                int count = (int) Math.min(length, left);
                left -= count;
                return count;
            }
        };
        var reader = new LineReader(endless, 1 << 20);
        assertThat(reader.next()).isTrue();
        assertThat(reader.isTooLong()).isTrue();
        assertThat(reader.fullLength()).isEqualTo(1L << 30);
        assertThat(reader.bytes().length).isLessThanOrEqualTo(4 << 20);
    }
}
