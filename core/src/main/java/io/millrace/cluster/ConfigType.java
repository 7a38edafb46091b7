package io.millrace.cluster;

import io.millrace.model.MillraceException;
import io.millrace.model.Refusal;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** What the value of a configuration key looks like. Ring 0. */
public sealed interface ConfigType {
    /** The canonical text of a value, or a refusal with INVALID_ARGUMENT that names key, value and limit. */
    String parse(String key, String text);

    /** What is allowed, in a few words. */
    String allowed();

    /** One of a few words. */
    record Choice(List<String> words) implements ConfigType {
        @Override
        public String parse(String key, String text) {
            if (words.contains(text)) return text;
            var near = NearNames.of(text, words, 1);
            throw Refusal.INVALID_ARGUMENT.because(key + " cannot be " + NearNames.quoted(text) + "; allowed: "
                    + allowed() + (near.isEmpty() ? "" : "; did you mean " + near.get(0) + "?"));
        }

        @Override
        public String allowed() {
            return String.join(", ", words);
        }
    }

    /** One or several of a few words, with commas between them; in canonical form in the order of the alphabet. */
    record Words(List<String> words) implements ConfigType {
        @Override
        public String parse(String key, String text) {
            var found = new TreeSet<String>();
            for (var part : text.split(",", -1)) {
                var word = part.strip();
                if (!words.contains(word)) {
                    var near = NearNames.of(word, words, 1);
                    throw Refusal.INVALID_ARGUMENT.because(key + " cannot be " + NearNames.quoted(text) + "; allowed: "
                            + allowed() + (near.isEmpty() ? "" : "; did you mean " + near.get(0) + "?"));
                }
                found.add(word);
            }
            return String.join(",", found);
        }

        @Override
        public String allowed() {
            return String.join(", ", words) + ", or several with commas between them";
        }
    }

    /** A part of a whole, from 0 to 1. */
    record Ratio() implements ConfigType {
        private static final Pattern NUMBER = Pattern.compile("[0-9]{0,3}(\\.[0-9]{0,9})?");

        @Override
        public String parse(String key, String text) {
            boolean isNumber = NUMBER.matcher(text).matches() && text.chars().anyMatch(Character::isDigit);
            var value = isNumber ? new BigDecimal("0" + text) : BigDecimal.TEN;
            if (value.compareTo(BigDecimal.ONE) > 0) {
                throw Refusal.INVALID_ARGUMENT.because(
                        key + " " + NearNames.quoted(text) + " is not a ratio; allowed: " + allowed());
            }
            return value.signum() == 0 ? "0" : value.stripTrailingZeros().toPlainString();
        }

        @Override
        public String allowed() {
            return "0 to 1, as 0.5";
        }
    }

    /** A whole number with a unit. */
    record Amount(Unit unit, long least, long most) implements ConfigType {
        private static final Pattern NUMBER_AND_SUFFIX = Pattern.compile("(-?[0-9]{1,19}) ?([A-Za-z]*)");
        private static final BigInteger NANOS_OF_MILLI = BigInteger.valueOf(1_000_000);

        @Override
        public String parse(String key, String text) {
            var number = text.startsWith("P") && unit == Unit.MILLISECONDS ? iso(key, text) : plain(key, text);
            if (number.compareTo(BigInteger.valueOf(least)) < 0 || number.compareTo(BigInteger.valueOf(most)) > 0) {
                throw Refusal.INVALID_ARGUMENT.because(
                        key + " " + NearNames.quoted(text) + " is out of range: " + allowed());
            }
            return number.toString();
        }

        private BigInteger plain(String key, String text) {
            var matcher = NUMBER_AND_SUFFIX.matcher(text);
            if (!matcher.matches()) throw notANumber(key, text);
            var suffix = matcher.group(2);
            var factor = suffix.isEmpty() ? Long.valueOf(1) : unit.suffixes.get(suffix);
            if (factor == null) throw notANumber(key, text);
            return new BigInteger(matcher.group(1)).multiply(BigInteger.valueOf(factor));
        }

        private BigInteger iso(String key, String text) {
            try {
                var duration = Duration.parse(text);
                var nanos = BigInteger.valueOf(duration.getSeconds())
                        .multiply(BigInteger.valueOf(1_000_000_000))
                        .add(BigInteger.valueOf(duration.getNano()));
                var millis = nanos.divideAndRemainder(NANOS_OF_MILLI);
                if (millis[1].signum() != 0) throw notANumber(key, text);
                return millis[0];
            } catch (DateTimeParseException | ArithmeticException e) {
                throw notANumber(key, text);
            }
        }

        private MillraceException notANumber(String key, String text) {
            return Refusal.INVALID_ARGUMENT.because(
                    key + " " + NearNames.quoted(text) + " is not " + unit.wanted + "; allowed: " + allowed());
        }

        @Override
        public String allowed() {
            var range = Math.max(0, least) + " to " + most + unit.word;
            return least < 0 ? range + ", or -1 for no limit" : range;
        }
    }

    /** What an amount counts, and the suffixes that may follow a number of it. */
    enum Unit {
        MILLISECONDS(
                " ms",
                "a duration (milliseconds, or as 250ms, 30s, 10m, 12h, 7d, PT10M)",
                Map.of("ms", 1L, "s", 1000L, "m", 60_000L, "min", 60_000L, "h", 3_600_000L, "d", 86_400_000L)),
        BYTES(
                " bytes",
                "a size (bytes, or as 64KiB, 10MiB, 1GiB)",
                Map.of(
                        "B",
                        1L,
                        "KiB",
                        1L << 10,
                        "MiB",
                        1L << 20,
                        "GiB",
                        1L << 30,
                        "TiB",
                        1L << 40,
                        "kB",
                        1000L,
                        "KB",
                        1000L,
                        "MB",
                        1_000_000L,
                        "GB",
                        1_000_000_000L,
                        "TB",
                        1_000_000_000_000L)),
        COUNT("", "a whole number", Map.of());

        private final String word;
        private final String wanted;

        @SuppressWarnings("ImmutableEnumChecker") // only Map.of comes here
        private final Map<String, Long> suffixes;

        Unit(String word, String wanted, Map<String, Long> suffixes) {
            this.word = word;
            this.wanted = wanted;
            this.suffixes = suffixes;
        }
    }
}
