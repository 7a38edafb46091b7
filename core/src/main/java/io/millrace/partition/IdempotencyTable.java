package io.millrace.partition;

import static io.millrace.model.Refusal.IDEMPOTENCY_IN_PROGRESS;
import static io.millrace.model.Refusal.IDEMPOTENCY_MISMATCH;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;

/**
 * The idempotency keys of one partition: what was published under each, and where it lies. A key is in flight until the
 * high watermark has passed its record, then done, and forgotten when the window is over or there are too many.
 *
 * <p>Invariant: the keys are in the order of their records, and so in the order of {@code time}.
 */
final class IdempotencyTable {
    private final LinkedHashMap<String, Entry> entries = new LinkedHashMap<>();
    private int max;
    private long windowMillis;

    /** What is known about one key. */
    private record Entry(long offset, long time, long appendTime, long fingerprint) {
        static final int BYTES = 4 * 8;
    }

    IdempotencyTable(int max, long windowMillis) {
        configure(max, windowMillis);
    }

    final void configure(int max, long windowMillis) {
        this.max = max;
        this.windowMillis = windowMillis;
    }

    int size() {
        return entries.size();
    }

    /** Decides about a record with this key, and changes nothing. What is too old has been {@link #expire}d. */
    AppendDecision check(IdempotencyKey key, long highWatermark) {
        var known = entries.get(key.key());
        if (known == null) return AppendDecision.ACCEPTED;
        if (known.fingerprint != key.fingerprint()) {
            return AppendDecision.refused(
                    IDEMPOTENCY_MISMATCH, "the idempotency key was used for something else, at offset " + known.offset);
        }
        if (known.offset >= highWatermark) {
            return AppendDecision.refused(
                    IDEMPOTENCY_IN_PROGRESS, "the first record with this idempotency key is still being stored");
        }
        return new AppendDecision.Duplicate(known.offset, known.offset, known.appendTime);
    }

    /**
     * A record with this key has been stored.
     *
     * @param appendTime the time that the broker gave it, or -1
     * @param time the time of the log, which never goes back
     */
    void stored(IdempotencyKey key, long offset, long appendTime, long time) {
        entries.remove(key.key());
        if (entries.size() >= max) forgetOldest();
        entries.put(key.key(), new Entry(offset, time, appendTime, key.fingerprint()));
    }

    /** Forgets the keys whose window is over. */
    void expire(long now) {
        var eldest = entries.values().iterator();
        while (eldest.hasNext() && now - eldest.next().time > windowMillis) eldest.remove();
    }

    private void forgetOldest() {
        var eldest = entries.values().iterator();
        eldest.next();
        eldest.remove();
    }

    void clear() {
        entries.clear();
    }

    /** An upper bound. */
    int snapshotBytes() {
        int bytes = 4;
        for (var key : entries.keySet()) bytes += 2 + 3 * key.length() + Entry.BYTES;
        return bytes;
    }

    void writeTo(ByteBuffer out) {
        out.putInt(entries.size());
        entries.forEach((key, entry) -> {
            var bytes = key.getBytes(UTF_8);
            out.putShort((short) bytes.length).put(bytes);
            out.putLong(entry.offset)
                    .putLong(entry.time)
                    .putLong(entry.appendTime)
                    .putLong(entry.fingerprint);
        });
    }

    void readFrom(ByteBuffer in) {
        int count = in.getInt();
        if (count < 0) throw new IllegalArgumentException(count + " idempotency keys");
        for (int n = 0; n < count; n++) {
            int length = in.getShort();
            if (length < 1 || length > in.remaining()) throw new IllegalArgumentException("a key of " + length);
            var key = new byte[length];
            in.get(key);
            var entry = new Entry(in.getLong(), in.getLong(), in.getLong(), in.getLong());
            entries.put(new String(key, UTF_8), entry);
        }
        while (entries.size() > max) forgetOldest();
    }
}
