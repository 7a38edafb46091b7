package io.millrace;

import io.millrace.config.JsonShape;
import io.millrace.config.Limits;
import io.millrace.consume.OnFailure;
import io.millrace.consume.ProcessingOrder;
import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How a durable event bus uses topics and groups. */
@DataObject
@JsonGen(publicConverter = false)
public class DurableEventBusOptions {
    public static final String DEFAULT_PREFIX = "bus";
    public static final int DEFAULT_PARTITIONS = 1;
    public static final int DEFAULT_MAX_ADDRESSES = 1_000;
    public static final int DEFAULT_MAX_REQUESTS = 10_000;

    static final JsonShape SHAPE = JsonShape.of("DurableEventBusOptions")
            .text("service", "prefix", "keyHeader", "from")
            .textMaps("topicConfig")
            .ints(
                    "partitions",
                    "maxAddresses",
                    "maxRequests",
                    "concurrency",
                    "maxAttempts",
                    "sessionTimeoutMillis",
                    "processingTimeoutMillis")
            .constant(ProcessingOrder.class, "order")
            .constant(OnFailure.class, "onFailure")
            .constant(OnFailure.class, "onLastFailure");

    private @Nullable String service;
    private String prefix = DEFAULT_PREFIX;
    private int partitions = DEFAULT_PARTITIONS;
    private Map<String, String> topicConfig = Map.of();
    private @Nullable String keyHeader;
    private Position from = Position.earliest();
    private int maxAddresses = DEFAULT_MAX_ADDRESSES;
    private int maxRequests = DEFAULT_MAX_REQUESTS;
    private ProcessingOrder order = ConsumerOptions.DEFAULT_ORDER;
    private int concurrency = ConsumerOptions.DEFAULT_CONCURRENCY;
    private OnFailure onFailure = ConsumerOptions.DEFAULT_ON_FAILURE;
    private int maxAttempts = ConsumerOptions.DEFAULT_MAX_ATTEMPTS;
    private OnFailure onLastFailure = ConsumerOptions.DEFAULT_ON_LAST_FAILURE;
    private int sessionTimeoutMillis = ConsumerOptions.DEFAULT_SESSION_TIMEOUT_MILLIS;
    private int processingTimeoutMillis = ConsumerOptions.DEFAULT_PROCESSING_TIMEOUT_MILLIS;

    public DurableEventBusOptions() {}

    public DurableEventBusOptions(DurableEventBusOptions other) {
        this.service = other.service;
        this.prefix = other.prefix;
        this.partitions = other.partitions;
        this.topicConfig = other.topicConfig;
        this.keyHeader = other.keyHeader;
        this.from = other.from;
        this.maxAddresses = other.maxAddresses;
        this.maxRequests = other.maxRequests;
        this.order = other.order;
        this.concurrency = other.concurrency;
        this.onFailure = other.onFailure;
        this.maxAttempts = other.maxAttempts;
        this.onLastFailure = other.onLastFailure;
        this.sessionTimeoutMillis = other.sessionTimeoutMillis;
        this.processingTimeoutMillis = other.processingTimeoutMillis;
    }

    /** Throws {@link IllegalArgumentException} for an unknown key, a wrong type, or a value outside its limits. */
    @SuppressWarnings("this-escape")
    public DurableEventBusOptions(JsonObject json) {
        DurableEventBusOptionsConverter.fromJson(SHAPE.check(json), this);
    }

    public JsonObject toJson() {
        var json = new JsonObject();
        DurableEventBusOptionsConverter.toJson(this, json);
        return json;
    }

    /** The service whose consumers share what is published; must be given. Its name is that of a group. */
    public @Nullable String getService() {
        return service;
    }

    public DurableEventBusOptions setService(@Nullable String service) {
        this.service = service == null ? null : Limits.notEmpty("service", service);
        return this;
    }

    /** What the names of the topics begin with. */
    public String getPrefix() {
        return prefix;
    }

    public DurableEventBusOptions setPrefix(String prefix) {
        this.prefix = Limits.notEmpty("prefix", prefix);
        return this;
    }

    /** How many partitions a topic gets when it is created. With one, messages to an address stay in order. */
    public int getPartitions() {
        return partitions;
    }

