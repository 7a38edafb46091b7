package io.millrace.gateway.http;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.regex.Pattern;

/** Reads times and durations as clients write them. */
final class Times {
    private static final Pattern AMOUNT = Pattern.compile("([0-9]{1,12})(ms|s|m|h)?");

    private Times() {}

    /** Milliseconds since 1970 of an RFC 3339 time; -1 if it is none, or before 1970. */
    static long parse(String text) {
        if (text.length() > 40) return -1;
        try {
            return Math.max(-1, OffsetDateTime.parse(text).toInstant().toEpochMilli());
        } catch (DateTimeException | ArithmeticException no) {
            return -1;
        }
    }

    /** Milliseconds of {@code 250ms}, {@code 20s}, {@code 1m}, {@code PT20S} or {@code 250}; -1 if it is none. */
    static long parseDuration(String text) {
        if (text.length() > 40) return -1;
        var matcher = AMOUNT.matcher(text);
        if (matcher.matches()) {
            var unit = matcher.group(2);
            long factor = unit == null || unit.equals("ms")
                    ? 1
                    : unit.equals("s") ? 1000 : unit.equals("m") ? 60_000 : 3_600_000;
            return Long.parseLong(matcher.group(1)) * factor;
        }
        try {
            var duration = Duration.parse(text);
            return duration.isNegative() ? -1 : duration.toMillis();
        } catch (DateTimeException | ArithmeticException no) {
            return -1;
        }
    }
}
