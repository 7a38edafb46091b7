package io.millrace.gateway.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** Writes JSON as bytes, without building it as a tree first. Whoever writes puts commas and brackets himself. */
final class JsonWriter {
    private static final byte[] HEX = "0123456789abcdef".getBytes(ISO_8859_1);
    private static final byte[] BASE64_URL =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".getBytes(ISO_8859_1);
    private static final byte[] NULL = ascii("null");
    private static final long MILLIS_PER_DAY = 86_400_000L;
    /** Behind it, years have five digits. */
    private static final long END_OF_9999 = 253_402_300_799_999L;

    private byte[] bytes;
    private int size;

    JsonWriter(int capacity) {
        bytes = new byte[capacity];
    }

    /** Literal text as bytes, to be made once. */
    static byte[] ascii(String text) {
        return text.getBytes(ISO_8859_1);
    }

    int size() {
        return size;
    }

    /** Forgets what was written behind {@code size}. */
    void cutTo(int size) {
        this.size = size;
    }

    /** Replaces what was written at a place. */
    void overwrite(int at, byte[] literal) {
        if (at < 0 || at + literal.length > size) throw new IllegalArgumentException("nothing was written at " + at);
        System.arraycopy(literal, 0, bytes, at, literal.length);
    }

    JsonWriter raw(byte[] literal) {
        return raw(literal, 0, literal.length);
    }

    JsonWriter raw(byte[] from, int at, int length) {
        makeRoom(length);
        System.arraycopy(from, at, bytes, size, length);
        size += length;
        return this;
    }

    JsonWriter raw(ByteBuffer from) {
        int length = from.remaining();
        makeRoom(length);
        from.get(from.position(), bytes, size, length);
        size += length;
        return this;
    }

    /** Text of printable ASCII that needs no escape, as it is. */
    @SuppressWarnings("deprecation") // the fastest way for ASCII, and it is ASCII
    JsonWriter plain(String text) {
        int length = text.length();
        makeRoom(length);
        text.getBytes(0, length, bytes, size);
        size += length;
        return this;
    }

    JsonWriter put(char c) {
        makeRoom(1);
        bytes[size++] = (byte) c;
        return this;
    }

    JsonWriter nothing() {
        return raw(NULL);
    }

    JsonWriter bool(boolean value) {
        return plain(value ? "true" : "false");
    }

