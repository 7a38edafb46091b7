package io.millrace.group;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Foreign text as it may stand in a sentence: quoted, cut, and nothing in it but printable ASCII. Ring 0. */
final class Quoted {
    private static final int MOST = 80;

    private Quoted() {}

    static String of(@Nullable String text) {
        if (text == null) return "none";
        var quoted = new StringBuilder("'");
        text.chars().limit(MOST).forEach(c -> {
            if (c >= ' ' && c < 0x7f) quoted.append((char) c);
            else quoted.append(String.format(Locale.ROOT, "\\u%04x", c));
        });
        return quoted.append(text.length() > MOST ? "...'" : "'").toString();
    }
}
