package io.millrace.cluster;

import io.millrace.log.Compaction;
import io.millrace.log.FlushLevel;
import io.millrace.log.LogOptions;
import io.millrace.model.Refusal;
import io.millrace.record.Compression;
import java.util.Arrays;
import java.util.List;

/**
 * What holds for a topic: its own value, else the broker's default, else the built-in default. Ring 0.
 *
 * @param topic what the owner of the topic set
 * @param broker the defaults of this broker
 */
public record EffectiveConfig(TopicConfig topic, TopicConfig broker) {
    /** Where a value comes from. */
    public enum Source {
        TOPIC,
        BROKER_DEFAULT,
        DEFAULT
    }

    /** One value, in canonical form. */
    public record Value(ConfigKey key, String text, Source source) {}

    public Value value(ConfigKey key) {
        return topic.get(key)
                .map(text -> new Value(key, text, Source.TOPIC))
                .or(() -> broker.get(key).map(text -> new Value(key, text, Source.BROKER_DEFAULT)))
                .orElseGet(() -> new Value(key, key.defaultValue(), Source.DEFAULT));
    }

    /** Every key with its value, in the order of {@link ConfigKey}. */
    public List<Value> all() {
        return Arrays.stream(ConfigKey.values()).map(this::value).toList();
    }

    public String text(ConfigKey key) {
        return value(key).text();
    }

    /** The value of a key that is an amount. */
    public long number(ConfigKey key) {
        return Long.parseLong(text(key));
    }

    public boolean isInMemory() {
        return text(ConfigKey.STORAGE).equals("memory");
    }

    public FlushLevel flush() {
        if (isInMemory()) return FlushLevel.MEMORY;
        return switch (text(ConfigKey.FLUSH)) {
            case "interval" -> FlushLevel.INTERVAL;
            case "os" -> FlushLevel.OS;
            default -> FlushLevel.COMMIT;
        };
    }

    public boolean isLogAppendTime() {
        return text(ConfigKey.MESSAGE_TIMESTAMP_TYPE).equals("LogAppendTime");
    }

    public boolean isCompressedByProducer() {
        return text(ConfigKey.COMPRESSION_TYPE).equals("producer");
    }

    /** How a batch is to be compressed for which its producer would choose {@code byProducer}. */
    public Compression compression(Compression byProducer) {
        return switch (text(ConfigKey.COMPRESSION_TYPE)) {
            case "gzip" -> Compression.GZIP;
            case "snappy" -> Compression.SNAPPY;
            case "lz4" -> Compression.LZ4;
            case "zstd" -> Compression.ZSTD;
            case "uncompressed" -> Compression.NONE;
            default -> byProducer;
        };
    }

    public int maxMessageBytes() {
        return (int) number(ConfigKey.MAX_MESSAGE_BYTES);
    }

    public int minInSyncReplicas() {
        return (int) number(ConfigKey.MIN_INSYNC_REPLICAS);
    }

    /** Whether records with a key that a later record has are removed. */
    public boolean isCompacted() {
        return hasPolicy("compact");
    }

    private boolean hasPolicy(String word) {
        return List.of(text(ConfigKey.CLEANUP_POLICY).split(",")).contains(word);
    }

    private Compaction compaction() {
        long least = number(ConfigKey.MIN_COMPACTION_LAG_MS);
        return new Compaction(
                Double.parseDouble(text(ConfigKey.MIN_CLEANABLE_DIRTY_RATIO)),
                least,
                Math.max(least, number(ConfigKey.MAX_COMPACTION_LAG_MS)),
                number(ConfigKey.DELETE_RETENTION_MS));
    }

    /** Refuses with INVALID_ARGUMENT values that are good each by itself, and not together. */
    void check() {
        long least = number(ConfigKey.MIN_COMPACTION_LAG_MS);
        long most = number(ConfigKey.MAX_COMPACTION_LAG_MS);
        if (most >= least) return;
        throw Refusal.INVALID_ARGUMENT.because("max.compaction.lag.ms " + most + " is below min.compaction.lag.ms "
                + least + ": a record would have to be compacted before it may be");
    }

    /** How the logs of the topic are kept; whether a damaged one takes appends is the operator's, not the topic's. */
    public LogOptions logOptions(boolean allowDamaged) {
        boolean deletes = hasPolicy("delete");
        return new LogOptions(
                flush(),
                number(ConfigKey.FLUSH_MS),
                number(ConfigKey.FLUSH_BYTES),
                (int) number(ConfigKey.SEGMENT_BYTES),
                number(ConfigKey.SEGMENT_MS),
                (int) number(ConfigKey.INDEX_INTERVAL_BYTES),
                deletes ? number(ConfigKey.RETENTION_MS) : -1,
                deletes ? number(ConfigKey.RETENTION_BYTES) : -1,
                allowDamaged,
                isCompacted() ? compaction() : null);
    }
}
