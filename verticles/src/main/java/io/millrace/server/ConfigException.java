package io.millrace.server;

import java.util.Locale;

/** The configuration is wrong; the message names where, the key and the way out. Ends the process with {@link Exit#USAGE}. */
final class ConfigException extends RuntimeException {
    private static final int LONGEST_QUOTE = 80;

    ConfigException(String message) {
        super(message, null, false, false);
    }

    /** Foreign text as it may stand in a message: in quotes, cut, and without control characters. */
    static String quoted(String text) {
        var quoted = new StringBuilder("\"");
        text.codePoints().limit(LONGEST_QUOTE).forEach(c -> {
            if (Character.isISOControl(c)
                    || Character.getType(c) == Character.FORMAT
                    || Character.getType(c) == Character.SURROGATE) {
                quoted.append(String.format(Locale.ROOT, "\\u%04x", c));
            } else {
                quoted.appendCodePoint(c);
            }
        });
        return quoted.append(text.codePointCount(0, text.length()) > LONGEST_QUOTE ? "…\"" : "\"")
                .toString();
    }
}
