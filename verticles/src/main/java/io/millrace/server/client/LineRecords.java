package io.millrace.server.client;

import java.io.IOException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Fills bodies with the records of lines, on a thread of its own, while the body before is under way. Holds three bodies at
 * most. A body is handed over when it is full, or when the input has a pause and nobody is busy.
 */
final class LineRecords implements Runnable {
    private static final int BODIES = 3;
    private static final int MOST_RECORDS = 5_000;
    private static final int BODY_BYTES = 512 << 10;
    /** What a broker takes as one JSON text, less a little. */
    private static final int MOST_JSON_BYTES = (1 << 20) - 64;
    /** What fits into a header of a request beside the others. */
    private static final int MOST_HEADER_KEY = 4 << 10;

    private static final long PAUSE_MILLIS = 1;

    private final LineReader reader;
    private final byte @Nullable [] separator;
    private final int mostBytes;
    private final @Nullable Integer partition;
    private final BlockingQueue<PublishBody> empty = new ArrayBlockingQueue<>(BODIES);
    private final BlockingQueue<PublishBody> full = new ArrayBlockingQueue<>(BODIES);
    /** Stands in the queue for the end. */
    private final PublishBody end = PublishBody.of(1, 64, null);

    private volatile @Nullable String failure;

    /**
     * @param separator what stands between key and value; null if there are no keys
     * @param mostBytes the largest batch that the topic takes
     */
    LineRecords(LineReader reader, byte @Nullable [] separator, int mostBytes, @Nullable Integer partition) {
        this.reader = reader;
        this.separator = separator;
        this.mostBytes = mostBytes;
        this.partition = partition;
        for (int i = 0; i < BODIES; i++) empty.add(PublishBody.of(MOST_RECORDS, BODY_BYTES + (64 << 10), partition));
    }

    /** The next body, which goes back by {@link #giveBack}; null at the end. */
    @Nullable
    PublishBody take() throws InterruptedException {
        var body = full.take();
        return body == end ? null : body;
    }

    void giveBack(PublishBody body) {
        boolean grown = body.size() > 4 * BODY_BYTES;
        empty.add(grown ? PublishBody.of(MOST_RECORDS, BODY_BYTES, partition) : body);
    }

    /** Why the lines ended before the input; null if they did not. Known when {@link #take} has given null. */
    @Nullable
    String failure() {
        return failure;
    }

    @Override
    public void run() {
        try {
            try {
                fill();
            } catch (IOException e) {
                failure = "the input cannot be read: " + e.getMessage();
            }
            full.put(end);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void fill() throws IOException, InterruptedException {
        var body = empty.take();
        body.clear();
        while (true) {
            if (body.count() > 0 && mustGo(body)) {
                full.put(body);
                body = empty.take();
                body.clear();
            }
            if (!reader.next()) break;
            if (body.count() > 0 && body.size() + 6L * reader.lineLength() > MOST_JSON_BYTES - 256) {
                full.put(body);
                body = empty.take();
                body.clear();
            }
            failure = add(body);
            if (failure != null) break;
        }
        if (body.count() > 0) full.put(body);
    }

    private boolean mustGo(PublishBody body) throws IOException, InterruptedException {
        if (body.count() >= MOST_RECORDS || body.size() >= BODY_BYTES) return true;
        while (reader.mayBlock()) {
            // All other bodies are empty when nobody is busy; otherwise the pause of the input costs nobody time.
            if (empty.size() == BODIES - 1) return true;
            Thread.sleep(PAUSE_MILLIS);
        }
        return false;
    }

    private static boolean fitsIntoHeader(byte[] bytes, int start, int length) {
        if (length == 0 || length > MOST_HEADER_KEY) return false;
        for (int i = start; i < start + length; i++) {
            int b = bytes[i] & 0xff;
            boolean edge = i == start || i == start + length - 1;
            if (b < ' ' || b == 0x7f || (edge && b == ' ')) return false;
        }
        return true;
    }

    /** Adds the line that the reader stands at; says what is wrong with it, or null. */
    private @Nullable String add(PublishBody body) {
        if (reader.isTooLong()) return tooLong(reader.fullLength());
        var bytes = reader.bytes();
        int start = reader.lineStart();
        int stop = start + reader.lineLength();
        int keyLength = -1;
        int value = start;
        if (separator != null) {
            int at = indexOf(bytes, start, stop, separator);
            if (at < 0) return "line " + reader.number() + " has no key separator";
            keyLength = at - start;
            value = at + separator.length;
        }
        if (TopicLimits.batchBytes(keyLength, stop - value) > mostBytes) return tooLong(stop - start);
        body.add(reader.number(), bytes, start, keyLength, value, stop - value);
        if (body.size() <= MOST_JSON_BYTES) return null;
        if (keyLength >= 0 && !fitsIntoHeader(bytes, start, keyLength)) {
            return "line " + reader.number() + " is too long for a batch, and its key of " + keyLength
                    + " bytes does not fit into a header: printable bytes, at most " + MOST_HEADER_KEY;
        }
        body.goAlone(bytes, start, keyLength, value, stop - value);
        return null;
    }

    private String tooLong(long length) {
        return "line " + reader.number() + " has " + length + " bytes; with its batch a record of the topic may have "
                + mostBytes + " (max.message.bytes). The lines before it are published, it and those after it are not";
    }

    private static int indexOf(byte[] bytes, int start, int stop, byte[] wanted) {
        for (int i = start; i <= stop - wanted.length; i++) {
            int n = 0;
            while (n < wanted.length && bytes[i + n] == wanted[n]) n++;
            if (n == wanted.length) return i;
        }
        return -1;
    }
}
