package io.millrace.sim;

import io.millrace.log.FlushLevel;
import io.millrace.log.LogOptions;
import io.millrace.model.MillraceException;
import io.millrace.model.Outcome;
import io.millrace.model.PartitionId;
import io.millrace.model.Refusal;
import io.millrace.partition.Appended;
import io.millrace.partition.Fetched;
import io.millrace.record.RecordBatch;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * What the world knows of one partition, and the sentences of the durability contract about it. Every answer passes
 * through here, and so does everything that is found after a restart.
 */
final class Ledger {
    /** How a life ended. */
    enum End {
        CLEAN_STOP,
        KILL,
        POWER_CUT
    }

    final PartitionId id;
    private final History history;
    private final Map<Integer, Payload> payloads = new HashMap<>();
    private final TreeMap<Long, Payload> byOffset = new TreeMap<>();

    /** How the log is kept: more than one while a change is under way. */
    private List<LogOptions> options = List.of(LogOptions.DEFAULT);

    /** Whether the log is compacted, or was at some time. */
    private boolean compacted;

    private long changedAt;

    /** Nobody may find the log begin below. */
    private long startAcked;
    /** The log may begin here, if somebody asked for it. */
    private long startAsked;
    /** The log may begin here, because of retention. */
    private long startExpired;
    /** A truncation to this offset has begun. */
    private long cutAt = Long.MAX_VALUE;

    private long start;
    private long highWatermark;

    Ledger(PartitionId id, History history) {
        this.id = id;
        this.history = history;
    }

    /** The topic is kept in another way from some moment soon. */
    void changes(LogOptions changed) {
        compacted |= changed.isCompacted();
        var both = new ArrayList<>(options);
        both.add(changed);
        options = both;
    }

    /** All changes that were begun are done. */
    void changed(LogOptions changed, long now) {
        compacted |= changed.isCompacted();
        if (options.equals(List.of(changed))) return;
        options = List.of(changed);
        changedAt = now;
    }

    boolean mayBeCompacted() {
        return compacted;
    }

    boolean isCommit() {
        return options.stream().allMatch(possible -> possible.flush() == FlushLevel.COMMIT);
    }

    // What clients do.

    void sent(Payload payload) {
        payloads.put(payload.number, payload);
        payload.inFlight++;
        if (!isCommit()) payload.weak = true;
    }

    void acked(Payload payload, Appended answer, boolean promised, long now) {
        payload.inFlight--;
        require(
                payload.offset < 0 || payload.offset == answer.baseOffset(),
                "S7: " + payload + " is told to lie at " + answer.baseOffset());
        if (!promised) {
            payload.open = true;
            return;
        }
        require(!payload.lost, "S7: " + payload + " is acknowledged as a duplicate, and is lost");
        place(payload, answer.baseOffset());
        require(
                answer.baseOffset() + payload.count <= Math.max(highWatermark, payload.end()),
                payload + " acknowledged above the high watermark");
        payload.acked = true;
        payload.ackedAt = now;
        if (!isCommit()) payload.weak = true;
        if (!payload.weak) payload.safe = true;
    }

    /** Returns whether the answer leaves open what became of the payload. */
    boolean refused(Payload payload, Throwable cause) {
        payload.inFlight--;
        if (!(cause instanceof MillraceException refusal)) throw broken("S11: an answer without a refusal: " + cause);
        if (refusal.refusal().outcome() == Outcome.UNKNOWN) payload.open = true;
        return refusal.refusal().outcome() == Outcome.UNKNOWN;
    }

    /** Answers that the dead process owed never come. */
    void died() {
        for (var payload : payloads.values()) {
            if (payload.inFlight > 0) payload.open = true;
            payload.inFlight = 0;
        }
    }

    void deleteAsked(long offset) {
        startAsked = Math.max(startAsked, offset);
    }

    void deleted(long newStart) {
        startAcked = Math.max(startAcked, newStart);
    }

    void truncationBegins(long offset) {
        cutAt = Math.min(cutAt, offset);
    }

    /** The log ends at {@code offset} now, and what was behind it is gone. */
    void truncated(long offset) {
        cutAt = Long.MAX_VALUE;
        for (var gone : new ArrayList<>(byOffset.tailMap(offset).values())) lose(gone);
        for (var payload : payloads.values()) {
            if (payload.offset < 0 && payload.open) payload.lost = true;
        }
    }

    void settled(long now) {
        if (options.stream().anyMatch(possible -> possible.flush() == FlushLevel.OS)) return;
        long flushMillis =
                options.stream().mapToLong(LogOptions::flushMillis).max().orElseThrow();
        if (changedAt > now - flushMillis) return;
        for (var payload : payloads.values()) {
            if (payload.acked && payload.ackedAt <= now - flushMillis) payload.safe = true;
        }
    }

