package io.millrace.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the README shows is compiled, and runs as it says. */
class ExamplesTest {
    @TempDir
    Path directory;

    private List<String> firstLines(Class<?> example, int count) throws Exception {
        var process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        example.getName())
                .directory(directory.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        var lines = new ArrayList<String>();
        try (var out = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
            while (lines.size() < count) {
                var line = out.readLine();
                if (line == null) break;
                lines.add(line);
            }
        } finally {
            process.destroyForcibly().waitFor();
        }
        return lines;
    }

    @Test
    @Timeout(60)
    void helloStoresAnOrderAndReadsItBackAlsoTheNextTime() throws Exception {
        assertThat(firstLines(Hello.class, 2))
                .containsExactlyInAnyOrder(
                        "stored in partition 3 at offset 0, durable: fsync",
                        "customer-7 ordered {\"amount\":42} (offset 0)");
        assertThat(firstLines(Hello.class, 3))
                .containsExactlyInAnyOrder(
                        "customer-7 ordered {\"amount\":42} (offset 0)",
                        "stored in partition 3 at offset 1, durable: fsync",
                        "customer-7 ordered {\"amount\":42} (offset 1)");
    }

    @Test
    @Timeout(60)
    void helloRxDoesTheSame() throws Exception {
        assertThat(firstLines(HelloRx.class, 2))
                .containsExactlyInAnyOrder(
                        "stored in partition 3 at offset 0, durable: fsync",
                        "customer-7 ordered {\"amount\":42} (offset 0)");
    }

    @Test
    @Timeout(60)
    void aGroupOfOneBillsWhatIsStored() throws Exception {
        assertThat(firstLines(GroupBilling.class, 1)).containsExactly("billed customer-7 for {\"amount\":42}");
    }

    @Test
    @Timeout(60)
    void theEventBusBillsWhatComesWhileItRuns() throws Exception {
        assertThat(firstLines(EventBusBilling.class, 1)).containsExactly("billed {\"amount\":42}");
    }

    @Test
    @Timeout(120)
    void theDurableEventBusBillsAlsoWhatCameWhileItWasAway() throws Exception {
        assertThat(firstLines(PlaceOrders.class, 2)).containsExactly("3 orders are stored");
        assertThat(firstLines(DurableBilling.class, 4))
                .containsExactly(
                        "billed {\"amount\":1}",
                        "billed {\"amount\":2}",
                        "billed {\"amount\":3}",
                        "billed {\"amount\":42}");
        // Killed, perhaps before it had committed: at least what came since is billed the next time.
        assertThat(firstLines(PlaceOrders.class, 2)).containsExactly("3 orders are stored");
        var lines = firstLines(DurableBilling.class, 4);
        assertThat(lines.get(0)).startsWith("billed ");
        assertThat(lines).contains("billed {\"amount\":1}", "billed {\"amount\":2}", "billed {\"amount\":3}");
    }

    @Test
    void theReadmePrintsTheExamplesAsTheyAre() throws Exception {
        var readme = Files.readString(Path.of("../README.md"));
        for (var example : List.of(Hello.class, GroupBilling.class, EventBusBilling.class, DurableBilling.class)) {
            var source =
                    Files.readString(Path.of("src/main/java", example.getName().replace('.', '/') + ".java"));
            int start = source.indexOf("public class " + example.getSimpleName());
            assertThat(readme).contains(source.substring(start).strip());
        }
    }
}
