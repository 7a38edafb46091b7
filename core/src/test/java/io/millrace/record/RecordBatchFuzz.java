package io.millrace.record;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Lets Jazzer look for bytes that break what {@link RecordBatchFuzzTest} promises:
 *
 * <pre>JAZZER_FUZZ=1 mvn -pl core test -Dtest=RecordBatchFuzz -Dtest.heap=256m</pre>
 *
 * <p>Its name keeps it out of the ordinary build: Jazzer instruments every class of the test JVM, which costs more than
 * ten seconds. What it finds becomes a named test.
 */
class RecordBatchFuzz {
    @MethodSource("seeds")
    @FuzzTest
    void anyBytes(byte[] bytes) {
        RecordBatchFuzzTest.examine(bytes);
        if (bytes.length >= RecordBatch.HEADER_BYTES) RecordBatchFuzzTest.examine(RecordBatchFuzzTest.sealed(bytes));
    }

    static Stream<byte[]> seeds() {
        var random = new Random(0);
        return Arrays.stream(Compression.values()).flatMap(compression -> Stream.of(1, 3, 20)
                .map(count -> Sample.array(Sample.random(random, count).ours(compression))));
    }
}
