package io.millrace.cluster;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Guesses what somebody meant who wrote a name that does not exist, by edit distance. Ring 0. */
public final class NearNames {
    private static final int FARTHEST = 3;

    private NearNames() {}

    /** At most {@code most} of the known names, nearest first; those that share hardly a letter are left out. */
    public static List<String> of(String name, Collection<String> known, int most) {
        int farthest = name.length() < 4 ? 1 : name.length() < 9 ? 2 : FARTHEST;
        record Near(String name, int distance) {}
        return known.stream()
                .map(candidate -> new Near(candidate, distance(name, candidate, farthest)))
                .filter(near -> near.distance <= farthest)
                .sorted(Comparator.comparingInt(Near::distance).thenComparing(Near::name))
                .limit(most)
                .map(Near::name)
                .toList();
    }

    /** Letters to insert, delete or change, without regard to case; {@code farthest + 1} for anything beyond. */
    static int distance(String left, String right, int farthest) {
        if (Math.abs(left.length() - right.length()) > farthest) return farthest + 1;
        var a = left.toLowerCase(Locale.ROOT);
        var b = right.toLowerCase(Locale.ROOT);
        var above = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) above[j] = j;
        for (int i = 1; i <= a.length(); i++) {
            var row = new int[b.length() + 1];
            row[0] = i;
            int least = i;
            for (int j = 1; j <= b.length(); j++) {
                int change = above[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(change, Math.min(above[j], row[j - 1]) + 1);
                least = Math.min(least, row[j]);
            }
            if (least > farthest) return farthest + 1;
            above = row;
        }
        return Math.min(above[b.length()], farthest + 1);
    }

    /** Foreign text as it may stand in a sentence: quoted, cut, and nothing in it but printable ASCII. */
    static String quoted(String text) {
        var quoted = new StringBuilder("'");
        text.chars().limit(80).forEach(c -> {
            if (c >= ' ' && c < 0x7f) quoted.append((char) c);
            else quoted.append(String.format(Locale.ROOT, "\\u%04x", c));
        });
        return quoted.append(text.length() > 80 ? "...'" : "'").toString();
    }
}
