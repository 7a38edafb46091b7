package io.millrace;

import io.millrace.config.JsonShape;
import io.millrace.config.Limits;
import io.millrace.partition.Acks;
import io.millrace.record.Compression;
import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** How a producer sends. */
@DataObject
@JsonGen(publicConverter = false)
public class ProducerOptions {
    public static final Acks DEFAULT_ACKS = Acks.ALL;
    public static final int DEFAULT_BATCH_BYTES = 16_384;
    public static final int DEFAULT_MAX_BATCH_BYTES = 1_000_000;
    public static final long DEFAULT_LINGER_MILLIS = 0;
    public static final int DEFAULT_BUFFER_BYTES = 32 << 20;
    public static final long DEFAULT_DELIVERY_TIMEOUT_MILLIS = 120_000;
    public static final long DEFAULT_RETRY_BACKOFF_MILLIS = 1000;
    public static final long DEFAULT_MAX_RETRY_BACKOFF_MILLIS = 30_000;
    public static final int DEFAULT_MAX_IN_FLIGHT = 5;
    public static final Compression DEFAULT_COMPRESSION = Compression.NONE;
    public static final boolean DEFAULT_IDEMPOTENT = true;
    public static final boolean DEFAULT_ASSIGN_IDS = false;

    static final JsonShape SHAPE = JsonShape.of("ProducerOptions")
            .text("topic")
            .constant(Acks.class, "acks")
            .constant(Compression.class, "compression")
            .ints("batchBytes", "maxBatchBytes", "bufferBytes", "maxInFlight")
            .longs("lingerMillis", "deliveryTimeoutMillis", "retryBackoffMillis", "maxRetryBackoffMillis")
            .booleans("idempotent", "assignIds");

    private @Nullable String topic;
    private Acks acks = DEFAULT_ACKS;
    private int batchBytes = DEFAULT_BATCH_BYTES;
    private int maxBatchBytes = DEFAULT_MAX_BATCH_BYTES;
    private long lingerMillis = DEFAULT_LINGER_MILLIS;
    private int bufferBytes = DEFAULT_BUFFER_BYTES;
    private long deliveryTimeoutMillis = DEFAULT_DELIVERY_TIMEOUT_MILLIS;
    private long retryBackoffMillis = DEFAULT_RETRY_BACKOFF_MILLIS;
    private long maxRetryBackoffMillis = DEFAULT_MAX_RETRY_BACKOFF_MILLIS;
    private int maxInFlight = DEFAULT_MAX_IN_FLIGHT;
    private Compression compression = DEFAULT_COMPRESSION;
    private boolean idempotent = DEFAULT_IDEMPOTENT;
    private boolean assignIds = DEFAULT_ASSIGN_IDS;

    public ProducerOptions() {}

    public ProducerOptions(ProducerOptions other) {
        this.topic = other.topic;
        this.acks = other.acks;
        this.batchBytes = other.batchBytes;
        this.maxBatchBytes = other.maxBatchBytes;
        this.lingerMillis = other.lingerMillis;
        this.bufferBytes = other.bufferBytes;
        this.deliveryTimeoutMillis = other.deliveryTimeoutMillis;
        this.retryBackoffMillis = other.retryBackoffMillis;
        this.maxRetryBackoffMillis = other.maxRetryBackoffMillis;
        this.maxInFlight = other.maxInFlight;
        this.compression = other.compression;
        this.idempotent = other.idempotent;
        this.assignIds = other.assignIds;
    }

    /** Throws {@link IllegalArgumentException} for an unknown key, a wrong type, or a value outside its limits. */
    @SuppressWarnings("this-escape")
    public ProducerOptions(JsonObject json) {
        ProducerOptionsConverter.fromJson(SHAPE.check(json), this);
    }

    public JsonObject toJson() {
        var json = new JsonObject();
        ProducerOptionsConverter.toJson(this, json);
        return json;
    }

    /** The topic, which must be given. */
    public @Nullable String getTopic() {
        return topic;
    }

