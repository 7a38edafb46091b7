package io.millrace.server;

import io.millrace.cluster.ConfigKey;
import io.millrace.cluster.ConfigType.Unit;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One thing that can be configured. {@link #ALL} is the table that flags, file, environment, help text and checks come
 * from.
 *
 * @param key the name in a file; {@code data.dir} may also be written as {@code dir} inside of {@code data}
 * @param flag the name on the command line
 * @param label what stands for the value in the help text
 * @param fallback the value where none is given; null if that is found out at the start
 * @param fallbackWords the default, for people
 * @param refused null if the key works; otherwise why it is refused
 */
record ServerKey(
        String key,
        String flag,
        String label,
        ValueType type,
        @Nullable String fallback,
        String fallbackWords,
        String doc,
        @Nullable String refused) {

    private static final String NOT_YET = "is not available in this version";
    private static final Pattern ANY = Pattern.compile("(?s)[^\\x00]{1,4096}");
    private static final Pattern NAMES = Pattern.compile("[^\\s,]{1,256}(,[^\\s,]{1,256}){0,99}");
    private static final Pattern NODE_ID = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    static final ServerKey DATA_DIR =
            key("data.dir", "--data-dir", "DIR", path(), "./millrace-data", "The directory that holds everything");
    static final ServerKey HOST =
            key("host", "--host", "H", path(), "127.0.0.1", "The address or name that listeners are bound to");
    static final ServerKey HTTP_PORT = key(
            "http.port",
            "--http-port",
            "N",
            ValueType.port(),
            "8080",
            "The port of the HTTP gateway; 0 picks a free one, -1 switches it off");
    static final ServerKey KAFKA_PORT = key(
            "kafka.port",
            "--kafka-port",
            "N",
            noPort(),
            "-1",
            "The port of the Kafka gateway, which " + NOT_YET + ": only -1 is taken");
    static final ServerKey STORAGE = key(
            "storage.type",
            "--storage",
            "TYPE",
            storage(),
            "segments",
            "Where records are kept: segments (files in the data directory) or memory");
    static final ServerKey FLUSH = key(
            "storage.flush",
            "--flush",
            "LEVEL",
            ValueType.choice("commit", "interval", "os"),
            "commit",
            "When a record counts as stored, for topics that do not say it: commit (synced), interval or os");
    static final ServerKey MIN_FREE = open(
            "storage.min.free",
            "--storage-min-free",
            "SIZE",
            ValueType.amount(Unit.BYTES, 0, 1L << 60),
            "1 GiB or 2 % of the volume, whichever is more",
            "Appends are refused while less than this is free on the volume");
    static final ServerKey RESERVE = key(
            "storage.reserve",
            "--storage-reserve",
            "SIZE",
            ValueType.amount(Unit.BYTES, 0, 1L << 40),
            "67108864",
            "Kept in a file that is given up when the disk is full after all; 0 for none");
    static final ServerKey ALLOW_DAMAGED = key(
            "storage.allow.damaged",
            "--storage-allow-damaged",
            "BOOL",
            ValueType.toggle(),
            "false",
            "true lets partitions that hold a damaged batch take new records");
    static final ServerKey NODE_ID_KEY = open(
            "node.id",
            "--node-id",
            "ID",
            ValueType.text("an id: 1 to 64 of A-Z a-z 0-9 . _ -", NODE_ID),
            "kept in the data directory",
            "The identity of this node");
    static final ServerKey EVENT_LOOPS = key(
            "event.loops",
            "--event-loops",
            "N",
            ValueType.amount(Unit.COUNT, 1, 1024),
            "1",
            "Event loops that partitions and connections are spread over");
    static final ServerKey INSECURE_NETWORK = key(
            "insecure.network",
            "--insecure-network",
            "BOOL",
            ValueType.toggle(),
            "false",
            "true lets a listener without authentication be bound to an address beyond loopback");

    /** Limits of the HTTP gateway; {@link HttpLimits} knows what they mean. */
    static final List<ServerKey> HTTP = List.of(
            http(
                    "max.connections",
                    "N",
                    count(1, 1_000_000),
                    "1000",
                    "The most HTTP connections at a time; further ones are closed"),
            http(
                    "max.connections.per.address",
                    "N",
                    count(1, 1_000_000),
                    "100",
                    "The most HTTP connections at a time from one address"),
            http("max.sockets", "N", count(1, 1_000_000), "10000", "The most WebSockets and event streams at a time"),
            http(
                    "max.json.body",
                    "SIZE",
                    size(1 << 10, 64 << 20),
                    "1 MiB",
                    "The largest JSON body, and the longest line of NDJSON"),
            http("max.raw.body", "SIZE", size(1 << 10, 256 << 20), "10 MiB", "The largest body that is one record"),
            http(
                    "max.in.flight",
                    "SIZE",
                    size(1 << 20, 1L << 40),
                    "128 MiB",
                    "The most bytes of publishes under way over HTTP"),
            http(
                    "max.socket.frame",
                    "SIZE",
                    size(1 << 10, 16 << 20),
                    "256 KiB",
                    "The largest message that a WebSocket takes"),
            http(
                    "idle.timeout",
                    "TIME",
                    time(100, 3_600_000),
                    "1m",
                    "An HTTP connection on which nothing moves for so long is closed"),
            http(
                    "socket.heartbeat",
                    "TIME",
                    time(100, 600_000),
                    "15s",
                    "A WebSocket that is silent for so long is asked; after twice that it is closed"),
            http(
                    "max.stall",
                    "TIME",
                    time(100, 600_000),
                    "10s",
                    "A client of a WebSocket or event stream that takes nothing for so long is cut off"),
            http(
                    "max.stream.age",
                    "TIME",
                    time(100, 86_400_000),
                    "1h",
                    "A stream of server-sent events ends after so long, and its client connects again"),
            http(
                    "allowed.hosts",
                    "NAMES",
                    names(),
                    "localhost and addresses in numbers",
                    "Names under which clients may call, with commas between; * allows all"),
            http(
                    "allowed.origins",
                    "NAMES",
                    names(),
                    "those of the node itself",
                    "Origins whose pages may call, as https://app.example, with commas between"));

    private static final String TOPIC = "topic.";

    /** Every key by name, in the order of the help text. */
    static final Map<String, ServerKey> ALL = table();

    private static final Map<String, ServerKey> BY_VARIABLE = byVariable();

    /** The name in the environment: {@code http.port} is {@code MILLRACE_HTTP_PORT}. */
    String variable() {
        return "MILLRACE_" + key.replace('.', '_').toUpperCase(Locale.ROOT);
    }

    static @Nullable ServerKey ofVariable(String name) {
        return BY_VARIABLE.get(name);
    }

    /** Whether this is the default of a topic's configuration. */
    boolean isTopicDefault() {
        return key.startsWith(TOPIC);
    }

    /** The topic's key that this is the default of. */
    String topicKey() {
        return key.substring(TOPIC.length());
    }

    /** The canonical text of a value; {@link ConfigException} if it is none, or if this version does not have the key. */
    String parse(String text) {
        if (refused != null) throw new ConfigException(key + " " + refused);
        return type.parse(key, text);
    }

    private static Map<String, ServerKey> table() {
        var table = new LinkedHashMap<String, ServerKey>();
        for (var key : List.of(
                DATA_DIR,
                HOST,
                HTTP_PORT,
                KAFKA_PORT,
                STORAGE,
                FLUSH,
                MIN_FREE,
                RESERVE,
                ALLOW_DAMAGED,
                NODE_ID_KEY,
                EVENT_LOOPS,
                INSECURE_NETWORK,
                later("storage.redis.uri", "--redis-uri", "URI"),
                later("cluster.port", "--cluster-port", "N"),
                later("cluster.join", "--join", "HOST:PORT,…"))) {
            table.put(key.key, key);
        }
        HTTP.forEach(key -> table.put(key.key, key));
        Arrays.stream(ConfigKey.values())
                .filter(key -> key != ConfigKey.STORAGE && key != ConfigKey.FLUSH)
                .map(ServerKey::topicDefault)
                .forEach(key -> table.put(key.key, key));
        return Collections.unmodifiableMap(table);
    }

    private static Map<String, ServerKey> byVariable() {
        var map = new LinkedHashMap<String, ServerKey>();
        ALL.values().forEach(key -> map.put(key.variable(), key));
        return map;
    }

    private static ServerKey topicDefault(ConfigKey of) {
        var type = ValueType.of(of.type());
        var strict = new ValueType(type.form(), type.words(), ValueType.refusing((key, text) -> of.parse(text)));
        return new ServerKey(
                TOPIC + of.key(),
                "--topic-" + of.key().replace('.', '-'),
                "V",
                strict,
                null,
                of.defaultValue(),
                of.doc() + "; for topics that do not say it",
                null);
    }

    private static ServerKey key(String key, String flag, String label, ValueType type, String fallback, String doc) {
        return new ServerKey(key, flag, label, type, fallback, fallback, doc, null);
    }

    private static ServerKey open(String key, String flag, String label, ValueType type, String words, String doc) {
        return new ServerKey(key, flag, label, type, null, words, doc, null);
    }

    private static ServerKey http(String key, String label, ValueType type, String words, String doc) {
        return open("http." + key, "--http-" + key.replace('.', '-'), label, type, words, doc);
    }

    private static ValueType count(long least, long most) {
        return ValueType.amount(Unit.COUNT, least, most);
    }

    private static ValueType size(long least, long most) {
        return ValueType.amount(Unit.BYTES, least, most);
    }

    private static ValueType time(long least, long most) {
        return ValueType.amount(Unit.MILLISECONDS, least, most);
    }

    private static ValueType names() {
        return ValueType.text("names with commas between and no spaces", NAMES);
    }

    private static ServerKey later(String key, String flag, String label) {
        return new ServerKey(key, flag, label, path(), null, "", "", NOT_YET);
    }

    private static ValueType path() {
        return ValueType.text("a text of 1 to 4096 characters", ANY);
    }

    private static ValueType noPort() {
        var port = ValueType.port();
        return new ValueType(port.form(), "-1", (key, text) -> {
            if (!port.parse(key, text).equals("-1")) {
                throw new ConfigException(
                        key + " " + ConfigException.quoted(text) + ": the Kafka gateway " + NOT_YET + "; use -1");
            }
            return "-1";
        });
    }

    private static ValueType storage() {
        var choice = ValueType.choice("segments", "memory");
        return new ValueType(choice.form(), choice.words(), (key, text) -> {
            if (text.equals("redis")) {
                throw new ConfigException(key + " \"redis\" " + NOT_YET + "; use segments or memory");
            }
            return choice.parse(key, text);
        });
    }
}
