package io.millrace.server.client;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The body of one publish request, written byte by byte: {@code {"records":[{"valueText":"…"},…]}}. Bytes that are UTF-8
 * travel as text, all others as Base64, so that any line arrives as it was. Knows which line each record came from.
 */
final class PublishBody {
    private static final byte[] HEAD = "{\"records\":[".getBytes(ISO_8859_1);
    private static final byte[] TAIL = "]}".getBytes(ISO_8859_1);
    private static final byte[] HEX = "0123456789abcdef".getBytes(ISO_8859_1);
    /** The most that one byte of input becomes: a backslash, u and four digits. */
    private static final int WORST = 6;

    private final String partition;
    private byte[] bytes;
    private int length;
    private int[] ends;
    private long[] lines;
    private int count;
    private byte @Nullable [] alone;
    private byte @Nullable [] aloneKey;

    /** A body whose records name a partition, or leave it to the broker. */
    static PublishBody of(int mostRecords, int bytes, @Nullable Integer partition) {
        return new PublishBody(mostRecords, bytes, partition == null ? "" : ",\"partition\":" + partition);
    }

    private PublishBody(int mostRecords, int bytes, String partition) {
        this.partition = partition;
        this.bytes = new byte[bytes];
        this.ends = new int[mostRecords];
        this.lines = new long[mostRecords];
        clear();
    }

    void clear() {
        alone = null;
        aloneKey = null;
        System.arraycopy(HEAD, 0, bytes, 0, HEAD.length);
        length = HEAD.length;
        count = 0;
    }

    /** Adds a record of a line: the key if {@code keyLength} is not negative, and the value. */
    void add(long line, byte[] from, int keyStart, int keyLength, int valueStart, int valueLength) {
        room(WORST * ((long) Math.max(0, keyLength) + valueLength) + 128);
        put(count == 0 ? "{" : ",{");
        if (keyLength >= 0) {
            field("\"key\":\"", "\"keyBase64\":\"", from, keyStart, keyLength);
            bytes[length++] = ',';
        }
        field("\"valueText\":\"", "\"valueBase64\":\"", from, valueStart, valueLength);
        put(partition);
        bytes[length++] = '}';
        remember(line);
    }

    /** Makes the only record go as it is, without JSON; its key must fit in a header. */
    void goAlone(byte[] from, int keyStart, int keyLength, int valueStart, int valueLength) {
        aloneKey = keyLength < 0 ? null : Arrays.copyOfRange(from, keyStart, keyStart + keyLength);
        alone = Arrays.copyOfRange(from, valueStart, valueStart + valueLength);
    }

    boolean isAlone() {
        return alone != null;
    }

    byte[] aloneValue() {
        return Objects.requireNonNull(alone);
    }

    /** Puts what a record in JSON would name into headers. */
    void describe(Map<String, String> headers) {
        if (aloneKey != null) headers.put("Record-Key", new String(aloneKey, ISO_8859_1));
        if (!partition.isEmpty()) headers.put("Record-Partition", partition.substring(partition.indexOf(':') + 1));
    }

    /** An empty body for records of the same partition. */
    PublishBody emptyCopy(int mostRecords) {
        return new PublishBody(mostRecords, 1 << 10, partition);
    }

    /** Takes over a record of another body. */
    void addFrom(PublishBody other, int index) {
        int from = index == 0 ? HEAD.length : other.ends[index - 1] + 1;
        int size = other.ends[index] - from;
        room(size + 1L);
        if (count > 0) bytes[length++] = ',';
        System.arraycopy(other.bytes, from, bytes, length, size);
        length += size;
        remember(other.lines[index]);
    }

    private void remember(long line) {
        if (count == ends.length) {
            ends = Arrays.copyOf(ends, count * 2);
            lines = Arrays.copyOf(lines, count * 2);
        }
        ends[count] = length;
        lines[count] = line;
        count++;
    }

    /** Ends the body; nothing may be added after. */
    byte[] finish() {
        System.arraycopy(TAIL, 0, bytes, length, TAIL.length);
        return bytes;
    }

    /** The bytes of a finished body. */
    int finishedLength() {
        return length + TAIL.length;
    }

    int count() {
        return count;
    }

    /** The bytes so far. */
    int size() {
        return length;
    }

    long line(int index) {
        return lines[index];
    }

    private void field(String asText, String asBase64, byte[] from, int start, int size) {
        int before = length;
        put(asText);
        if (!text(from, start, size)) {
            length = before;
            put(asBase64);
            var encoded = Base64.getEncoder().encode(Arrays.copyOfRange(from, start, start + size));
            System.arraycopy(encoded, 0, bytes, length, encoded.length);
            length += encoded.length;
        }
        bytes[length++] = '"';
    }

    /** Writes bytes as the inside of a JSON string; false, in the middle, if they are not UTF-8. */
    private boolean text(byte[] from, int start, int size) {
        var to = bytes;
        int at = length;
        int end = start + size;
        for (int i = start; i < end; ) {
            int b = from[i];
            if (b >= ' ' && b != '"' && b != '\\') {
                to[at++] = (byte) b;
                i++;
            } else if (b < 0) {
                int width = Utf8.width(from, i, end);
                if (width == 0) return false;
                for (int n = 0; n < width; n++) to[at++] = from[i++];
            } else {
                at = escape(b, at);
                i++;
            }
        }
        length = at;
        return true;
    }

    private int escape(int b, int at) {
        bytes[at++] = '\\';
        switch (b) {
            case '"', '\\' -> bytes[at++] = (byte) b;
            case '\t' -> bytes[at++] = 't';
            case '\r' -> bytes[at++] = 'r';
            case '\n' -> bytes[at++] = 'n';
            default -> {
                bytes[at++] = 'u';
                bytes[at++] = '0';
                bytes[at++] = '0';
                bytes[at++] = HEX[b >> 4];
                bytes[at++] = HEX[b & 15];
            }
        }
        return at;
    }

    @SuppressWarnings("deprecation") // the one conversion that only copies; all of it is ASCII
    private void put(String ascii) {
        ascii.getBytes(0, ascii.length(), bytes, length);
        length += ascii.length();
    }

    private void room(long more) {
        long needed = length + more + TAIL.length;
        if (needed > Integer.MAX_VALUE - 16) throw new IllegalArgumentException("a body of " + needed + " bytes");
        if (needed > bytes.length)
            bytes = Arrays.copyOf(bytes, (int) Math.min(Integer.MAX_VALUE - 16, Math.max(needed, 2L * bytes.length)));
    }
}
