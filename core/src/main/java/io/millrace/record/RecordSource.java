package io.millrace.record;

import static io.millrace.model.Refusal.INVALID_RECORD;
import static io.millrace.model.Refusal.RECORD_TOO_LARGE;

import io.millrace.model.MillraceException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The encoded records of one batch, seen through a window that moves forward. Without compression the window is the
 * batch itself; otherwise it is filled as reading goes on, and never with more than {@code cap} bytes in all.
 *
 * <p>With {@code keep} each filling is memory of its own, so that slices of earlier ones stay valid; without it, one
 * array serves the whole batch.
 *
 * <p>Invariant: {@code at <= limit}, and {@code consumed() + (limit - at)} bytes have been unpacked.
 */
final class RecordSource implements AutoCloseable {
    private static final int LARGEST_WINDOW = 64 << 10;
    private static final int SMALLEST_WINDOW = 1 << 10;

    private ByteBuffer window;
    private int at;
    private int limit;
    /** What to add to {@link #at} to get the bytes consumed so far. */
    private long before;

    private final @Nullable InputStream unpacker;
    private final Compression compression;
    private final long cap;
    private final boolean keep;
    private final int windowBytes;

    private RecordSource(
            ByteBuffer window,
            int windowBytes,
            @Nullable InputStream unpacker,
            Compression compression,
            long cap,
            boolean keep) {
        this.window = window;
        this.windowBytes = windowBytes;
        this.at = window.position();
        this.limit = window.limit();
        this.before = -at;
        this.unpacker = unpacker;
        this.compression = compression;
        this.cap = cap;
        this.keep = keep;
    }

    static RecordSource of(Compression compression, ByteBuffer encoded, long cap, boolean keep) {
        if (compression == Compression.NONE) return new RecordSource(encoded, 0, null, compression, 0, keep);
        int windowBytes = (int) Math.max(SMALLEST_WINDOW, Math.min(4L * encoded.remaining(), LARGEST_WINDOW));
        var empty = ByteBuffer.wrap(new byte[keep ? 0 : windowBytes]).position(keep ? 0 : windowBytes);
        try {
            return new RecordSource(empty, windowBytes, compression.unpack(encoded, cap), compression, cap, keep);
        } catch (IOException | RuntimeException damage) {
            throw unreadable(compression, damage);
        }
    }

    ByteBuffer window() {
        return window;
    }

    /** Where in the {@link #window} the next byte lies. */
    int at() {
        return at;
    }

    /** Goes to a place that lies in the present window. */
    void moveTo(int place) {
        at = place;
    }

    /** Bytes read or skipped since the first record. */
    long consumed() {
        return before + at;
    }

    /** The most bytes that may still come: those that are there, or with compression those that are allowed. */
    long left() {
        return unpacker == null ? limit - at : cap - consumed();
    }

    /** The most bytes that compressed records may unpack to. */
    long cap() {
        return cap;
    }

    boolean isCompressed() {
        return unpacker != null;
    }

    boolean isExhausted() {
        return at == limit && !load();
    }

    byte next() {
        if (at == limit && !load()) throw ended();
        return window.get(at++);
    }

    /** A zigzag varint of at most five bytes. */
    int varint() {
        int raw = next();
        if (raw >= 0) return (raw >>> 1) ^ -(raw & 1);
        raw &= 0x7f;
        for (int shift = 7; shift < 35; shift += 7) {
            int b = next();
            raw |= (b & 0x7f) << shift;
            if (b >= 0) return (raw >>> 1) ^ -(raw & 1);
        }
        throw INVALID_RECORD.because("a number of more than 5 bytes ends at byte " + consumed() + " of the records");
    }

    /** A zigzag varint of at most ten bytes. */
    long varlong() {
        long raw = 0;
        for (int shift = 0; shift < 70; shift += 7) {
            int b = next();
            raw |= (b & 0x7fL) << shift;
            if (b >= 0) return (raw >>> 1) ^ -(raw & 1);
        }
        throw INVALID_RECORD.because("a number of more than 10 bytes ends at byte " + consumed() + " of the records");
    }

    void skip(int bytes) {
        int rest = bytes;
        while (rest > limit - at) {
            rest -= limit - at;
            at = limit;
            if (!load()) throw ended();
        }
        at += rest;
    }

    /** Makes the next {@code length} bytes, at most {@link #left}, lie in the window together. */
    void gather(int length) {
        if (limit - at >= length) return;
        if (unpacker == null) throw ended();
        var bytes = new byte[Math.max(windowBytes, Math.min(length, 2 * Math.max(limit - at, windowBytes)))];
        int have = moveInto(bytes);
        while (true) {
            have = fill(bytes, have);
            if (have >= length) return;
            if (have < bytes.length) throw ended();
            // A length is only a claim: memory follows the bytes that really came, so 1.5 times the record at most.
            bytes = new byte[length / 16 <= have ? length : 8 * have];
            have = moveInto(bytes);
        }
    }

    private int moveInto(byte[] bytes) {
        int have = limit - at;
        window.get(at, bytes, 0, have);
        window = ByteBuffer.wrap(bytes);
        before += at;
        at = 0;
        limit = have;
        return have;
    }

    /** Fills the window, which has been read to its end. False at the end of the batch. */
    private boolean load() {
        if (unpacker == null) return false;
        if (keep) {
            moveInto(new byte[windowBytes]);
        } else {
            before += at;
            at = 0;
            limit = 0;
        }
        return fill(window.array(), 0) > 0;
    }

    /** Unpacks behind the first {@code have} bytes until the window is full or the batch ends. */
    private int fill(byte[] bytes, int have) {
        int filled = have;
        while (filled < bytes.length) {
            int read = read(bytes, filled, bytes.length - filled);
            if (read < 0) break;
            filled += read;
        }
        limit = filled;
        return filled;
    }

    private int read(byte[] into, int from, int length) {
        if (unpacker == null) return -1;
        long allowed = cap - consumed() - from;
        int read;
        try {
            // One byte more than allowed, to tell a batch that ends at the cap from one that goes on.
            read = unpacker.read(into, from, length <= allowed ? length : (int) allowed + 1);
        } catch (IOException | RuntimeException damage) {
            throw unreadable(compression, damage);
        }
        if (read > allowed) throw tooMuch(compression, cap);
        if (read == 0) throw INVALID_RECORD.because(compression + " data of the batch yields nothing");
        return read;
    }

    private MillraceException ended() {
        return INVALID_RECORD.because("the records end at byte " + consumed() + " in the midst of a record");
    }

    static MillraceException tooMuch(Compression compression, long cap) {
        return RECORD_TOO_LARGE.because(compression + " data of the batch unpacks to more than the limit of " + cap
                + " bytes; send smaller batches or raise the limit");
    }

    private static MillraceException unreadable(Compression compression, Exception damage) {
        if (damage instanceof MillraceException refusal) return refusal;
        return new MillraceException(
                INVALID_RECORD, compression + " data of the batch cannot be unpacked: " + damage.getMessage(), damage);
    }

    @Override
    public void close() {
        if (unpacker == null) return;
        try {
            unpacker.close();
        } catch (IOException nothingToLose) {
            // It reads from memory: what was wanted from it has been read.
        }
    }
}
