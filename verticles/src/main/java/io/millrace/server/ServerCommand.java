package io.millrace.server;

import java.util.LinkedHashMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** {@code server}: its options are the table of keys. Built without annotations, which picocli needs longer to read. */
final class ServerCommand implements Callable<Integer> {
    private static final String CONFIG = "--config";
    private static final String BOOTSTRAP = "--bootstrap";

    private final Terminal terminal;
    private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this);

    ServerCommand(Terminal terminal) {
        this.terminal = terminal;
        spec.usageMessage()
                .description(
                        "Starts a node. When it serves, it prints one line: READY and a JSON object with its addresses.",
                        "",
                        "Each option is also a key of the configuration file (YAML or JSON) and an environment variable:"
                                + " --http-port is http.port and MILLRACE_HTTP_PORT. Options win over the environment, that"
                                + " over the file, that over the default.",
                        "")
                .sortOptions(false);
        option(CONFIG, "FILE", "The configuration file; also $" + ServerConfig.CONFIG_VARIABLE, false);
        for (var key : ServerKey.ALL.values()) {
            option(
                    key.flag(),
                    key.label(),
                    key.doc() + " (" + key.key() + "; default: " + key.fallbackWords() + ")",
                    key.refused() != null);
        }
        spec.addOption(
                OptionSpec.builder(BOOTSTRAP).type(boolean.class).hidden(true).build());
    }

    CommandLine commandLine() {
        return new CommandLine(spec);
    }

    private void option(String name, String label, String doc, boolean hidden) {
        // %-signs in a description would be taken for formats
        spec.addOption(OptionSpec.builder(name)
                .type(String.class)
                .paramLabel(label)
                .description(doc.replace("%", "%%"))
                .hidden(hidden)
                .build());
    }

    @Override
    public Integer call() {
        var options = options();
        Libraries.prepare();
        return Launcher.ofProcess(terminal).run(options);
    }

    /** What the parsed options, the environment and the file say. */
    ServerOptions options() {
        var parsed = spec.commandLine().getParseResult();
        if (parsed.hasMatchedOption(BOOTSTRAP))
            throw new ConfigException(BOOTSTRAP + " is not available in this version");
        var flags = new LinkedHashMap<ServerKey, String>();
        for (var key : ServerKey.ALL.values()) {
            @Nullable String value = parsed.matchedOptionValue(key.flag(), null);
            if (value != null) flags.put(key, value);
        }
        @Nullable String file = parsed.matchedOptionValue(CONFIG, null);
        return ServerConfig.resolve(flags, file, terminal.environment());
    }
}
