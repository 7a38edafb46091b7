package io.millrace.cluster;

import static io.millrace.cluster.Refused.refused;
import static io.millrace.model.Refusal.INVALID_ARGUMENT;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TopicNameTest {
    @Test
    void namesOfKafkaAreAllowed() {
        for (var name : List.of("a", "orders", "Orders.v2_eu-1", "...", ".a", "-", "_x", "9", "x".repeat(249))) {
            assertThat(TopicName.check(name, Origin.USER)).isEqualTo(name);
        }
    }

    @Test
    void hostileNamesAreRefusedInPrintableSentences() {
        for (var name : List.of(
                "",
                ".",
                "..",
                "a/b",
                "../etc",
                "a%2eb",
                "a b",
                "a\0b",
                "a\nb",
                "\u043erders",
                "or\u202eders",
                "\ud800",
                "a:b",
                "x".repeat(250),
                "\u0000".repeat(200))) {
            refused(INVALID_ARGUMENT, () -> TopicName.check(name, Origin.USER));
            refused(INVALID_ARGUMENT, () -> TopicName.check(name, Origin.BROKER));
        }
        refused(INVALID_ARGUMENT, () -> TopicName.check("x".repeat(250), Origin.USER), "250", "249");
        refused(INVALID_ARGUMENT, () -> TopicName.check("a\nb", Origin.USER), "'a\\u000ab'", "position 1");
    }

    @Test
    void namesOfTheBrokerAreRefusedToUsers() {
        assertThat(TopicName.check("__offsets", Origin.BROKER)).isEqualTo("__offsets");
        refused(INVALID_ARGUMENT, () -> TopicName.check("__offsets", Origin.USER), "'__'");
        assertThat(TopicName.isInternal("_x")).isFalse();
    }

    @Test
    void nearNamesComeNearestFirst() {
        var known = List.of("orders", "order", "ordres", "borders", "payments", "ORDERS");
        assertThat(NearNames.of("orders", known, 3)).containsExactly("ORDERS", "orders", "borders");
        assertThat(NearNames.of("ordrs", known, 2)).containsExactly("ORDERS", "orders");
        assertThat(NearNames.of("zzz", known, 3)).isEmpty();
        assertThat(TopicName.notFound("ordrs", known)).hasMessageContaining("near names: ORDERS, orders, ordres");
        assertThat(TopicName.notFound("zzz", known)).hasMessage("there is no topic 'zzz'");
    }

    @Test
    void theDistanceIsThatOfTheTextbook() {
        for (long seed = 0; seed < 1000; seed++) {
            var random = new Random(seed);
            var a = word(random);
            var b = word(random);
            int expected = Math.min(textbook(a, b), 4);
            assertThat(NearNames.distance(a, b, 3))
                    .as("seed " + seed + ": " + a + ", " + b)
                    .isEqualTo(expected);
        }
    }

    private static String word(Random random) {
        var word = new StringBuilder();
        int length = random.nextInt(7);
        for (int i = 0; i < length; i++) word.append((char) ('a' + random.nextInt(3)));
        return word.toString();
    }

    private static int textbook(String a, String b) {
        if (a.isEmpty() || b.isEmpty()) return a.length() + b.length();
        var restA = a.substring(1);
        var restB = b.substring(1);
        if (a.charAt(0) == b.charAt(0)) return textbook(restA, restB);
        return 1 + Math.min(textbook(restA, restB), Math.min(textbook(a, restB), textbook(restA, b)));
    }
}