    // What clients see.

    void offsets(long seenStart, long seenHighWatermark) {
        require(seenStart >= start, "log start goes back from " + start + " to " + seenStart);
        require(
                seenHighWatermark >= highWatermark,
                "the high watermark goes back from " + highWatermark + " to " + seenHighWatermark);
        checkStart(seenStart);
        start = seenStart;
        highWatermark = seenHighWatermark;
    }

    private void checkStart(long found) {
        long allowed = Math.max(startAsked, startExpired);
        require(found <= allowed, "S12: the log begins at " + found + ", and at most " + allowed + " was allowed");
    }

    /** What retention may delete at the moment, by the true time and by size. */
    void mayExpire(long trueMillis, long from, long end, long bytes) {
        long left = bytes;
        long expired = startExpired;
        for (var payload : byOffset.values()) {
            if (payload.end() <= from) continue;
            left -= payload.encode().remaining();
            if (!mayGo(payload, trueMillis, left) && !isSuperseded(payload)) break;
            var next = byOffset.higherKey(payload.offset);
            expired = next == null ? end : next;
        }
        startExpired = Math.max(startExpired, expired);
    }

    private boolean mayGo(Payload payload, long trueMillis, long left) {
        for (var possible : options) {
            long millis = possible.retentionMillis();
            if (millis >= 0 && payload.timestamp < trueMillis - millis) return true;
            // What compaction has left takes less than what was sent.
            if (possible.retentionBytes() >= 0 && (compacted || left >= possible.retentionBytes())) return true;
        }
        return false;
    }

    void read(long from, Fetched fetched) {
        offsets(fetched.start(), fetched.highWatermark());
        seen(from, fetched.batches(), fetched.highWatermark());
    }

    private void seen(long from, ByteBuffer batches, long upTo) {
        long next = -1;
        for (int at = batches.position(); at < batches.limit(); ) {
            var batch = RecordBatch.at(batches, at);
            require(
                    next < 0
                            ? (compacted || batch.baseOffset() <= from) && batch.nextOffset() > from
                            : batch.baseOffset() == next,
                    "a read from " + from + " gives " + batch + (next < 0 ? " first" : " after offset " + next));
            require(batch.nextOffset() <= upTo, "S5: " + batch + " is served above the high watermark " + upTo);
            if (batch.count() > 0 || !compacted) see(batch);
            next = batch.nextOffset();
            at += batch.sizeInBytes();
        }
    }

    private Payload see(RecordBatch batch) {
        require(batch.isValid(), "a wrong byte is served: " + batch);
        var payload = payloads.get(Payload.numberIn(batch));
        require(
                payload != null && (payload.isIn(batch) || (compacted && payload.isPartlyIn(batch))),
                "a wrong byte is served: " + batch);
        require(!payload.rotten, "R3: a rotten batch is served: " + payload);
        require(
                payload.acked || payload.open || payload.inFlight > 0 || payload.offset >= 0,
                "S11: was refused for sure, and is there: " + payload);
        place(payload, batch.baseOffset());
        if (!payload.weak) payload.safe = true;
        return payload;
    }

    private void place(Payload payload, long offset) {
        require(
                payload.offset < 0 || payload.offset == offset,
                "S7: " + payload + " is there a second time, at " + offset);
        var other = byOffset.get(offset);
        require(other == null || other == payload, "two at one offset: " + payload + " and " + other);
        payload.offset = offset;
        payload.lost = false;
        byOffset.put(offset, payload);
    }

    // What a restart finds.