    JsonWriter number(long value) {
        if (value < 0) return plain(Long.toString(value));
        makeRoom(20);
        int digits = 1;
        for (long rest = value; rest >= 10; rest /= 10) digits++;
        long rest = value;
        for (int at = size + digits - 1; at >= size; at--) {
            bytes[at] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        size += digits;
        return this;
    }

    /** Quoted and escaped text; null as {@code null}. A half of a surrogate pair becomes a question mark. */
    JsonWriter text(@Nullable String text) {
        if (text == null) return nothing();
        var utf8 = text.getBytes(UTF_8);
        return text(utf8, 0, utf8.length);
    }

    /** Quoted and escaped text that is valid UTF-8. */
    JsonWriter text(byte[] utf8, int at, int length) {
        makeRoom(length + 2);
        bytes[size++] = '"';
        int copied = at;
        for (int i = at; i < at + length; i++) {
            byte b = utf8[i];
            if (b < 0 || (b >= 0x20 && b != '"' && b != '\\' && b != 0x7f)) continue;
            raw(utf8, copied, i - copied);
            copied = i + 1;
            escape(b);
        }
        raw(utf8, copied, at + length - copied);
        return put('"');
    }

    private void escape(byte b) {
        makeRoom(6);
        bytes[size++] = '\\';
        switch (b) {
            case '"', '\\' -> bytes[size++] = b;
            case '\n' -> bytes[size++] = 'n';
            case '\r' -> bytes[size++] = 'r';
            case '\t' -> bytes[size++] = 't';
            default -> {
                bytes[size++] = 'u';
                bytes[size++] = '0';
                bytes[size++] = '0';
                bytes[size++] = HEX[b >> 4];
                bytes[size++] = HEX[b & 15];
            }
        }
    }

    /** Quoted Base64 with padding. */
    JsonWriter base64(ByteBuffer from) {
        put('"');
        var plain = new byte[from.remaining()];
        from.get(from.position(), plain);
        raw(Base64.getEncoder().encode(plain));
        return put('"');
    }

    /** Base64 for URLs, without quotes and padding. */
    JsonWriter base64Url(byte[] from, int length) {
        makeRoom(length / 3 * 4 + 4);
        int at = 0;
        for (; at + 3 <= length; at += 3) {
            int bits = (from[at] & 0xff) << 16 | (from[at + 1] & 0xff) << 8 | (from[at + 2] & 0xff);
            bytes[size++] = BASE64_URL[bits >>> 18];
            bytes[size++] = BASE64_URL[(bits >>> 12) & 63];
            bytes[size++] = BASE64_URL[(bits >>> 6) & 63];
            bytes[size++] = BASE64_URL[bits & 63];
        }
        if (at < length) {
            int second = at + 1 < length ? from[at + 1] & 0xff : 0;
            int bits = (from[at] & 0xff) << 16 | second << 8;
            bytes[size++] = BASE64_URL[bits >>> 18];
            bytes[size++] = BASE64_URL[(bits >>> 12) & 63];
            if (at + 1 < length) bytes[size++] = BASE64_URL[(bits >>> 6) & 63];
        }
        return this;
    }

    /** A quoted time, RFC 3339 in UTC with milliseconds; {@code null} for a time that nobody has given. */
    JsonWriter time(long millis) {
        if (millis < 0) return nothing();
        if (millis > END_OF_9999)
            return text(java.time.Instant.ofEpochMilli(millis).toString());
        makeRoom(26);
        long days = millis / MILLIS_PER_DAY;
        int ofDay = (int) (millis % MILLIS_PER_DAY);
        // The civil calendar in whole cycles of 400 years, each begun on the first of March.
        long shifted = days + 719_468;
        long cycle = shifted / 146_097;
        int dayOfCycle = (int) (shifted % 146_097);
        int yearOfCycle = (dayOfCycle - dayOfCycle / 1460 + dayOfCycle / 36_524 - dayOfCycle / 146_096) / 365;
        int dayOfYear = dayOfCycle - (365 * yearOfCycle + yearOfCycle / 4 - yearOfCycle / 100);
        int march = (5 * dayOfYear + 2) / 153;
        int month = march < 10 ? march + 3 : march - 9;
        int year = (int) (yearOfCycle + cycle * 400) + (month <= 2 ? 1 : 0);
        bytes[size++] = '"';
        digits(year, 4, '-');
        digits(month, 2, '-');
        digits(dayOfYear - (153 * march + 2) / 5 + 1, 2, 'T');
        digits(ofDay / 3_600_000, 2, ':');
        digits(ofDay / 60_000 % 60, 2, ':');
        digits(ofDay / 1000 % 60, 2, '.');
        digits(ofDay % 1000, 3, 'Z');
        bytes[size++] = '"';
        return this;
    }

    private void digits(int value, int count, char then) {
        int rest = value;
        for (int at = size + count - 1; at >= size; at--) {
            bytes[at] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        size += count;
        bytes[size++] = (byte) then;
    }

    private void makeRoom(int more) {
        if (more <= bytes.length - size) return;
        bytes = Arrays.copyOf(bytes, Math.max(Math.addExact(size, more), bytes.length + (bytes.length >> 1) + 64));
    }

    /** What was written; the memory goes with it. */
    Buffer toBuffer() {
        return BufferInternal.buffer(toBytes(0));
    }

    /** The same from a place on. */
    ByteBuf toBytes(int from) {
        return Unpooled.wrappedBuffer(bytes, from, size - from);
    }

    @Override
    public String toString() {
        return new String(bytes, 0, size, UTF_8);
    }
}