    public DurableEventBusOptions setPartitions(int partitions) {
        this.partitions = Limits.between(1, 10_000, "partitions", partitions);
        return this;
    }

    /** The configuration that a topic gets when it is created. */
    public Map<String, String> getTopicConfig() {
        return topicConfig;
    }

    public DurableEventBusOptions setTopicConfig(Map<String, String> topicConfig) {
        this.topicConfig = Map.copyOf(topicConfig);
        return this;
    }

    /** The message header whose value decides the partition: messages with the same value stay in order. */
    public @Nullable String getKeyHeader() {
        return keyHeader;
    }

    public DurableEventBusOptions setKeyHeader(@Nullable String keyHeader) {
        this.keyHeader = keyHeader == null ? null : Limits.notEmpty("keyHeader", keyHeader);
        return this;
    }

    /** Where a service begins that has never consumed the address. */
    public Position getFrom() {
        return from;
    }

    public DurableEventBusOptions setFrom(Position from) {
        this.from = from;
        return this;
    }

    /** How many addresses may be published or sent to; more are refused with LIMIT_EXCEEDED. */
    public int getMaxAddresses() {
        return maxAddresses;
    }

    public DurableEventBusOptions setMaxAddresses(int maxAddresses) {
        this.maxAddresses = Limits.between(1, 1_000_000, "maxAddresses", maxAddresses);
        return this;
    }

    /** How many replies may be waited for at once; more are refused with BUFFER_FULL. */
    public int getMaxRequests() {
        return maxRequests;
    }

    public DurableEventBusOptions setMaxRequests(int maxRequests) {
        this.maxRequests = Limits.between(1, 10_000_000, "maxRequests", maxRequests);
        return this;
    }

    /** What is handled one after the other, see {@link ConsumerOptions#getOrder}. */
    public ProcessingOrder getOrder() {
        return order;
    }

    public DurableEventBusOptions setOrder(ProcessingOrder order) {
        this.order = order;
        return this;
    }

    /** How many messages one consumer handles at the same time at most. */
    public int getConcurrency() {
        return concurrency;
    }

    public DurableEventBusOptions setConcurrency(int concurrency) {
        this.concurrency = Limits.between(1, 100_000, "concurrency", concurrency);
        return this;
    }

    /** What becomes of a message whose handling fails, see {@link ConsumerOptions#getOnFailure}. */
    public OnFailure getOnFailure() {
        return onFailure;
    }

    public DurableEventBusOptions setOnFailure(OnFailure onFailure) {
        this.onFailure = onFailure;
        return this;
    }

    /** How often a message is handled before no retry is allowed any more. */
    public int getMaxAttempts() {
        return maxAttempts;
    }

    public DurableEventBusOptions setMaxAttempts(int maxAttempts) {
        this.maxAttempts = Limits.between(1, Integer.MAX_VALUE, "maxAttempts", maxAttempts);
        return this;
    }

    /** What becomes of a message that would be retried and has had all its attempts; SKIP or STOP. */
    public OnFailure getOnLastFailure() {
        return onLastFailure;
    }

    public DurableEventBusOptions setOnLastFailure(OnFailure onLastFailure) {
        if (onLastFailure == OnFailure.RETRY) {
            throw new IllegalArgumentException("onLastFailure cannot be RETRY; choose SKIP or STOP");
        }
        this.onLastFailure = onLastFailure;
        return this;
    }

    /** See {@link ConsumerOptions#getSessionTimeoutMillis}. */
    public int getSessionTimeoutMillis() {
        return sessionTimeoutMillis;
    }

    public DurableEventBusOptions setSessionTimeoutMillis(int sessionTimeoutMillis) {
        this.sessionTimeoutMillis = Limits.between(100, 1_800_000, "sessionTimeoutMillis", sessionTimeoutMillis);
        return this;
    }

    /** See {@link ConsumerOptions#getProcessingTimeoutMillis}. */
    public int getProcessingTimeoutMillis() {
        return processingTimeoutMillis;
    }

    public DurableEventBusOptions setProcessingTimeoutMillis(int processingTimeoutMillis) {
        this.processingTimeoutMillis =
                Limits.between(100, 86_400_000, "processingTimeoutMillis", processingTimeoutMillis);
        return this;
    }
}