    /**
     * The node is up again.
     *
     * @param contents all batches of the log, each checked by itself; what cannot be read is left out
     */
    void restarted(End how, long foundStart, long foundEnd, boolean damaged, List<RecordBatch> contents) {
        require(foundStart >= startAcked, "the log begins at " + foundStart + " although " + startAcked + " was acked");
        checkStart(foundStart);
        boolean rotten = payloads.values().stream().anyMatch(payload -> payload.rotten);
        require(rotten || !damaged, "the log is called damaged, and nobody touched it");
        var found = new HashSet<Payload>();
        var left = new HashMap<Payload, RecordBatch>();
        long next = contents.isEmpty() ? foundEnd : contents.get(0).baseOffset();
        require(
                rotten || compacted || next <= foundStart || next == foundEnd,
                "a hole from " + foundStart + " to " + next);
        for (var batch : contents) {
            require(
                    rotten || batch.baseOffset() == next || (compacted && batch.baseOffset() > next),
                    "a hole from " + next + " to " + batch.baseOffset());
            next = batch.nextOffset();
            if (batch.count() == 0 && compacted) continue;
            var payload = see(batch);
            found.add(payload);
            left.put(payload, batch);
            payload.safe = true;
        }
        left.forEach(this::checkLeft);
        require(rotten || next == foundEnd, "the log ends at " + foundEnd + " and its last batch at " + next);
        long rotFrom = firstRot();
        for (var known : new ArrayList<>(byOffset.values())) {
            if (known.end() <= foundStart || found.contains(known) || mayBeUnreadable(known, foundEnd)) continue;
            if (compacted && isSuperseded(known) && known.end() <= foundEnd) continue;
            boolean promised = how == End.POWER_CUT ? known.safe : true;
            require(
                    !promised || known.offset >= cutAt || (how == End.POWER_CUT && known.offset >= rotFrom),
                    (how == End.POWER_CUT ? "S2/S3/S5: lost at a power cut: " : "S2/S5: lost after " + how + ": ")
                            + known);
            require(known.offset >= foundEnd, "S3/S4: not a suffix is missing, but " + known);
            lose(known);
        }
        for (var payload : payloads.values()) {
            if (payload.offset >= 0) continue;
            if (!rotten) payload.open = false;
            payload.weak = false;
        }
        cutAt = Long.MAX_VALUE;
        start = foundStart;
        highWatermark = foundEnd;
    }

    /** Records that compaction took out of a batch have a younger one with their key. */
    private void checkLeft(Payload payload, RecordBatch batch) {
        if (batch.count() == payload.count) return;
        var offsets = new HashSet<Long>();
        try (var records = batch.records(1 << 20)) {
            while (records.next()) offsets.add(records.offset());
        }
        for (int n = 0; n < payload.count; n++) {
            require(
                    offsets.contains(payload.offset + n) || isSuperseded(payload, n),
                    "record " + n + " is gone, and nothing younger has its key: " + payload);
        }
    }

    private boolean isSuperseded(Payload payload) {
        if (payload.keys == 0) return false;
        for (int n = 0; n < payload.count; n++) if (!isSuperseded(payload, n)) return false;
        return true;
    }

    private boolean isSuperseded(Payload payload, int n) {
        for (int later = n + 1; later < payload.count; later++) {
            if (payload.keyOf(later).equals(payload.keyOf(n))) return true;
        }
        for (var later : byOffset.tailMap(payload.offset, false).values()) {
            for (int m = 0; m < later.count; m++) if (later.keyOf(m).equals(payload.keyOf(n))) return true;
        }
        return false;
    }

    private boolean mayBeUnreadable(Payload payload, long foundEnd) {
        return payload.offset < foundEnd && isBehindRot(payload.offset);
    }

    /** The durable mark is never synced for its own sake: rot and a power cut together look like a torn tail (R2). */
    private long firstRot() {
        for (var payload : byOffset.values()) if (payload.rotten) return payload.offset;
        return Long.MAX_VALUE;
    }

    /** Whether an offset lies so near behind a batch whose length may be wrong that it may be out of reach. */
    boolean isBehindRot(long offset) {
        long bytes = 0;
        for (var before : byOffset.headMap(offset, true).descendingMap().values()) {
            if (before.rotten) return true;
            bytes += before.encode().remaining();
            if (bytes > 4096) return false;
        }
        return false;
    }

    private void lose(Payload payload) {
        byOffset.remove(payload.offset);
        payload.offset = Payload.NOWHERE;
        payload.acked = false;
        payload.safe = false;
        payload.open = false;
        payload.rotten = false;
        payload.lost = true;
    }

    boolean hasRot() {
        return payloads.values().stream().anyMatch(payload -> payload.rotten);
    }

    NavigableMap<Long, Payload> byOffset() {
        return byOffset;
    }

    Iterable<Payload> payloads() {
        return payloads.values();
    }

    long highWatermark() {
        return highWatermark;
    }

    long start() {
        return start;
    }

    /** A read failed. It may do so below the start, and where the bytes are rotten. */
    void readFailed(long from, Throwable cause, long nowStart) {
        var refusal = cause instanceof MillraceException no ? no.refusal() : null;
        if (refusal == Refusal.OFFSET_OUT_OF_RANGE) {
            require(
                    from < nowStart || from > highWatermark || !byOffset.containsKey(from),
                    "offset " + from + " is out of range between " + nowStart + " and " + highWatermark);
        } else if (refusal == Refusal.CORRUPT_MESSAGE) {
            require(isBehindRot(from), "CORRUPT_MESSAGE at " + from + ", where nobody touched anything: " + cause);
        } else {
            throw broken("a read of " + from + " fails: " + cause);
        }
    }

    private void require(boolean true_, String sentence) {
        if (!true_) throw broken(sentence);
    }

    AssertionError broken(String sentence) {
        return history.broken(id + ": " + sentence);
    }
}
