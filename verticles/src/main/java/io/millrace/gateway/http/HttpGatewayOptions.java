package io.millrace.gateway.http;

import io.millrace.config.JsonShape;
import io.millrace.config.Limits;
import io.vertx.codegen.annotations.DataObject;
import io.vertx.codegen.json.annotations.JsonGen;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** How the HTTP gateway listens, and what it takes from one client and from all. */
@DataObject
@JsonGen(publicConverter = false)
public class HttpGatewayOptions {
    public static final String DEFAULT_HOST = "127.0.0.1";
    public static final int DEFAULT_PORT = 8080;
    public static final int DEFAULT_EVENT_LOOPS = 1;
    public static final int DEFAULT_MAX_CONNECTIONS = 1_000;
    public static final int DEFAULT_MAX_CONNECTIONS_PER_ADDRESS = 100;
    public static final int DEFAULT_MAX_LINE_BYTES = 4 << 10;
    public static final int DEFAULT_MAX_HEADER_BYTES = 8 << 10;
    public static final int DEFAULT_MAX_JSON_BODY_BYTES = 1 << 20;
    public static final int DEFAULT_MAX_RAW_BODY_BYTES = 10 << 20;
    public static final int DEFAULT_MAX_BATCH_RECORDS = 10_000;
    public static final int DEFAULT_IDLE_TIMEOUT_MILLIS = 60_000;
    public static final int DEFAULT_HEAD_TIMEOUT_MILLIS = 10_000;
    public static final int DEFAULT_MIN_BODY_BYTES_PER_SECOND = 256;
    public static final int DEFAULT_MAX_READ_BYTES = 8 << 20;
    public static final int DEFAULT_MAX_READ_RECORDS = 10_000;
    public static final int DEFAULT_MAX_WAIT_MILLIS = 30_000;
    public static final int DEFAULT_MAX_LONG_POLLS = 10_000;
    public static final long DEFAULT_MAX_IN_FLIGHT_BYTES = 128L << 20;
    public static final int DEFAULT_MAX_IN_FLIGHT_BYTES_PER_CONNECTION = 4 << 20;
    public static final int DEFAULT_DRAIN_TIME_MILLIS = 10_000;
    public static final int DEFAULT_MAX_SOCKETS = 10_000;
    public static final int DEFAULT_MAX_CHANNELS_PER_SOCKET = 100;
    public static final int DEFAULT_MAX_SOCKET_FRAME_BYTES = 256 << 10;
    public static final int DEFAULT_SOCKET_HEARTBEAT_MILLIS = 15_000;
    public static final int DEFAULT_MAX_SOCKET_STALL_MILLIS = 10_000;
    public static final int DEFAULT_PUBLISH_WINDOW = 256;
    public static final int DEFAULT_MAX_STREAM_AGE_MILLIS = 3_600_000;

    static final JsonShape SHAPE = JsonShape.of("HttpGatewayOptions")
            .text("host")
            .ints(
                    "port",
                    "eventLoops",
                    "maxConnections",
                    "maxConnectionsPerAddress",
                    "maxLineBytes",
                    "maxHeaderBytes",
                    "maxJsonBodyBytes",
                    "maxRawBodyBytes",
                    "maxBatchRecords",
                    "idleTimeoutMillis",
                    "headTimeoutMillis",
                    "minBodyBytesPerSecond",
                    "maxReadBytes",
                    "maxReadRecords",
                    "maxWaitMillis",
                    "maxLongPolls",
                    "maxInFlightBytesPerConnection",
                    "drainTimeMillis",
                    "maxSockets",
                    "maxChannelsPerSocket",
                    "maxSocketFrameBytes",
                    "socketHeartbeatMillis",
                    "maxSocketStallMillis",
                    "publishWindow",
                    "maxStreamAgeMillis")
            .longs("maxInFlightBytes")
            .listsOfTexts("allowedHosts", "allowedOrigins")
            .booleans("insecureNetwork");