    public ProducerOptions setTopic(@Nullable String topic) {
        this.topic = topic == null ? null : Limits.notEmpty("topic", topic);
        return this;
    }

    /** What a record waits for, unless it says so itself. */
    public Acks getAcks() {
        return acks;
    }

    public ProducerOptions setAcks(Acks acks) {
        this.acks = acks;
        return this;
    }

    /** A batch of this size leaves without waiting for more. */
    public int getBatchBytes() {
        return batchBytes;
    }

    public ProducerOptions setBatchBytes(int batchBytes) {
        this.batchBytes = Limits.between(1, 1 << 30, "batchBytes", batchBytes);
        return this;
    }

    /** The size that a batch may grow to while it waits for its turn. */
    public int getMaxBatchBytes() {
        return maxBatchBytes;
    }

    public ProducerOptions setMaxBatchBytes(int maxBatchBytes) {
        this.maxBatchBytes = Limits.between(1, 1 << 30, "maxBatchBytes", maxBatchBytes);
        return this;
    }

    /** How long a record may wait for company; 0 sends at the end of the current turn of the event loop. */
    public long getLingerMillis() {
        return lingerMillis;
    }

    public ProducerOptions setLingerMillis(long lingerMillis) {
        this.lingerMillis = Limits.between(0, 60_000, "lingerMillis", lingerMillis);
        return this;
    }

    /** Unacknowledged bytes at which the write queue is full; twice as much is refused with BUFFER_FULL. */
    public int getBufferBytes() {
        return bufferBytes;
    }

    public ProducerOptions setBufferBytes(int bufferBytes) {
        this.bufferBytes = Limits.between(1, 1 << 30, "bufferBytes", bufferBytes);
        return this;
    }

    /** When a record is given up, counted from its sending. */
    public long getDeliveryTimeoutMillis() {
        return deliveryTimeoutMillis;
    }

    public ProducerOptions setDeliveryTimeoutMillis(long deliveryTimeoutMillis) {
        this.deliveryTimeoutMillis =
                Limits.between(1, Long.MAX_VALUE / 4, "deliveryTimeoutMillis", deliveryTimeoutMillis);
        return this;
    }

    /** The wait before the first retry; it doubles with each further one, give or take a fifth. */
    public long getRetryBackoffMillis() {
        return retryBackoffMillis;
    }

    public ProducerOptions setRetryBackoffMillis(long retryBackoffMillis) {
        this.retryBackoffMillis = Limits.between(1, 3_600_000, "retryBackoffMillis", retryBackoffMillis);
        return this;
    }

    /** The longest wait before a retry. */
    public long getMaxRetryBackoffMillis() {
        return maxRetryBackoffMillis;
    }

    public ProducerOptions setMaxRetryBackoffMillis(long maxRetryBackoffMillis) {
        this.maxRetryBackoffMillis = Limits.between(1, 3_600_000, "maxRetryBackoffMillis", maxRetryBackoffMillis);
        return this;
    }

    /** Batches of one partition that may be under way at once. */
    public int getMaxInFlight() {
        return maxInFlight;
    }

    public ProducerOptions setMaxInFlight(int maxInFlight) {
        this.maxInFlight = Limits.between(1, 5, "maxInFlight", maxInFlight);
        return this;
    }

    /** How batches are packed; all but none and gzip need a jar of their own. */
    public Compression getCompression() {
        return compression;
    }

    public ProducerOptions setCompression(Compression compression) {
        this.compression = compression;
        return this;
    }

    /** Whether a batch that is sent again is stored once. */
    public boolean isIdempotent() {
        return idempotent;
    }

    public ProducerOptions setIdempotent(boolean idempotent) {
        this.idempotent = idempotent;
        return this;
    }

    /** Whether records without an id get one, as a header. */
    public boolean isAssignIds() {
        return assignIds;
    }

    public ProducerOptions setAssignIds(boolean assignIds) {
        this.assignIds = assignIds;
        return this;
    }
}
