package io.millrace.sim;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.millrace.partition.IdempotencyKey;
import io.millrace.record.RecordBatch;
import io.millrace.record.RecordBatchBuilder;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * One batch that some client wants stored, once, in one partition, and what is known of its fate. Its bytes follow from
 * its number, so that wrong ones are known for wrong.
 */
final class Payload {
    static final long NOWHERE = -1;

    final int number;
    final int count;
    final int fill;
    final long timestamp;
    final long producerId;
    final int sequence;
    final String key;
    /** Of how many record keys its records have some; 0 if they have none. */
    final int keys;

    /** Attempts whose answer is still to come. */
    int inFlight;
    /** Whether an attempt ended without a definite answer, so that it may be stored. */
    boolean open;
    /** Whether a success was answered that promises something. */
    boolean acked;
    /** Where it lies, as soon as anybody was told or saw it. */
    long offset = NOWHERE;
    /** Whether a power cut may not take it. */
    boolean safe;
    /** Simulated time of the answer, in milliseconds. */
    long ackedAt;
    /** Whether every sync that could have covered it was promised by its topic. */
    boolean weak;
    /** It was there, and a crash of a kind that nobody promised anything for, or a truncation, took it. */
    boolean lost;
    /** Somebody turned a bit of it. */
    boolean rotten;

    Payload(int number, int count, int fill, long timestamp, long producerId, int sequence, String key, int keys) {
        this.number = number;
        this.count = count;
        this.fill = fill;
        this.timestamp = timestamp;
        this.producerId = producerId;
        this.sequence = sequence;
        this.key = key;
        this.keys = keys;
    }

    /** A new batch, as a client would send it. */
    ByteBuffer encode() {
        var builder = new RecordBatchBuilder();
        if (producerId >= 0) builder.producer(producerId, (short) 0, sequence);
        for (int n = 0; n < count; n++) {
            var value = ByteBuffer.wrap(value(n));
            builder.append(
                    timestamp,
                    recordKey(n),
                    value,
                    key == null ? List.of() : new IdempotencyKey(key, number).headers());
        }
        return builder.build();
    }

    private ByteBuffer recordKey(int n) {
        return keys == 0 ? null : US_ASCII.encode(keyOf(n));
    }

    /** The key of one of its records, which compaction goes by. */
    String keyOf(int n) {
        return "key " + (number * 7 + n * 3) % keys;
    }

    private byte[] value(int n) {
        var name = (number + "." + n + ":").getBytes(US_ASCII);
        var bytes = new byte[name.length + fill];
        System.arraycopy(name, 0, bytes, 0, name.length);
        for (int at = name.length; at < bytes.length; at++) bytes[at] = (byte) ('a' + (number + n + at) % 26);
        return bytes;
    }

    /** The number of the payload that a stored batch claims to be; -1 if it is none. */
    static int numberIn(RecordBatch batch) {
        try (var records = batch.records(1 << 20)) {
            if (!records.next()) return -1;
            var text = US_ASCII.decode(records.value()).toString();
            return Integer.parseInt(text.substring(0, text.indexOf('.')));
        }
    }

    /** Whether a stored batch holds this, wholly and nothing else. */
    boolean isIn(RecordBatch batch) {
        var mine = RecordBatch.of(encode());
        return batch.isValid() && batch.count() == count && batch.crc() == mine.crc();
    }

    /** Whether a stored batch holds some records of this, each at its place, and nothing else. */
    boolean isPartlyIn(RecordBatch batch) {
        if (!batch.isValid() || batch.lastOffsetDelta() != count - 1) return false;
        try (var records = batch.records(1 << 20)) {
            while (records.next()) {
                int n = (int) (records.offset() - batch.baseOffset());
                boolean same = n < count
                        && ByteBuffer.wrap(value(n)).equals(records.value())
                        && recordKey(n).equals(records.key())
                        && records.timestamp() == timestamp;
                if (!same) return false;
            }
        }
        return true;
    }

    long end() {
        return offset + count;
    }

    @Override
    public String toString() {
        return "payload " + number + " (" + count + " records" + (offset < 0 ? "" : " at " + offset)
                + (producerId < 0 ? "" : ", producer " + producerId + " sequence " + sequence)
                + (key == null ? "" : ", key " + key)
                + (acked ? ", acked" : "")
                + (safe ? ", safe" : "")
                + (open ? ", open" : "")
                + (inFlight > 0 ? ", in flight" : "")
                + (rotten ? ", rotten" : "")
                + (lost ? ", lost" : "") + ")";
    }
}
