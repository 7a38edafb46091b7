package io.millrace.cluster;

import static io.millrace.cluster.Refused.refused;
import static io.millrace.model.Refusal.INVALID_ARGUMENT;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.log.FlushLevel;
import io.millrace.log.LogOptions;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TopicConfigTest {
    @Test
    void everyDefaultIsAValidValueInCanonicalForm() {
        for (var key : ConfigKey.values()) {
            assertThat(key.parse(key.defaultValue())).as(key.key()).isEqualTo(key.defaultValue());
            assertThat(key.doc()).as(key.key()).isNotBlank();
            assertThat(ConfigKey.of(key.key())).isEqualTo(key);
        }
    }

    @Test
    void theDefaultsAreThoseOfALog() {
        var config = new EffectiveConfig(TopicConfig.EMPTY, TopicConfig.EMPTY);
        assertThat(config.logOptions(false)).isEqualTo(LogOptions.DEFAULT);
    }

    @Test
    void durationsAndSizesMayHaveSuffixes() {
        assertThat(parsed("retention.ms", "7d")).isEqualTo("604800000");
        assertThat(parsed("retention.ms", "250ms")).isEqualTo("250");
        assertThat(parsed("retention.ms", "30s")).isEqualTo("30000");
        assertThat(parsed("retention.ms", "10m")).isEqualTo("600000");
        assertThat(parsed("retention.ms", "10 min")).isEqualTo("600000");
        assertThat(parsed("retention.ms", "12h")).isEqualTo("43200000");
        assertThat(parsed("retention.ms", "P7D")).isEqualTo("604800000");
        assertThat(parsed("retention.ms", "PT0.25S")).isEqualTo("250");
        assertThat(parsed("retention.ms", " 5 ")).isEqualTo("5");
        assertThat(parsed("retention.ms", "-1")).isEqualTo("-1");
        assertThat(parsed("segment.bytes", "10MiB")).isEqualTo("10485760");
        assertThat(parsed("segment.bytes", "10MB")).isEqualTo("10000000");
        assertThat(parsed("retention.bytes", "1TiB")).isEqualTo("1099511627776");
        assertThat(parsed("segment.bytes", 4096)).isEqualTo("4096");
        assertThat(parsed("retention.bytes", 1L << 40)).isEqualTo("1099511627776");
        assertThat(parsed("retention.ms", "007")).isEqualTo("7");
    }

    @Test
    void whatIsNotAnAmountIsRefused() {
        for (var text : List.of(
                "",
                "x",
                "7x",
                "7D",
                "d",
                "1.5d",
                "1e3",
                "+1",
                "--1",
                "0x10",
                "1_000",
                "7d 3h",
                "P1Y",
                "P",
                "PT",
                "PT0.0001S",
                "P1000000000000000000D",
                "\u0667",
                "1kb",
                "NaN",
                "7\0d",
                "12345678901234567890123")) {
            refused(INVALID_ARGUMENT, () -> parsed("retention.ms", text), "retention.ms", "is not a duration");
        }
        refused(INVALID_ARGUMENT, () -> parsed("segment.bytes", "7d"), "segment.bytes '7d' is not a size");
        refused(INVALID_ARGUMENT, () -> parsed("segment.bytes", "PT1S"), "is not a size");
        refused(INVALID_ARGUMENT, () -> parsed("min.insync.replicas", "1s"), "is not a whole number");
    }

    @Test
    void everyAmountIsRefusedOutsideItsRangeAndTakenAtItsEnds() {
        for (var key : ConfigKey.values()) {
            if (!(key.type() instanceof ConfigType.Amount amount)) continue;
            assertThat(parsed(key.key(), amount.least())).isEqualTo("" + amount.least());
            assertThat(parsed(key.key(), amount.most())).isEqualTo("" + amount.most());
            var below = "" + (amount.least() - 1);
            var above = "" + (amount.most() + 1);
            refused(INVALID_ARGUMENT, () -> parsed(key.key(), below), key.key(), "'" + below + "'", "out of range");
            refused(INVALID_ARGUMENT, () -> parsed(key.key(), above), key.key(), "'" + above + "'", "out of range");
        }
        refused(
                INVALID_ARGUMENT,
                () -> parsed("retention.ms", "9223372036854775807d"),
                "out of range",
                "-1 for no limit");
        refused(INVALID_ARGUMENT, () -> parsed("retention.ms", BigInteger.TWO.pow(63)), "out of range");
    }

    @Test
    void aWrongWordIsRefusedWithTheAllowedOnesAndTheNearest() {
        assertThat(parsed("compression.type", "zstd")).isEqualTo("zstd");
        refused(INVALID_ARGUMENT, () -> parsed("compression.type", "zsdt"), "compression.type", "'zsdt'", "mean zstd?");
        refused(INVALID_ARGUMENT, () -> parsed("flush", "COMMIT"), "commit, interval, os");
        refused(INVALID_ARGUMENT, () -> parsed("message.timestamp.type", ""), "CreateTime, LogAppendTime");
    }

    @Test
    void aCleanupPolicyIsOneWordOrSeveral() {
        assertThat(parsed("cleanup.policy", "delete")).isEqualTo("delete");
        assertThat(parsed("cleanup.policy", "compact")).isEqualTo("compact");
        assertThat(parsed("cleanup.policy", "delete, compact")).isEqualTo("compact,delete");
        refused(INVALID_ARGUMENT, () -> parsed("cleanup.policy", "compat"), "'compat'", "mean compact?");
        refused(INVALID_ARGUMENT, () -> parsed("cleanup.policy", "compact,"), "compact, delete");
    }

    @Test
    void aRatioLiesBetweenZeroAndOne() {
        assertThat(parsed("min.cleanable.dirty.ratio", "0.50")).isEqualTo("0.5");
        assertThat(parsed("min.cleanable.dirty.ratio", "1")).isEqualTo("1");
        assertThat(parsed("min.cleanable.dirty.ratio", ".0")).isEqualTo("0");
        for (var wrong : List.of("1.01", "-0.1", "", ".", "half", "1e-3", "NaN")) {
            refused(INVALID_ARGUMENT, () -> parsed("min.cleanable.dirty.ratio", wrong), "0 to 1");
        }
    }

    @Test
    void anUnknownKeyIsRefusedWithTheNearest() {
        refused(INVALID_ARGUMENT, () -> TopicConfig.parse(Map.of("retenton.ms", 1)), "'retenton.ms'", "retention.ms");
        refused(INVALID_ARGUMENT, () -> TopicConfig.parse(Map.of("", 1)), "the keys are storage, flush");
        refused(INVALID_ARGUMENT, () -> TopicConfig.parse(Map.of("Retention.ms", 1)), "retention.ms");
    }

    @Test
    void aValueThatIsNeitherTextNorAWholeNumberIsRefused() {
        var written = new HashMap<String, Object>();
        for (var value : new Object[] {null, true, 1.0, 1.5f, List.of(1), Map.of()}) {
            written.put("retention.ms", value);
            refused(INVALID_ARGUMENT, () -> TopicConfig.parse(written), "neither text nor a whole number");
        }
    }

    @Test
    void theNameOfTheDurabilityContractIsAnAliasButNotASecondValue() {
        assertThat(TopicConfig.parse(Map.of("storage.flush", "os")))
                .isEqualTo(TopicConfig.parse(Map.of("flush", "os")));
        refused(INVALID_ARGUMENT, () -> TopicConfig.parse(Map.of("storage.flush", "os", "flush", "os")), "given twice");
    }

    @Test
    void aTopicOverridesItsBrokerAndTheBrokerTheDefault() {
        var broker = TopicConfig.parse(Map.of("retention.ms", "1d", "flush", "os"));
        var topic = TopicConfig.parse(Map.of("flush", "interval"));
        var config = new EffectiveConfig(topic, broker);
        assertThat(config.value(ConfigKey.FLUSH))
                .isEqualTo(new EffectiveConfig.Value(ConfigKey.FLUSH, "interval", EffectiveConfig.Source.TOPIC));
        assertThat(config.value(ConfigKey.RETENTION_MS).source()).isEqualTo(EffectiveConfig.Source.BROKER_DEFAULT);
        assertThat(config.number(ConfigKey.RETENTION_MS)).isEqualTo(86_400_000);
        assertThat(config.value(ConfigKey.SEGMENT_MS).source()).isEqualTo(EffectiveConfig.Source.DEFAULT);
        assertThat(config.all()).hasSize(ConfigKey.values().length);
        assertThat(config.flush()).isEqualTo(FlushLevel.INTERVAL);
    }

    @Test
    void everyAllowedExtremeGivesValidLogOptions() {
        for (var key : ConfigKey.values()) {
            if (!(key.type() instanceof ConfigType.Amount amount)) continue;
            for (long value : new long[] {amount.least(), amount.most()}) {
                var config = TopicConfig.parse(Map.of(key.key(), value));
                assertThat(new EffectiveConfig(config, TopicConfig.EMPTY)
                                .logOptions(true)
                                .allowDamaged())
                        .isTrue();
            }
        }
    }

    @Test
    void aTopicInMemoryPromisesMemoryWhateverItsFlushLevel() {
        var config = TopicConfig.parse(Map.of("storage", "memory", "flush", "commit"));
        assertThat(new EffectiveConfig(config, TopicConfig.EMPTY).flush()).isEqualTo(FlushLevel.MEMORY);
    }

    private static String parsed(String key, Object value) {
        return TopicConfig.parse(Map.of(key, value)).get(ConfigKey.of(key)).orElseThrow();
    }
}
