package io.millrace.cluster;

import static io.millrace.cluster.ConfigType.Unit.BYTES;
import static io.millrace.cluster.ConfigType.Unit.COUNT;
import static io.millrace.cluster.ConfigType.Unit.MILLISECONDS;

import io.millrace.model.MillraceException;
import io.millrace.model.Refusal;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Everything that can be configured for a topic. Where Kafka has the key, name and meaning are Kafka's. Ring 0. */
public enum ConfigKey {
    STORAGE(
            "storage",
            choice("segments", "memory"),
            "segments",
            "Where records are kept; fixed when a topic is created"),
    FLUSH(
            "flush",
            choice("commit", "interval", "os"),
            "commit",
            "When a record counts as stored: synced, synced every flush.ms, or when the operating system likes"),
    FLUSH_MS(
            "flush.ms",
            amount(MILLISECONDS, 1, ConfigKey.HOUR),
            "100",
            "With flush=interval: the longest time a record stays unsynced"),
    FLUSH_BYTES(
            "flush.bytes",
            amount(BYTES, 1, 1L << 30),
            "8388608",
            "With flush=interval: the most bytes that stay unsynced"),
    SEGMENT_BYTES(
            "segment.bytes",
            amount(BYTES, 1024, 1 << 30),
            "1073741824",
            "A segment is closed before it grows over this size"),
    SEGMENT_MS(
            "segment.ms",
            amount(MILLISECONDS, 1, ConfigKey.CENTURY),
            "604800000",
            "A segment is closed when its first record is this old"),
    INDEX_INTERVAL_BYTES(
            "index.interval.bytes",
            amount(BYTES, 0, 1L << 30),
            "4096",
            "Bytes of batches between two entries of the offset index"),
    RETENTION_MS(
            "retention.ms",
            amount(MILLISECONDS, -1, ConfigKey.CENTURY),
            "604800000",
            "Closed segments whose newest record is older are deleted; -1 keeps them"),
    RETENTION_BYTES(
            "retention.bytes",
            amount(BYTES, -1, 1L << 60),
            "-1",
            "The oldest closed segments of a partition are deleted while it is larger; -1 keeps them"),
    MAX_MESSAGE_BYTES(
            "max.message.bytes",
            amount(BYTES, 128, 100L << 20),
            "1048588",
            "The largest record batch that is taken, as sent"),
    COMPRESSION_TYPE(
            "compression.type",
            choice("producer", "uncompressed", "gzip", "snappy", "lz4", "zstd"),
            "producer",
            "How batches are compressed on disk; producer keeps them as they come"),
    MESSAGE_TIMESTAMP_TYPE(
            "message.timestamp.type",
            choice("CreateTime", "LogAppendTime"),
            "CreateTime",
            "Whether the time of a record is the producer's or the broker's"),
    MIN_INSYNC_REPLICAS(
            "min.insync.replicas",
            amount(COUNT, 1, ConfigKey.MOST_REPLICAS),
            "1",
            "Replicas that must have a record before acks=all is answered"),
    CLEANUP_POLICY(
            "cleanup.policy",
            new ConfigType.Words(List.of("compact", "delete")),
            "delete",
            "Whether old segments are deleted, or compacted to the last record of each key, or both"),
    MIN_CLEANABLE_DIRTY_RATIO(
            "min.cleanable.dirty.ratio",
            new ConfigType.Ratio(),
            "0.5",
            "With compaction: it begins when more than this part of a partition has not been compacted"),
    MIN_COMPACTION_LAG_MS(
            "min.compaction.lag.ms",
            amount(MILLISECONDS, 0, Long.MAX_VALUE),
            "0",
            "With compaction: a record stays at least this long"),
    MAX_COMPACTION_LAG_MS(
            "max.compaction.lag.ms",
            amount(MILLISECONDS, 1, Long.MAX_VALUE),
            "9223372036854775807",
            "With compaction: a record is compacted when it is this old, whatever the dirty ratio"),
    DELETE_RETENTION_MS(
            "delete.retention.ms",
            amount(MILLISECONDS, 0, Long.MAX_VALUE),
            "86400000",
            "With compaction: how long a record without value, which deletes its key, can still be read"),
    IDEMPOTENCY_WINDOW_MS(
            "idempotency.window.ms",
            amount(MILLISECONDS, 1, 7 * 24 * ConfigKey.HOUR),
            "600000",
            "How long an idempotency key is remembered"),
    IDEMPOTENCY_KEYS_MAX(
            "idempotency.keys.max",
            amount(COUNT, 1, 10_000_000),
            "100000",
            "The most idempotency keys a partition remembers");

    private static final long HOUR = 3_600_000L;
    private static final long CENTURY = 36_525 * 24 * HOUR;
    private static final int MOST_REPLICAS = 16;
    /** The name that the durability contract uses for {@link #FLUSH}. */
    private static final String FLUSH_ALIAS = "storage.flush";

    private static final List<String> NAMES =
            Arrays.stream(values()).map(ConfigKey::key).toList();

    private final String key;

    @SuppressWarnings("ImmutableEnumChecker") // both kinds of it are immutable
    private final ConfigType type;

    private final String fallback;
    private final String doc;

    ConfigKey(String key, ConfigType type, String fallback, String doc) {
        this.key = key;
        this.type = type;
        this.fallback = fallback;
        this.doc = doc;
    }

    /** The name as users write it. */
    public String key() {
        return key;
    }

    public ConfigType type() {
        return type;
    }

    /** The value where neither the topic nor the broker has one, in canonical form. */
    public String defaultValue() {
        return fallback;
    }

    /** One line for people. */
    public String doc() {
        return doc;
    }

    /** The key of that name, if there is one. */
    public static Optional<ConfigKey> find(String name) {
        if (name.equals(FLUSH_ALIAS)) return Optional.of(FLUSH);
        return Arrays.stream(values()).filter(key -> key.key.equals(name)).findFirst();
    }

    /** The key of that name; INVALID_ARGUMENT with the nearest names if there is none. */
    public static ConfigKey of(String name) {
        return find(name).orElseThrow(() -> unknown(name));
    }

    /** The canonical text of a value; INVALID_ARGUMENT if it is none. */
    public String parse(String text) {
        return type.parse(key, text.strip());
    }

    private static MillraceException unknown(String name) {
        var near = NearNames.of(name, NAMES, 3);
        return Refusal.INVALID_ARGUMENT.because("there is no configuration key " + NearNames.quoted(name)
                + (near.isEmpty()
                        ? "; the keys are " + String.join(", ", NAMES)
                        : "; nearest: " + String.join(", ", near)));
    }

    private static ConfigType choice(String... words) {
        return new ConfigType.Choice(List.of(words));
    }

    private static ConfigType amount(ConfigType.Unit unit, long least, long most) {
        return new ConfigType.Amount(unit, least, most);
    }
}
