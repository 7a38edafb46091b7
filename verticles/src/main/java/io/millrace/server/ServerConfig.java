package io.millrace.server;

import static io.millrace.server.ConfigException.quoted;

import io.millrace.StorageType;
import io.millrace.config.JsonShape;
import io.millrace.log.FlushLevel;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Decides what holds: flags over environment over file over default. Every place is checked, also where it is overruled. */
final class ServerConfig {
    static final String CONFIG_VARIABLE = "MILLRACE_CONFIG";
    /** Variables with our prefix that are not configuration of the server. */
    private static final Set<String> OTHER_VARIABLES = Set.of(CONFIG_VARIABLE, "MILLRACE_URL");

    private static final String PREFIX = "MILLRACE_";
    /** What Kubernetes and Docker links put into the environment beside a service that is called millrace. */
    private static final Pattern INJECTED =
            Pattern.compile("MILLRACE_(SERVICE_HOST|SERVICE_PORT.*|PORT|PORT_[0-9]+_.*|NAME|ENV_.*)");

    private final Map<ServerKey, String> values = new LinkedHashMap<>();

    private ServerConfig() {}

    /**
     * What holds.
     *
     * @param flags canonical flag names with their values
     * @param file the configuration file, if there is one; else {@code MILLRACE_CONFIG} names it
     */
    static ServerOptions resolve(Map<ServerKey, String> flags, @Nullable String file, Map<String, String> environment) {
        var config = new ServerConfig();
        var path = file == null ? environment.get(CONFIG_VARIABLE) : file;
        if (path != null) config.takeFile(path, environment);
        config.takeEnvironment(environment);
        flags.forEach((key, text) -> config.take(key, text, key.flag() + ": "));
        return config.options();
    }

    private void takeFile(String file, Map<String, String> environment) {
        ConfigFile.read(pathOf(file), environment)
                .forEach((key, entry) -> take(keyOf(key), entry.text(), file + " line " + entry.line() + ": "));
    }

    private static ServerKey keyOf(String name) {
        var key = ServerKey.ALL.get(name);
        if (key == null) throw new IllegalStateException("the file gave a key that is not in the table: " + name);
        return key;
    }

    private static Path pathOf(String file) {
        try {
            return Path.of(file);
        } catch (InvalidPathException e) {
            throw new ConfigException("--config " + quoted(file) + " is not a path");
        }
    }

    private void takeEnvironment(Map<String, String> environment) {
        environment.keySet().stream()
                .filter(name -> name.startsWith(PREFIX))
                .sorted()
                .forEach(name -> {
                    var key = ServerKey.ofVariable(name);
                    if (key != null) {
                        take(key, environment.getOrDefault(name, ""), "environment variable " + name + ": ");
                    } else if (!OTHER_VARIABLES.contains(name)
                            && !INJECTED.matcher(name).matches()) {
                        var known = ServerKey.ALL.values().stream()
                                .map(ServerKey::variable)
                                .collect(Collectors.toSet());
                        throw new ConfigException("there is no environment variable " + quoted(name)
                                + "; the nearest is " + JsonShape.nearest(name, known));
                    }
                });
    }

    private void take(ServerKey key, String text, String origin) {
        try {
            values.put(key, key.parse(text));
        } catch (ConfigException e) {
            throw new ConfigException(origin + e.getMessage());
        }
    }

    private ServerOptions options() {
        boolean insecure = value(ServerKey.INSECURE_NETWORK).equals("true");
        var host = value(ServerKey.HOST);
        int httpPort = Integer.parseInt(value(ServerKey.HTTP_PORT));
        if (httpPort >= 0) checkHost(host, insecure);
        var dataDir = value(ServerKey.DATA_DIR);
        checkDataDir(dataDir);
        return new ServerOptions(
                dataDir,
                host,
                httpPort,
                StorageType.valueOf(value(ServerKey.STORAGE).toUpperCase(Locale.ROOT)),
                FlushLevel.valueOf(value(ServerKey.FLUSH).toUpperCase(Locale.ROOT)),
                given(ServerKey.MIN_FREE)
                        .map(Long::parseLong)
                        .map(OptionalLong::of)
                        .orElseGet(OptionalLong::empty),
                Long.parseLong(value(ServerKey.RESERVE)),
                Long.parseLong(value(ServerKey.COMPACTION_RATE)),
                Long.parseLong(value(ServerKey.COMPACTION_MEMORY)),
                value(ServerKey.ALLOW_DAMAGED).equals("true"),
                given(ServerKey.NODE_ID_KEY),
                Integer.parseInt(value(ServerKey.EVENT_LOOPS)),
                topicDefaults(),
                http(),
                insecure);
    }

    private Map<String, String> topicDefaults() {
        var defaults = new LinkedHashMap<String, String>();
        values.forEach((key, text) -> {
            if (key.isTopicDefault()) defaults.put(key.topicKey(), text);
        });
        return defaults;
    }

    private Map<String, String> http() {
        var given = new LinkedHashMap<String, String>();
        for (var key : ServerKey.HTTP) {
            var text = values.get(key);
            if (text != null) given.put(key.key(), text);
        }
        return given;
    }

    private static void checkHost(String host, boolean insecure) {
        InetAddress address;
        try {
            address = InetAddress.getByName(host);
        } catch (UnknownHostException e) {
            throw new ConfigException(
                    "host " + quoted(host) + " is not an address of this machine, and no name for one");
        }
        if (address.isLoopbackAddress() || insecure) return;
        throw new ConfigException(
                "host " + quoted(host) + " can be reached from other machines, and the listeners have no"
                        + " authentication. Use host 127.0.0.1, or take the risk with insecure.network=true");
    }

    private static void checkDataDir(String dataDir) {
        try {
            var unused = Path.of(dataDir);
        } catch (InvalidPathException e) {
            throw new ConfigException("data.dir " + quoted(dataDir) + " is not a path");
        }
    }

    private Optional<String> given(ServerKey key) {
        return Optional.ofNullable(values.get(key));
    }

    private String value(ServerKey key) {
        Supplier<IllegalStateException> none = () -> new IllegalStateException(key.key() + " has no default");
        return given(key).or(() -> Optional.ofNullable(key.fallback())).orElseThrow(none);
    }
}