    private String host = DEFAULT_HOST;
    private int port = DEFAULT_PORT;
    private int eventLoops = DEFAULT_EVENT_LOOPS;
    private int maxConnections = DEFAULT_MAX_CONNECTIONS;
    private int maxConnectionsPerAddress = DEFAULT_MAX_CONNECTIONS_PER_ADDRESS;
    private int maxLineBytes = DEFAULT_MAX_LINE_BYTES;
    private int maxHeaderBytes = DEFAULT_MAX_HEADER_BYTES;
    private int maxJsonBodyBytes = DEFAULT_MAX_JSON_BODY_BYTES;
    private int maxRawBodyBytes = DEFAULT_MAX_RAW_BODY_BYTES;
    private int maxBatchRecords = DEFAULT_MAX_BATCH_RECORDS;
    private int idleTimeoutMillis = DEFAULT_IDLE_TIMEOUT_MILLIS;
    private int headTimeoutMillis = DEFAULT_HEAD_TIMEOUT_MILLIS;
    private int minBodyBytesPerSecond = DEFAULT_MIN_BODY_BYTES_PER_SECOND;
    private int maxReadBytes = DEFAULT_MAX_READ_BYTES;
    private int maxReadRecords = DEFAULT_MAX_READ_RECORDS;
    private int maxWaitMillis = DEFAULT_MAX_WAIT_MILLIS;
    private int maxLongPolls = DEFAULT_MAX_LONG_POLLS;
    private long maxInFlightBytes = DEFAULT_MAX_IN_FLIGHT_BYTES;
    private int maxInFlightBytesPerConnection = DEFAULT_MAX_IN_FLIGHT_BYTES_PER_CONNECTION;
    private int drainTimeMillis = DEFAULT_DRAIN_TIME_MILLIS;
    private int maxSockets = DEFAULT_MAX_SOCKETS;
    private int maxChannelsPerSocket = DEFAULT_MAX_CHANNELS_PER_SOCKET;
    private int maxSocketFrameBytes = DEFAULT_MAX_SOCKET_FRAME_BYTES;
    private int socketHeartbeatMillis = DEFAULT_SOCKET_HEARTBEAT_MILLIS;
    private int maxSocketStallMillis = DEFAULT_MAX_SOCKET_STALL_MILLIS;
    private int publishWindow = DEFAULT_PUBLISH_WINDOW;
    private int maxStreamAgeMillis = DEFAULT_MAX_STREAM_AGE_MILLIS;
    private List<String> allowedHosts = List.of();
    private List<String> allowedOrigins = List.of();
    private boolean insecureNetwork;

    public HttpGatewayOptions() {}

    public HttpGatewayOptions(HttpGatewayOptions other) {
        this.host = other.host;
        this.port = other.port;
        this.eventLoops = other.eventLoops;
        this.maxConnections = other.maxConnections;
        this.maxConnectionsPerAddress = other.maxConnectionsPerAddress;
        this.maxLineBytes = other.maxLineBytes;
        this.maxHeaderBytes = other.maxHeaderBytes;
        this.maxJsonBodyBytes = other.maxJsonBodyBytes;
        this.maxRawBodyBytes = other.maxRawBodyBytes;
        this.maxBatchRecords = other.maxBatchRecords;
        this.idleTimeoutMillis = other.idleTimeoutMillis;
        this.headTimeoutMillis = other.headTimeoutMillis;
        this.minBodyBytesPerSecond = other.minBodyBytesPerSecond;
        this.maxReadBytes = other.maxReadBytes;
        this.maxReadRecords = other.maxReadRecords;
        this.maxWaitMillis = other.maxWaitMillis;
        this.maxLongPolls = other.maxLongPolls;
        this.maxInFlightBytes = other.maxInFlightBytes;
        this.maxInFlightBytesPerConnection = other.maxInFlightBytesPerConnection;
        this.drainTimeMillis = other.drainTimeMillis;
        this.maxSockets = other.maxSockets;
        this.maxChannelsPerSocket = other.maxChannelsPerSocket;
        this.maxSocketFrameBytes = other.maxSocketFrameBytes;
        this.socketHeartbeatMillis = other.socketHeartbeatMillis;
        this.maxSocketStallMillis = other.maxSocketStallMillis;
        this.publishWindow = other.publishWindow;
        this.maxStreamAgeMillis = other.maxStreamAgeMillis;
        this.allowedHosts = other.allowedHosts;
        this.allowedOrigins = other.allowedOrigins;
        this.insecureNetwork = other.insecureNetwork;
    }

