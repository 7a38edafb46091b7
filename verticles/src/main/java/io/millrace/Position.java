package io.millrace;

import io.vertx.codegen.annotations.DataObject;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Objects;

/** Where to begin reading. In JSON and on the command line a text: {@code earliest}, {@code offset:17}, … */
@DataObject
public final class Position {
    /** The kinds of positions. */
    public enum Kind {
        EARLIEST,
        LATEST,
        OFFSET,
        TIME,
        LAST
    }

    private static final Position EARLIEST = new Position(Kind.EARLIEST, 0);
    private static final Position LATEST = new Position(Kind.LATEST, 0);

    private final Kind kind;
    private final long number;

    private Position(Kind kind, long number) {
        if (number < 0)
            throw new IllegalArgumentException("negative " + kind.name().toLowerCase(Locale.ROOT) + " " + number);
        this.kind = kind;
        this.number = number;
    }

    /**
     * Reads {@code earliest}, {@code latest}, {@code offset:N}, {@code time:T} (RFC 3339, or milliseconds since 1970) or
     * {@code last:N}.
     */
    public Position(String text) {
        this(parse(text));
    }

    private Position(Position other) {
        this(other.kind, other.number);
    }

    /** The first record that is still there. */
    public static Position earliest() {
        return EARLIEST;
    }

    /** Behind the last record. */
    public static Position latest() {
        return LATEST;
    }

    /** The record with an offset. */
    public static Position offset(long offset) {
        return new Position(Kind.OFFSET, offset);
    }

    /** The first record whose timestamp is at least so many milliseconds since 1970. */
    public static Position time(long timestamp) {
        return new Position(Kind.TIME, timestamp);
    }

    /** So many offsets before the end of each partition, or its first record if it has fewer. */
    public static Position last(long records) {
        return new Position(Kind.LAST, records);
    }

    /** See {@link #Position(String)}. */
    public static Position parse(String text) {
        int colon = text.indexOf(':');
        var word = colon < 0 ? text : text.substring(0, colon);
        var number = text.substring(colon + 1);
        try {
            if (colon < 0 && word.equals("earliest")) return EARLIEST;
            if (colon < 0 && word.equals("latest")) return LATEST;
            if (colon > 0 && word.equals("offset")) return offset(Long.parseLong(number));
            if (colon > 0 && word.equals("last")) return last(Long.parseLong(number));
            if (colon > 0 && word.equals("time")) return time(millis(number));
        } catch (NumberFormatException | DateTimeParseException notSo) {
            throw new IllegalArgumentException("position " + text + ": " + number + " cannot be read", notSo);
        }
        throw new IllegalArgumentException(
                "position " + text + " is none of earliest, latest, offset:N, time:T, last:N");
    }

    private static long millis(String text) {
        boolean digits = !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
        return digits ? Long.parseLong(text) : Instant.parse(text).toEpochMilli();
    }

    public Kind kind() {
        return kind;
    }

    /** The offset, the timestamp or the count; 0 for the others. */
    public long number() {
        return number;
    }

    /** The text that {@link #parse} reads. */
    public String toJson() {
        var word = kind.name().toLowerCase(Locale.ROOT);
        return kind == Kind.EARLIEST || kind == Kind.LATEST ? word : word + ":" + number;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Position that && kind == that.kind && number == that.number;
    }

    @Override
    public int hashCode() {
        return Objects.hash(kind, number);
    }

    @Override
    public String toString() {
        return toJson();
    }
}
