package io.millrace.gateway.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.base.ParserBase;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads strict JSON from foreign bytes: UTF-8 only and without a byte order mark, no name twice in an object, no NaN, 64
 * levels, no number beyond double precision, no half of a surrogate pair. What is wrong is refused with its position.
 */
final class JsonReader {
    static final int MAX_DEPTH = 64;
    private static final int MAX_NUMBER_LENGTH = 100;
    private static final int MAX_NAME_LENGTH = 1024;
    private static final int MAX_NAMES_AND_VALUES = 1_000_000;

    private static final JsonFactory STRICT = factory(true);
    /** For bytes that are stored already: they may have been written by somebody who is less strict. */
    private static final JsonFactory LENIENT = factory(false);

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long HIGH_BITS = 0x8080808080808080L;
    private static final long LOW_BITS = 0x0101010101010101L;
    private static final long BACKSLASHES = 0x5c5c5c5c5c5c5c5cL;

    private JsonReader() {}

    private static JsonFactory factory(boolean strict) {
        return new JsonFactoryBuilder()
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(MAX_DEPTH)
                        .maxNumberLength(MAX_NUMBER_LENGTH)
                        .maxNameLength(MAX_NAME_LENGTH)
                        .maxStringLength(256 << 20)
                        .maxTokenCount(strict ? MAX_NAMES_AND_VALUES : -1)
                        .build())
                .configure(StreamReadFeature.STRICT_DUPLICATE_DETECTION, strict)
                .configure(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION, false)
                .configure(JsonFactory.Feature.INTERN_FIELD_NAMES, false)
                .build();
    }

    /** What reads tokens and may find them wrong. */
    interface Reading<T> {
        T read(JsonParser parser) throws IOException;
    }

    /** Reads one JSON text, behind which nothing follows; refuses with 400 what is none. */
    static <T> T read(byte[] bytes, int from, int length, Reading<T> reading) {
        checkText(bytes, from, length);
        try (var parser = STRICT.createParser(bytes, from, length)) {
            try {
                return read(parser, reading);
            } catch (JsonProcessingException wrong) {
                var where = wrong.getLocation() == null ? parser.currentLocation() : wrong.getLocation();
                throw at(where, wrong.getOriginalMessage());
            }
        } catch (IOException | IllegalStateException wrong) {
            throw Problem.invalid("the JSON cannot be read: " + wrong.getMessage())
                    .asException();
        }
    }

    private static <T> T read(JsonParser parser, Reading<T> reading) throws IOException {
        if (parser.nextToken() == null)
            throw Problem.invalid("the body is empty; JSON is expected").asException();
        T result = reading.read(parser);
        if (parser.nextToken() != null) throw at(parser.currentTokenLocation(), "more follows behind the JSON text");
        return result;
    }

    /** Refuses bytes that are not one JSON text. */
    static void check(byte[] bytes, int from, int length) {
        read(bytes, from, length, parser -> {
            skipValue(parser);
            return true;
        });
    }

    /** Whether stored bytes can be put into JSON as they are. */
    static boolean isJson(byte[] bytes, int from, int length) {
        if (length == 0 || startsWrong(bytes, from, length) || firstWrongUtf8(bytes, from, length) >= 0) return false;
        try (var parser = LENIENT.createParser(bytes, from, length)) {
            if (parser.nextToken() == null) return false;
            parser.skipChildren();
            parser.finishToken();
            return parser.nextToken() == null;
        } catch (IOException | IllegalStateException no) {
            return false;
        }
    }

    /** Where the present token begins, in bytes behind the beginning of the text. Makes no objects, as locations do. */
    @SuppressWarnings("deprecation") // there is no other way without an object for each token
    static int tokenStart(JsonParser parser) {
        // The parser counts from behind the first byte.
        return (int) ((ParserBase) parser).getTokenCharacterOffset() - 1;
    }

    /** The place of the next quote or backslash, or {@code end}: the parser has not seen yet whether the string ends. */
    static int nextQuoteOrBackslash(byte[] bytes, int from, int end) {
        int at = from;
        while (at < end && bytes[at] != '"' && bytes[at] != '\\') at++;
        return Math.min(at, end);
    }

    /** The end of a value, when the parser has gone to its last token. */
    static int valueEnd(JsonParser parser, byte[] bytes, int textFrom, int textEnd) throws IOException {
        int last = textFrom + tokenStart(parser);
        return switch (parser.currentToken()) {
            case END_OBJECT, END_ARRAY -> last + 1;
            case VALUE_STRING -> {
                int at = nextQuoteOrBackslash(bytes, last + 1, textEnd);
                while (at < textEnd && bytes[at] == '\\') at = nextQuoteOrBackslash(bytes, at + 2, textEnd);
                // Without its quote the parser refuses it with the next step.
                yield Math.min(at + 1, textEnd);
            }
            default -> last + parser.getTextLength();
        };
    }

    /** Goes to the end of the value that the parser stands at the beginning of. */
    static void skipValue(JsonParser parser) throws IOException {
        var token = parser.currentToken();
        int depth = 0;
        while (true) {
            if (token == null) throw at(parser.currentLocation(), "the text ends in the midst of a value");
            if (token.isStructStart()) depth++;
            else if (token.isStructEnd()) depth--;
            else if (token == JsonToken.VALUE_NUMBER_FLOAT) checkNumber(parser);
            if (depth == 0) break;
            token = parser.nextToken();
        }
    }

    private static void checkNumber(JsonParser parser) throws IOException {
        var chars = parser.getTextCharacters();
        int from = parser.getTextOffset();
        for (int n = from; n < from + parser.getTextLength(); n++) {
            if (chars[n] != 'e' && chars[n] != 'E') continue;
            if (Double.isInfinite(parser.getDoubleValue())) {
                throw at(parser.currentTokenLocation(), "a number is too large");
            }
        }
    }

    static ProblemException at(@Nullable JsonLocation where, String what) {
        if (where == null) return Problem.invalid("", what).asException();
        var place = "line " + where.getLineNr() + ", column " + where.getColumnNr();
        return Problem.invalid("", "the JSON is wrong at " + place + ": " + what)
                .asException();
    }

    private static ProblemException atByte(int offset, String what) {
        return Problem.invalid("", "the JSON is wrong at byte " + offset + ": " + what)
                .asException();
    }

    private static void checkText(byte[] bytes, int from, int length) {
        if (startsWrong(bytes, from, length)) {
            throw atByte(0, "it begins with a byte order mark, or is not UTF-8");
        }
        int wrong = firstWrongUtf8(bytes, from, length);
        if (wrong >= 0) throw atByte(wrong, "these bytes are not UTF-8");
        int lone = firstLoneSurrogate(bytes, from, length);
        if (lone >= 0) throw atByte(lone, "an escape is only half of a surrogate pair");
    }

    /** A mark, or a zero byte, which only texts of wider characters have there. */
    private static boolean startsWrong(byte[] bytes, int from, int length) {
        if (length >= 3
                && bytes[from] == (byte) 0xef
                && bytes[from + 1] == (byte) 0xbb
                && bytes[from + 2] == (byte) 0xbf) return true;
        for (int n = 0; n < Math.min(4, length); n++) if (bytes[from + n] == 0) return true;
        return false;
    }

    /** The place of the first byte that is not UTF-8, counted from {@code from}; -1 if all is well. */
    static int firstWrongUtf8(byte[] bytes, int from, int length) {
        int at = from;
        int end = from + length;
        while (at <= end - 8 && ((long) LONGS.get(bytes, at) & HIGH_BITS) == 0) at += 8;
        while (at < end && bytes[at] >= 0) at++;
        if (at == end) return -1;
        var in = ByteBuffer.wrap(bytes, at, end - at);
        try {
            StandardCharsets.UTF_8.newDecoder().decode(in);
            return -1;
        } catch (CharacterCodingException wrong) {
            return in.position() - from;
        }
    }

    static boolean isUtf8(ByteBuffer bytes) {
        if (bytes.hasArray()) {
            return firstWrongUtf8(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining()) < 0;
        }
        try {
            StandardCharsets.UTF_8.newDecoder().decode(bytes.duplicate());
            return true;
        } catch (CharacterCodingException wrong) {
            return false;
        }
    }

    /** Finds {@code \}{@code ud83d} without its other half; escapes are rare, so that most texts are passed at once. */
    private static int firstLoneSurrogate(byte[] bytes, int from, int length) {
        int end = from + length;
        for (int at = nextBackslash(bytes, from, end); at < end; at = nextBackslash(bytes, at, end)) {
            int unit = escapedUnit(bytes, at, end);
            if (unit < 0) {
                at += 2;
            } else if (Character.isHighSurrogate((char) unit)) {
                int low = escapedUnit(bytes, at + 6, end);
                if (low < 0 || !Character.isLowSurrogate((char) low)) return at - from;
                at += 12;
            } else if (Character.isLowSurrogate((char) unit)) {
                return at - from;
            } else {
                at += 6;
            }
        }
        return -1;
    }

    static int nextBackslash(byte[] bytes, int from, int end) {
        int at = from;
        while (at <= end - 8) {
            long found = (long) LONGS.get(bytes, at) ^ BACKSLASHES;
            if (((found - LOW_BITS) & ~found & HIGH_BITS) != 0) break;
            at += 8;
        }
        while (at < end && bytes[at] != '\\') at++;
        return at;
    }

    private static int escapedUnit(byte[] bytes, int at, int end) {
        if (at + 6 > end || bytes[at] != '\\' || bytes[at + 1] != 'u') return -1;
        int unit = 0;
        for (int n = 2; n < 6; n++) {
            int digit = Character.digit(bytes[at + n], 16);
            if (digit < 0) return -1;
            unit = (unit << 4) | digit;
        }
        return unit;
    }
}
