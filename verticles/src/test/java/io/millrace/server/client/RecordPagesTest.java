package io.millrace.server.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordPagesTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{ \"a\" : 1.50 ,\n\t\"b\":[ ]}",
                "[1 , 2]",
                "\"a \\u00e4 \\/ \u00e4\"",
                "\"\"",
                "-1.0E+2",
                "12345678901234567890.000",
                "true",
                "false",
                "{}"
            })
    void jsonIsWrittenAsItWasStored(String stored) throws IOException {
        for (var behind : new String[] {"", " ", ",\"cursor\":\"c\""}) {
            var page = "{\"records\":[{\"key\":\"\u00e4\",\"headers\":{\"a\":[1,2]},\"value\":" + stored + behind
                    + "},{\"value\": " + stored + "}],\"cursor\":\"c1\"}";
            var out = new ByteArrayOutputStream();
            assertThat(new RecordPages.Page(page.getBytes(UTF_8)).writeValues(out))
                    .isEqualTo(2);
            assertThat(out.toString(UTF_8)).isEqualTo(stored + "\n" + stored + "\n");
        }
    }
}
