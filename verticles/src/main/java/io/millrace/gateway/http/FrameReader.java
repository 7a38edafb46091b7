package io.millrace.gateway.http;

import static com.fasterxml.jackson.core.JsonToken.FIELD_NAME;
import static com.fasterxml.jackson.core.JsonToken.START_OBJECT;
import static com.fasterxml.jackson.core.JsonToken.VALUE_STRING;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the frames of {@code millrace.v1+json}. What is no frame is refused as a whole, with the place; a publish whose
 * record is wrong is a frame, and says itself what is wrong. For one thread.
 */
final class FrameReader {
    private final Frame.Publish publish = new Frame.Publish();

    Frame read(byte[] bytes, int from, int length) {
        return JsonReader.read(bytes, from, length, parser -> {
            if (parser.currentToken() != START_OBJECT) throw bad("", "a frame is a JSON object");
            // Nearly all frames say first what they are.
            var first = parser.nextToken();
            if (first == FIELD_NAME && parser.currentName().equals("t")) {
                parser.nextToken();
                return read(parser, type(parser), bytes, from, length);
            }
            var type = first == FIELD_NAME ? typeAmong(parser) : "";
            return type.equals("pub") ? publishAgain(bytes, from, length) : small(type, members);
        });
    }

    private Map<String, Object> members = Map.of();

    private Frame read(JsonParser parser, String type, byte[] bytes, int from, int length) throws IOException {
        if (type.equals("pub")) {
            publish.readMembers(parser, bytes, from, length);
            return publish;
        }
        members = new LinkedHashMap<>();
        readMembers(parser);
        return small(type, members);
    }

    /** Finds what the frame is when it does not say so first; keeps the small members met on the way. */
    private String typeAmong(JsonParser parser) throws IOException {
        members = new LinkedHashMap<>();
        member(parser);
        readMembers(parser);
        return members.remove("t") instanceof String type ? type : "";
    }

    private Frame publishAgain(byte[] bytes, int from, int length) {
        return JsonReader.read(bytes, from, length, parser -> {
            publish.read(parser, bytes, from, length);
            return publish;
        });
    }

    private void readMembers(JsonParser parser) throws IOException {
        while (parser.nextToken() == FIELD_NAME) member(parser);
    }

    private void member(JsonParser parser) throws IOException {
        var name = parser.currentName();
        switch (parser.nextToken()) {
            case VALUE_STRING, VALUE_NUMBER_INT -> members.put(name, parser.getText());
            case VALUE_TRUE -> members.put(name, true);
            case VALUE_FALSE -> members.put(name, false);
            case VALUE_NULL -> {}
            default -> {
                members.put(name, JsonToken.NOT_AVAILABLE);
                JsonReader.skipValue(parser);
            }
        }
    }

    private static String type(JsonParser parser) throws IOException {
        if (parser.currentToken() != VALUE_STRING) throw bad("/t", "t is the type of the frame, a text");
        return parser.getText();
    }

    private static Frame small(String type, Map<String, Object> members) {
        var frame =
                switch (type) {
                    case "sub" -> {
                        if (!"log".equals(members.getOrDefault("view", "log"))) {
                            throw bad("/view", "the only view in this version is log");
                        }
                        members.remove("view");
                        yield new Frame.Subscribe(
                                channel(members),
                                text(members, "topic"),
                                text(members, "group"),
                                text(members, "from"),
                                text(members, "cursor"),
                                (int) number(members, "partition", -1, Integer.MAX_VALUE),
                                choice(members, "onGap", "skip", "fail"),
                                millis(members, "lag"));
                    }
                    case "unsub" -> new Frame.Unsubscribe(channel(members));
                    case "credit" -> {
                        require(members, "until");
                        yield new Frame.Grant(
                                channel(members),
                                number(members, "until", 0, Long.MAX_VALUE),
                                number(members, "bytes", -1, Long.MAX_VALUE),
                                toggle(members, "drain"));
                    }
                    case "ack" -> {
                        boolean upTo = members.containsKey("upTo");
                        require(members, upTo ? "upTo" : "n");
                        yield new Frame.Acknowledge(
                                channel(members),
                                number(members, upTo ? "upTo" : "n", 0, Long.MAX_VALUE),
                                upTo,
                                text(members, "rid"));
                    }
                    case "ping" -> new Frame.Ping();
                    case "pub" -> throw new IllegalStateException("a publish is read elsewhere");
                    case "" -> throw bad("/t", "a frame has a member t, which says what it is");
                    default -> throw bad("/t", "there is no frame of this type: sub, unsub, credit, ack, pub, ping");
                };
        for (var name : members.keySet()) throw bad("/" + name, "a frame " + type + " has no member of this name");
        return frame;
    }

    private static int channel(Map<String, Object> members) {
        require(members, "ch");
        return (int) number(members, "ch", 0, Integer.MAX_VALUE);
    }

    private static void require(Map<String, Object> members, String name) {
        if (!members.containsKey(name)) throw bad("/" + name, name + " is missing");
    }

    /** Numbers of 64 bits are texts in JSON; short ones may be numbers. */
    private static long number(Map<String, Object> members, String name, long least, long most) {
        var given = members.remove(name);
        if (given == null) return least;
        if (given instanceof String text && text.length() <= 19) {
            try {
                long value = Long.parseLong(text);
                if (value >= Math.max(0, least) && value <= most && text.charAt(0) != '+') return value;
            } catch (NumberFormatException no) {
                // Refused below.
            }
        }
        throw bad("/" + name, name + " is a whole number from 0 to " + most);
    }

    private static @Nullable String text(Map<String, Object> members, String name) {
        var given = members.remove(name);
        if (given == null || given instanceof String) return (String) given;
        throw bad("/" + name, name + " is a text");
    }

    private static boolean toggle(Map<String, Object> members, String name) {
        var given = members.remove(name);
        if (given == null) return false;
        if (given instanceof Boolean is) return is;
        throw bad("/" + name, name + " is true or false");
    }

    /** Whether the second of two words was chosen; the first is what happens without one. */
    private static boolean choice(Map<String, Object> members, String name, String first, String second) {
        var given = text(members, name);
        if (given == null || given.equals(first)) return false;
        if (given.equals(second)) return true;
        throw bad("/" + name, name + " is " + first + " or " + second);
    }

    private static long millis(Map<String, Object> members, String name) {
        var given = text(members, name);
        if (given == null) return 0;
        long millis = Times.parseDuration(given);
        if (millis >= 100) return millis;
        throw bad("/" + name, name + " is a duration of at least 100ms, as 5s");
    }

    private static ProblemException bad(String pointer, String what) {
        return Problem.invalid(pointer, what).asException();
    }
}
