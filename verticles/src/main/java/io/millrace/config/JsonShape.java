package io.millrace.config;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The keys that a JSON object may have, and the type of each. The generated converters ignore what they do not know and
 * what has the wrong type; so a typing error in a configuration would change nothing, silently. This is checked before.
 */
public final class JsonShape {
    /** What a value of one key may be; gives the value that the converter understands, or null if it is of another type. */
    private record Type(String words, Reader reader) {}

    private interface Reader {
        @Nullable
        Object read(Object value);
    }

    private final String owner;
    private final Map<String, Type> types = new LinkedHashMap<>();

    private JsonShape(String owner) {
        this.owner = owner;
    }

    /** A shape without keys. {@code owner} names the object in error texts. */
    public static JsonShape of(String owner) {
        return new JsonShape(owner);
    }

    public JsonShape text(String... keys) {
        return add("text", value -> value instanceof CharSequence ? value.toString() : null, keys);
    }

    /** Whole numbers of 32 bits. */
    public JsonShape ints(String... keys) {
        return add(
                "a whole number",
                value -> whole(value) && ((Number) value).longValue() == ((Number) value).intValue() ? value : null,
                keys);
    }

    /** Whole numbers of 64 bits. */
    public JsonShape longs(String... keys) {
        return add("a whole number", value -> whole(value) ? value : null, keys);
    }

    public JsonShape booleans(String... keys) {
        return add("true or false", value -> value instanceof Boolean ? value : null, keys);
    }

    /** The name of a constant of {@code type}, in upper or lower case. */
    public <E extends Enum<E>> JsonShape constant(Class<E> type, String key) {
        var names = Arrays.stream(type.getEnumConstants()).map(Enum::name).toList();
        var words = "one of " + String.join(", ", names).toLowerCase(Locale.ROOT);
        return add(
                words,
                value -> {
                    if (value instanceof Enum<?> constant) return constant.name();
                    if (!(value instanceof CharSequence)) return null;
                    var name = value.toString().toUpperCase(Locale.ROOT);
                    return names.contains(name) ? name : null;
                },
                key);
    }

    /** Lists of whole numbers. */
    public JsonShape listsOfInts(String... keys) {
        return add(
                "a list of whole numbers",
                value -> value instanceof JsonArray array && array.stream().allMatch(JsonShape::whole) ? value : null,
                keys);
    }

    /** Lists of texts. */
    public JsonShape listsOfTexts(String... keys) {
        return add(
                "a list of texts",
                value -> value instanceof JsonArray array && array.stream().allMatch(CharSequence.class::isInstance)
                        ? value
                        : null,
                keys);
    }

    /** A list of objects, each checked by a shape of its own when it is read. */
    public JsonShape listsOfObjects(String... keys) {
        return add(
                "a list of objects",
                value -> value instanceof JsonArray array && array.stream().allMatch(JsonObject.class::isInstance)
                        ? value
                        : null,
                keys);
    }

    /** Objects whose values are texts, numbers or booleans, which are taken as texts. */
    public JsonShape textMaps(String... keys) {
        return add(
                "an object of texts",
                value -> {
                    if (!(value instanceof JsonObject object)) return null;
                    var texts = new JsonObject();
                    for (var entry : object) {
                        var item = entry.getValue();
                        if (!(item instanceof CharSequence || item instanceof Number || item instanceof Boolean)) {
                            return null;
                        }
                        texts.put(entry.getKey(), item.toString());
                    }
                    return texts;
                },
                keys);
    }

    /** The keys, in the order in which they were given. */
    public Set<String> keys() {
        return Set.copyOf(types.keySet());
    }

    /**
     * A copy of {@code json} that the converter understands completely. A null value is the same as no value.
     *
     * @throws IllegalArgumentException that names the key, if a key is unknown or its value has another type
     */
    public JsonObject check(JsonObject json) {
        var checked = new JsonObject();
        for (var entry : json) {
            var key = entry.getKey();
            var type = types.get(key);
            if (type == null) {
                throw new IllegalArgumentException(owner + ": unknown key \"" + key + "\"; did you mean \""
                        + nearest(key, types.keySet()) + "\"?");
            }
            if (entry.getValue() == null) continue;
            var value = type.reader.read(entry.getValue());
            if (value == null) {
                throw new IllegalArgumentException(
                        owner + ": \"" + key + "\" must be " + type.words + ", not " + entry.getValue());
            }
            checked.put(key, value);
        }
        return checked;
    }

    /** Whichever of {@code words} takes the fewest edits to get from {@code word}. */
    public static String nearest(String word, Set<String> words) {
        return words.stream()
                .min(Comparator.<String>comparingInt(
                                other -> edits(word.toLowerCase(Locale.ROOT), other.toLowerCase(Locale.ROOT)))
                        .thenComparing(Comparator.naturalOrder()))
                .orElse("");
    }

    private JsonShape add(String words, Reader reader, String... keys) {
        for (var key : keys) types.put(key, new Type(words, reader));
        return this;
    }

    private static boolean whole(Object value) {
        return value instanceof Integer || value instanceof Long || value instanceof Short || value instanceof Byte;
    }

    private static int edits(String from, String to) {
        var previous = new int[to.length() + 1];
        for (int j = 0; j <= to.length(); j++) previous[j] = j;
        for (int i = 1; i <= from.length(); i++) {
            var row = new int[to.length() + 1];
            row[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int replaced = previous[j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(replaced, Math.min(previous[j], row[j - 1]) + 1);
            }
            previous = row;
        }
        return previous[to.length()];
    }
}