    /** Throws {@link IllegalArgumentException} for an unknown key, a wrong type, or a value outside its limits. */
    @SuppressWarnings("this-escape")
    public HttpGatewayOptions(JsonObject json) {
        HttpGatewayOptionsConverter.fromJson(SHAPE.check(json), this);
    }

    public JsonObject toJson() {
        var json = new JsonObject();
        HttpGatewayOptionsConverter.toJson(this, json);
        return json;
    }

    /** The address to listen on. One beyond loopback needs {@link #isInsecureNetwork}. */
    public String getHost() {
        return host;
    }

    public HttpGatewayOptions setHost(String host) {
        this.host = Limits.notEmpty("host", host);
        return this;
    }

    /** The port; 0 picks a free one. */
    public int getPort() {
        return port;
    }

    public HttpGatewayOptions setPort(int port) {
        this.port = Limits.between(0, 65535, "port", port);
        return this;
    }

    /** The event loops that connections are spread over. */
    public int getEventLoops() {
        return eventLoops;
    }

    public HttpGatewayOptions setEventLoops(int eventLoops) {
        this.eventLoops = Limits.between(1, 1024, "eventLoops", eventLoops);
        return this;
    }

    /** The most connections at a time; further ones are closed. */
    public int getMaxConnections() {
        return maxConnections;
    }

    public HttpGatewayOptions setMaxConnections(int maxConnections) {
        this.maxConnections = Limits.between(1, 1_000_000, "maxConnections", maxConnections);
        return this;
    }

    /** The most connections at a time from one address. */
    public int getMaxConnectionsPerAddress() {
        return maxConnectionsPerAddress;
    }

    public HttpGatewayOptions setMaxConnectionsPerAddress(int maxConnectionsPerAddress) {
        this.maxConnectionsPerAddress =
                Limits.between(1, 1_000_000, "maxConnectionsPerAddress", maxConnectionsPerAddress);
        return this;
    }

    /** The longest request line; a longer one is answered with 414. */
    public int getMaxLineBytes() {
        return maxLineBytes;
    }

    public HttpGatewayOptions setMaxLineBytes(int maxLineBytes) {
        this.maxLineBytes = Limits.between(256, 64 << 10, "maxLineBytes", maxLineBytes);
        return this;
    }

    /** The most bytes of all headers together; more is answered with 431. */
    public int getMaxHeaderBytes() {
        return maxHeaderBytes;
    }

    public HttpGatewayOptions setMaxHeaderBytes(int maxHeaderBytes) {
        this.maxHeaderBytes = Limits.between(256, 256 << 10, "maxHeaderBytes", maxHeaderBytes);
        return this;
    }

    /** The largest JSON body, and the longest line of NDJSON. */
    public int getMaxJsonBodyBytes() {
        return maxJsonBodyBytes;
    }

    public HttpGatewayOptions setMaxJsonBodyBytes(int maxJsonBodyBytes) {
        this.maxJsonBodyBytes = Limits.between(1 << 10, 64 << 20, "maxJsonBodyBytes", maxJsonBodyBytes);
        return this;
    }

    /** The largest body that is one record; the topic may allow less. */
    public int getMaxRawBodyBytes() {
        return maxRawBodyBytes;
    }

    public HttpGatewayOptions setMaxRawBodyBytes(int maxRawBodyBytes) {
        this.maxRawBodyBytes = Limits.between(1 << 10, 256 << 20, "maxRawBodyBytes", maxRawBodyBytes);
        return this;
    }

    /** The most records of one JSON batch. */
    public int getMaxBatchRecords() {
        return maxBatchRecords;
    }

    public HttpGatewayOptions setMaxBatchRecords(int maxBatchRecords) {
        this.maxBatchRecords = Limits.between(1, 1_000_000, "maxBatchRecords", maxBatchRecords);
        return this;
    }

