package io.millrace.eventbus;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.cluster.TopicName;
import io.millrace.model.Refusal;
import java.util.HexFormat;

/**
 * The names of the topics of an address. What a name of a topic may not hold is written as {@code _} and two hexadecimal
 * digits for each byte, and {@code _} itself twice; so no two addresses share a topic. Ring 0.
 */
final class AddressNames {
    private static final HexFormat HEX = HexFormat.of();

    private final String prefix;

    AddressNames(String prefix) {
        this.prefix = prefix;
    }

    /** For what reaches every service. */
    String published(String address) {
        return name("-publish.", address);
    }

    /** For what reaches one consumer. */
    String sent(String address) {
        return name("-send.", address);
    }

    /** The group of all consumers that share what is sent. */
    String sendGroup() {
        return prefix + "-send";
    }

    private String name(String kind, String address) {
        if (address.isEmpty()) throw Refusal.INVALID_ARGUMENT.because("the address is empty");
        var name = new StringBuilder(prefix).append(kind);
        for (byte b : address.getBytes(UTF_8)) {
            char c = (char) (b & 0xff);
            if (c == '_') name.append("__");
            else if (isPlain(c)) name.append(c);
            else HEX.toHexDigits(name.append('_'), b);
        }
        if (name.length() > TopicName.MAX_LENGTH) {
            throw Refusal.INVALID_ARGUMENT.because("address " + address + " needs a topic of " + name.length()
                    + " characters; at most " + TopicName.MAX_LENGTH + " are allowed");
        }
        return name.toString();
    }

    private static boolean isPlain(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
    }
}
