package io.millrace.cluster;

import io.millrace.model.MillraceException;
import io.millrace.model.Refusal;
import java.util.Collection;

/**
 * The rules for names of topics, which are Kafka's: 1 to 249 of {@code A-Z a-z 0-9 . _ -}, and neither {@code .} nor
 * {@code ..}. Names that begin with {@code __} belong to the broker. A name never becomes a path. Ring 0.
 */
public final class TopicName {
    public static final int MAX_LENGTH = 249;
    public static final String INTERNAL_PREFIX = "__";

    private static final int SUGGESTIONS = 3;

    private TopicName() {}

    /** Whether the name belongs to the broker. */
    public static boolean isInternal(String name) {
        return name.startsWith(INTERNAL_PREFIX);
    }

    /** Gives the name back, or refuses it with INVALID_ARGUMENT. */
    public static String check(String name, Origin origin) {
        if (name.isEmpty()) throw refused("the name of a topic is empty; it has 1 to " + MAX_LENGTH + " characters");
        if (name.length() > MAX_LENGTH) {
            throw refused(
                    "the name of a topic has " + name.length() + " characters; at most " + MAX_LENGTH + " are allowed");
        }
        for (int i = 0; i < name.length(); i++) {
            if (!isAllowed(name.charAt(i))) {
                throw refused("topic name " + NearNames.quoted(name) + " has a wrong character at position " + i
                        + "; A-Z a-z 0-9 . _ - are allowed");
            }
        }
        if (name.equals(".") || name.equals("..")) throw refused("a topic cannot be named '" + name + "'");
        if (origin == Origin.USER && isInternal(name)) {
            throw refused("topic name '" + name + "' begins with '" + INTERNAL_PREFIX
                    + "', which is kept for topics of the broker itself");
        }
        return name;
    }

    /** The refusal for a name that no topic has. Give it only those known names that the asker may see. */
    public static MillraceException notFound(String name, Collection<String> known) {
        var near = NearNames.of(name, known, SUGGESTIONS);
        return Refusal.TOPIC_NOT_FOUND.because("there is no topic " + NearNames.quoted(name)
                + (near.isEmpty() ? "" : "; near names: " + String.join(", ", near)));
    }

    private static boolean isAllowed(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '.'
                || c == '_'
                || c == '-';
    }

    private static MillraceException refused(String detail) {
        return Refusal.INVALID_ARGUMENT.because(detail);
    }
}