    /** A connection on which nothing moves for so long is closed. */
    public int getIdleTimeoutMillis() {
        return idleTimeoutMillis;
    }

    public HttpGatewayOptions setIdleTimeoutMillis(int idleTimeoutMillis) {
        this.idleTimeoutMillis = Limits.between(100, 3_600_000, "idleTimeoutMillis", idleTimeoutMillis);
        return this;
    }

    /** The longest time from the first byte of a request to the end of its headers; a body may be slow for as long. */
    public int getHeadTimeoutMillis() {
        return headTimeoutMillis;
    }

    public HttpGatewayOptions setHeadTimeoutMillis(int headTimeoutMillis) {
        this.headTimeoutMillis = Limits.between(100, 3_600_000, "headTimeoutMillis", headTimeoutMillis);
        return this;
    }

    /**
     * A body that comes slower than this, once {@link #getHeadTimeoutMillis} are over, is answered with 408 and ends the
     * connection; NDJSON may pause.
     */
    public int getMinBodyBytesPerSecond() {
        return minBodyBytesPerSecond;
    }

    public HttpGatewayOptions setMinBodyBytesPerSecond(int minBodyBytesPerSecond) {
        this.minBodyBytesPerSecond = Limits.between(0, 1 << 30, "minBodyBytesPerSecond", minBodyBytesPerSecond);
        return this;
    }

    /** The most that {@code maxBytes} of a read may ask for. */
    public int getMaxReadBytes() {
        return maxReadBytes;
    }

    public HttpGatewayOptions setMaxReadBytes(int maxReadBytes) {
        this.maxReadBytes = Limits.between(1 << 10, 256 << 20, "maxReadBytes", maxReadBytes);
        return this;
    }

    /** The most that {@code limit} of a read may ask for. */
    public int getMaxReadRecords() {
        return maxReadRecords;
    }

    public HttpGatewayOptions setMaxReadRecords(int maxReadRecords) {
        this.maxReadRecords = Limits.between(1, 1_000_000, "maxReadRecords", maxReadRecords);
        return this;
    }

    /** The longest long poll; a longer {@code wait} is cut to it. */
    public int getMaxWaitMillis() {
        return maxWaitMillis;
    }

    public HttpGatewayOptions setMaxWaitMillis(int maxWaitMillis) {
        this.maxWaitMillis = Limits.between(0, 600_000, "maxWaitMillis", maxWaitMillis);
        return this;
    }

    /** The most reads that wait for a record at a time. */
    public int getMaxLongPolls() {
        return maxLongPolls;
    }

    public HttpGatewayOptions setMaxLongPolls(int maxLongPolls) {
        this.maxLongPolls = Limits.between(0, 1_000_000, "maxLongPolls", maxLongPolls);
        return this;
    }

    /** The most bytes of publishes under way; more is answered with 429. */
    public long getMaxInFlightBytes() {
        return maxInFlightBytes;
    }

    public HttpGatewayOptions setMaxInFlightBytes(long maxInFlightBytes) {
        this.maxInFlightBytes = Limits.between(1 << 20, 1L << 40, "maxInFlightBytes", maxInFlightBytes);
        return this;
    }

    /** Unanswered bytes of NDJSON at which reading pauses. */
    public int getMaxInFlightBytesPerConnection() {
        return maxInFlightBytesPerConnection;
    }

    public HttpGatewayOptions setMaxInFlightBytesPerConnection(int maxInFlightBytesPerConnection) {
        this.maxInFlightBytesPerConnection =
                Limits.between(64 << 10, 1 << 30, "maxInFlightBytesPerConnection", maxInFlightBytesPerConnection);
        return this;
    }

    /** How long requests under way may take when the gateway stops. */
    public int getDrainTimeMillis() {
        return drainTimeMillis;
    }

    public HttpGatewayOptions setDrainTimeMillis(int drainTimeMillis) {
        this.drainTimeMillis = Limits.between(0, 600_000, "drainTimeMillis", drainTimeMillis);
        return this;
    }

