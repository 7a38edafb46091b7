package io.millrace.server.client;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a topic takes, read from its description. */
final class TopicLimits {
    private static final String KEY = "max.message.bytes";
    /** Used when the description does not say it: then the broker will. */
    private static final int UNKNOWN = 100 << 20;

    private static final int BATCH_HEADER = 61;

    private TopicLimits() {}

    /** The largest batch that the topic takes, in bytes. */
    static int mostRecordBytes(Map<String, @Nullable Object> topic) {
        return topic.get("config") instanceof Map<?, ?> config
                ? amount(config.get(KEY))
                : fromList(topic.get("config"));
    }

    private static int fromList(@Nullable Object config) {
        if (config instanceof List<?> list) {
            for (var item : list) {
                if (item instanceof Map<?, ?> entry
                        && (KEY.equals(entry.get("key")) || KEY.equals(entry.get("name")))) {
                    return amount(entry);
                }
            }
        }
        return UNKNOWN;
    }

    private static int amount(@Nullable Object value) {
        var text = String.valueOf(value instanceof Map<?, ?> entry ? entry.get("value") : value);
        return text.matches("[0-9]{1,9}") ? Integer.parseInt(text) : UNKNOWN;
    }

    /** The size of a batch that holds one record without headers; a key of length -1 is none. */
    static long batchBytes(long keyLength, long valueLength) {
        long body = 4 + varint(keyLength) + Math.max(0, keyLength) + varint(valueLength) + valueLength;
        return BATCH_HEADER + varint(body) + body;
    }

    private static int varint(long value) {
        long zigzag = (value << 1) ^ (value >> 63);
        return Math.max(1, (64 - Long.numberOfLeadingZeros(zigzag) + 6) / 7);
    }
}
