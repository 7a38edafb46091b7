package io.millrace.cluster;

import io.millrace.model.Refusal;
import java.math.BigDecimal;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * Values given for some of the {@link ConfigKey}s, by the owner of a topic or as the defaults of a broker. Immutable;
 * the values are in canonical form, so that equal configurations are equal. Ring 0.
 *
 * @param values key to canonical text
 */
public record TopicConfig(Map<ConfigKey, String> values) {
    public static final TopicConfig EMPTY = new TopicConfig(Map.of());

    public TopicConfig {
        var copy = new EnumMap<ConfigKey, String>(ConfigKey.class);
        values.forEach((key, text) -> copy.put(key, key.parse(text)));
        values = Collections.unmodifiableMap(copy);
    }

    /**
     * Reads what a user wrote: keys by name, values as text or whole numbers. INVALID_ARGUMENT names the key, the value,
     * what is allowed and the nearest valid key.
     */
    public static TopicConfig parse(Map<String, ?> written) {
        var values = new EnumMap<ConfigKey, String>(ConfigKey.class);
        written.forEach((name, value) -> {
            var key = ConfigKey.of(name);
            if (values.put(key, text(key, value)) != null) {
                throw Refusal.INVALID_ARGUMENT.because(
                        key.key() + " is given twice, under that name and as " + NearNames.quoted(name));
            }
        });
        return new TopicConfig(values);
    }

    private static String text(ConfigKey key, Object value) {
        if (value instanceof String text) return text;
        if (value instanceof Number number && !(value instanceof Double) && !(value instanceof Float)) {
            return number.toString();
        }
        if (value instanceof Double number && key.type() instanceof ConfigType.Ratio) {
            return number.isNaN() || number.isInfinite()
                    ? number.toString()
                    : new BigDecimal(number.toString()).toPlainString();
        }
        throw Refusal.INVALID_ARGUMENT.because(key.key() + " " + NearNames.quoted(String.valueOf(value))
                + " is neither text nor a whole number; allowed: " + key.type().allowed());
    }

    public Optional<String> get(ConfigKey key) {
        return Optional.ofNullable(values.get(key));
    }

    /** This with the values of {@code other} over it and without the keys in {@code removed}. */
    public TopicConfig with(TopicConfig other, Collection<ConfigKey> removed) {
        var changed = new EnumMap<ConfigKey, String>(ConfigKey.class);
        changed.putAll(values);
        changed.keySet().removeAll(removed);
        changed.putAll(other.values);
        return new TopicConfig(changed);
    }
}