    /** The most WebSockets and event streams at a time; a further one is answered with 503. */
    public int getMaxSockets() {
        return maxSockets;
    }

    public HttpGatewayOptions setMaxSockets(int maxSockets) {
        this.maxSockets = Limits.between(1, 1_000_000, "maxSockets", maxSockets);
        return this;
    }

    /** The most channels on one WebSocket. */
    public int getMaxChannelsPerSocket() {
        return maxChannelsPerSocket;
    }

    public HttpGatewayOptions setMaxChannelsPerSocket(int maxChannelsPerSocket) {
        this.maxChannelsPerSocket = Limits.between(1, 100_000, "maxChannelsPerSocket", maxChannelsPerSocket);
        return this;
    }

    /** The largest frame and the largest message that a WebSocket takes; a larger one closes it with 1009. */
    public int getMaxSocketFrameBytes() {
        return maxSocketFrameBytes;
    }

    public HttpGatewayOptions setMaxSocketFrameBytes(int maxSocketFrameBytes) {
        this.maxSocketFrameBytes = Limits.between(1 << 10, 16 << 20, "maxSocketFrameBytes", maxSocketFrameBytes);
        return this;
    }

    /**
     * How long a WebSocket may be silent before it is asked whether its client is there. After twice that it is closed with
     * 4408.
     */
    public int getSocketHeartbeatMillis() {
        return socketHeartbeatMillis;
    }

    public HttpGatewayOptions setSocketHeartbeatMillis(int socketHeartbeatMillis) {
        this.socketHeartbeatMillis = Limits.between(100, 600_000, "socketHeartbeatMillis", socketHeartbeatMillis);
        return this;
    }

    /** How long a client may take nothing of what is sent to it before its connection is closed, a WebSocket with 4507. */
    public int getMaxSocketStallMillis() {
        return maxSocketStallMillis;
    }

    public HttpGatewayOptions setMaxSocketStallMillis(int maxSocketStallMillis) {
        this.maxSocketStallMillis = Limits.between(100, 600_000, "maxSocketStallMillis", maxSocketStallMillis);
        return this;
    }

    /** Records that one WebSocket may have under way: its producer credit moves on as they are stored. */
    public int getPublishWindow() {
        return publishWindow;
    }

    public HttpGatewayOptions setPublishWindow(int publishWindow) {
        this.publishWindow = Limits.between(1, 65_536, "publishWindow", publishWindow);
        return this;
    }

    /**
     * How long a stream of server-sent events lasts, less up to a tenth by chance; its client connects again, perhaps to
     * another node.
     */
    public int getMaxStreamAgeMillis() {
        return maxStreamAgeMillis;
    }

    public HttpGatewayOptions setMaxStreamAgeMillis(int maxStreamAgeMillis) {
        this.maxStreamAgeMillis = Limits.between(100, 86_400_000, "maxStreamAgeMillis", maxStreamAgeMillis);
        return this;
    }

    /**
     * Names under which clients may call this gateway, beside localhost and addresses in numbers; {@code *} allows all.
     * Any other name in the Host header is answered with 421, so that no foreign page can reach the gateway by a name of
     * its own (DNS rebinding).
     */
    public List<String> getAllowedHosts() {
        return allowedHosts;
    }

    public HttpGatewayOptions setAllowedHosts(List<String> allowedHosts) {
        this.allowedHosts = List.copyOf(allowedHosts);
        return this;
    }

    /** Origins, as {@code https://app.example}, whose pages may call this gateway, beside its own. */
    public List<String> getAllowedOrigins() {
        return allowedOrigins;
    }

    public HttpGatewayOptions setAllowedOrigins(List<String> allowedOrigins) {
        this.allowedOrigins = List.copyOf(allowedOrigins);
        return this;
    }

    /** Whether anybody on the network may read and write everything: needed for a host beyond loopback. */
    public boolean isInsecureNetwork() {
        return insecureNetwork;
    }

    public HttpGatewayOptions setInsecureNetwork(boolean insecureNetwork) {
        this.insecureNetwork = insecureNetwork;
        return this;
    }
}
