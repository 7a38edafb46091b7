package io.millrace.gateway.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.partition.Acks;
import io.millrace.partition.IdempotencyKey;
import io.millrace.record.RecordHeader;
import io.vertx.core.MultiMap;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the headers of a publish say about it, read in one go. */
final class PublishHead {
    private static final String RECORD_HEADER = "record-header-";

    MediaType type = MediaType.parse(null);

    @Nullable
    String contentType;

    Acks acks = Acks.ALL;
    byte @Nullable [] key;
    int partition = -1;
    long timestamp = -1;

    @Nullable
    String id;

    @Nullable
    String idempotencyKey;

    List<RecordHeader> headers = List.of();

    /** Whether a header was given that describes one record. */
    boolean describesRecord;

    private PublishHead() {}

    static PublishHead of(MultiMap headers) {
        var head = new PublishHead();
        for (Map.Entry<String, String> header : headers) head.read(header.getKey(), header.getValue());
        return head;
    }

    private void read(String name, String value) {
        // Three quarters of the headers of the world end here.
        switch (name.charAt(0) | 0x20) {
            case 'a' -> {
                if (name.equalsIgnoreCase("acks")) acks = acks(value);
            }
            case 'c' -> {
                if (name.equalsIgnoreCase("content-type")) {
                    contentType = value;
                    type = MediaType.parse(value);
                } else if (name.equalsIgnoreCase("ce-specversion")) {
                    throw Problem.unsupportedType("CloudEvents are not served yet")
                            .asException();
                }
            }
            case 'i' -> {
                if (name.equalsIgnoreCase("idempotency-key")) idempotencyKey = idempotencyKey(value);
            }
            case 'r' -> {
                if (name.regionMatches(true, 0, "record-", 0, 7)) record(name.toLowerCase(Locale.ROOT), value);
            }
            case 't' -> {
                if (name.equalsIgnoreCase("transaction-id")) {
                    throw Problem.invalid("Transaction-Id", "transactions are not served yet")
                            .asException();
                }
            }
            default -> {}
        }
    }

    private void record(String name, String value) {
        describesRecord = true;
        if (name.startsWith(RECORD_HEADER)) {
            // Names of headers have no case, and other versions of HTTP send them in lower case.
            var own = name.substring(RECORD_HEADER.length());
            var refusal = RecordForm.refusalOfName(own);
            if (refusal != null) throw Problem.invalid(name, refusal).asException();
            if (headers.isEmpty()) headers = new ArrayList<>(4);
            headers.add(new RecordHeader(own, ByteBuffer.wrap(bytes(value))));
            return;
        }
        switch (name) {
            case "record-key" -> key = bytes(value);
            case "record-id" -> {
                id = text(value);
                if (id.isEmpty() || id.length() > RecordForm.MAX_ID_LENGTH) {
                    throw Problem.invalid("Record-Id", "an id has 1 to " + RecordForm.MAX_ID_LENGTH + " characters")
                            .asException();
                }
            }
            case "record-partition" -> partition = partition(value);
            case "record-timestamp" -> {
                timestamp = Times.parse(value);
                if (timestamp < 0) {
                    throw Problem.invalid("Record-Timestamp", "a timestamp is an RFC 3339 time since 1970")
                            .asException();
                }
            }
            default -> throw Problem.invalid(name, "this header is not served").asException();
        }
    }

    static Acks acks(String value) {
        return switch (value) {
            case "0" -> Acks.NONE;
            case "1" -> Acks.LEADER;
            case "all" -> Acks.ALL;
            default -> throw Problem.invalid("Acks", "Acks is 0, 1 or all").asException();
        };
    }

    static int partition(String value) {
        try {
            int partition = Integer.parseInt(value);
            if (partition >= 0) return partition;
        } catch (NumberFormatException no) {
            // Refused below.
        }
        throw Problem.invalid("Record-Partition", "a partition is a number from 0")
                .asException();
    }

    private static String idempotencyKey(String value) {
        // The draft has a quoted string here; most clients send the bare one.
        var bare = value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"")
                ? value.substring(1, value.length() - 1)
                : value;
        var text = text(bare);
        int length = text.getBytes(UTF_8).length;
        if (length < 1 || length > IdempotencyKey.MAX_KEY_BYTES) {
            throw Problem.invalid(
                            "Idempotency-Key", "an idempotency key has 1 to " + IdempotencyKey.MAX_KEY_BYTES + " bytes")
                    .asException();
        }
        return text;
    }

    /** Header values are bytes that HTTP shows as Latin-1. */
    private static byte[] bytes(String value) {
        return value.getBytes(ISO_8859_1);
    }

    private static String text(String value) {
        var bytes = bytes(value);
        return JsonReader.firstWrongUtf8(bytes, 0, bytes.length) < 0 ? new String(bytes, UTF_8) : value;
    }
}
