package io.millrace.server.client;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * Cuts a stream of bytes into lines, each without the {@code \n} that ends it; every other byte is left as it is. A last
 * line without an end is a line too. Holds no more than one line and a buffer.
 */
final class LineReader {
    private static final int FIRST_BUFFER = 256 << 10;

    private final InputStream in;
    private final int longest;
    private byte[] bytes = new byte[FIRST_BUFFER];
    private int start;
    private int end;
    private boolean finished;

    private int lineStart;
    private int lineLength;
    private long number;
    private long excess;

    /** @param longest a line with more bytes is not kept, only counted */
    LineReader(InputStream in, int longest) {
        this.in = in;
        this.longest = longest;
    }

    /** Goes to the next line; false at the end. */
    boolean next() throws IOException {
        int searched = start;
        while (true) {
            for (int i = searched; i < end; i++) {
                if (bytes[i] == '\n') return line(i, i + 1);
            }
            searched = end - start;
            if (end - start > longest) return skipLong();
            if (!fill()) return end > start && line(end, end);
            searched += start;
        }
    }

    /** Whether {@link #next} may have to wait for more input. */
    boolean mayBlock() throws IOException {
        for (int i = start; i < end; i++) if (bytes[i] == '\n') return false;
        return !finished && in.available() == 0;
    }

    byte[] bytes() {
        return bytes;
    }

    int lineStart() {
        return lineStart;
    }

    int lineLength() {
        return lineLength;
    }

    /** The number of the line, from 1. */
    long number() {
        return number;
    }

    /** The length of the line in bytes, also of one that was too long to keep. */
    long fullLength() {
        return excess > 0 ? excess : lineLength;
    }

    boolean isTooLong() {
        return excess > 0;
    }

    private boolean line(int stop, int nextStart) {
        lineStart = start;
        lineLength = stop - start;
        start = nextStart;
        number++;
        excess = lineLength > longest ? lineLength : 0;
        return true;
    }

    private boolean skipLong() throws IOException {
        long length = (long) end - start;
        start = end;
        while (fill()) {
            for (int i = start; i < end; i++) {
                if (bytes[i] == '\n') return tooLong(length + i - start, i + 1);
            }
            length += end - start;
            start = end;
        }
        return tooLong(length, end);
    }

    private boolean tooLong(long length, int nextStart) {
        lineLength = 0;
        start = nextStart;
        excess = length;
        number++;
        return true;
    }

    private boolean fill() throws IOException {
        if (finished) return false;
        if (end == bytes.length) {
            if (start > 0) {
                System.arraycopy(bytes, start, bytes, 0, end - start);
                end -= start;
                start = 0;
            } else {
                bytes = Arrays.copyOf(bytes, bytes.length * 2);
            }
        }
        int count = in.read(bytes, end, bytes.length - end);
        finished = count < 0;
        end += Math.max(0, count);
        return !finished;
    }
}
