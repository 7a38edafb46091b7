package io.millrace.server;

import io.millrace.cluster.ConfigType;
import io.millrace.model.MillraceException;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.regex.Pattern;

/**
 * What a value of the configuration looks like.
 *
 * @param form which kinds of value a file may hold for it
 * @param words what is allowed, for people
 * @param parser the canonical text of a value, given key and text; {@link ConfigException} if it is none
 */
record ValueType(Form form, String words, BinaryOperator<String> parser) {
    /** How a value is written in JSON and YAML. */
    enum Form {
        TEXT("a text"),
        NUMBER("a whole number"),
        /** A number, or a text of a number and a unit. */
        AMOUNT("a whole number, or a text with a unit"),
        RATIO("a number from 0 to 1"),
        SWITCH("true or false");

        private final String words;

        Form(String words) {
            this.words = words;
        }

        String words() {
            return words;
        }
    }

    private static final Pattern WHOLE = Pattern.compile("-?[0-9]{1,10}");

    static ValueType text(String words, Pattern pattern) {
        return new ValueType(Form.TEXT, words, (key, text) -> {
            if (!pattern.matcher(text).matches()) throw wrong(key, text, words);
            return text;
        });
    }

    static ValueType port() {
        var words = "a port: 1 to 65535, 0 for any free one, -1 for none";
        return new ValueType(Form.NUMBER, words, (key, text) -> {
            if (!WHOLE.matcher(text).matches()) throw wrong(key, text, words);
            long port = Long.parseLong(text);
            if (port < -1 || port > 65_535) throw wrong(key, text, words);
            return Long.toString(port);
        });
    }

    static ValueType toggle() {
        return new ValueType(Form.SWITCH, "true or false", (key, text) -> {
            if (!text.equals("true") && !text.equals("false")) throw wrong(key, text, "true or false");
            return text;
        });
    }

    static ValueType choice(String... words) {
        return of(new ConfigType.Choice(List.of(words)));
    }

    static ValueType amount(ConfigType.Unit unit, long least, long most) {
        return of(new ConfigType.Amount(unit, least, most));
    }

    /** The type of a topic's configuration key. */
    static ValueType of(ConfigType type) {
        return new ValueType(formOf(type), type.allowed(), refusing(type::parse));
    }

    private static Form formOf(ConfigType type) {
        if (type instanceof ConfigType.Ratio) return Form.RATIO;
        if (!(type instanceof ConfigType.Amount amount)) return Form.TEXT;
        return amount.unit() == ConfigType.Unit.COUNT ? Form.NUMBER : Form.AMOUNT;
    }

    static BinaryOperator<String> refusing(BinaryOperator<String> parser) {
        return (key, text) -> {
            try {
                return parser.apply(key, text);
            } catch (MillraceException e) {
                throw new ConfigException(String.valueOf(e.getMessage()));
            }
        };
    }

    String parse(String key, String text) {
        return parser.apply(key, text);
    }

    private static ConfigException wrong(String key, String text, String words) {
        return new ConfigException(key + " " + ConfigException.quoted(text) + " is not " + words);
    }
}
