package io.millrace.server.client;

import static io.millrace.server.client.ApiClient.topic;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.server.Exit;
import io.millrace.server.Terminal;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code topic …}: administration of topics. */
@CommandLine.Command(name = "topic", description = "Creates, lists, describes, alters and deletes topics")
public final class TopicCommand implements Runnable {
    @CommandLine.Spec
    private CommandLine.Model.@Nullable CommandSpec spec;

    private TopicCommand() {}

    /** The command with those below it. */
    public static CommandLine commandLine(Terminal terminal) {
        return new CommandLine(new TopicCommand())
                .addSubcommand(new Create(terminal))
                .addSubcommand(new ListAll(terminal))
                .addSubcommand(new Describe(terminal))
                .addSubcommand(new Alter(terminal))
                .addSubcommand(new Delete(terminal));
    }

    @Override
    public void run() {
        var line = Objects.requireNonNull(spec).commandLine();
        throw new CommandLine.ParameterException(line, "say what to do: create, list, describe, alter or delete");
    }

    @CommandLine.Command(name = "create", description = "Creates a topic; the same topic once more is no error")
    @SuppressWarnings("NullAway.Init")
    static final class Create extends Command {
        @Parameters(paramLabel = "NAME", description = "1 to 249 of A-Z a-z 0-9 . _ -")
        private String name;

        @Option(names = "--partitions", paramLabel = "N", description = "The number of partitions; default 1")
        private @Nullable Integer partitions;

        @Option(names = "--replicas", paramLabel = "N", description = "Copies of each partition; default 1")
        private @Nullable Integer replicas;

        @Option(
                names = "--config",
                paramLabel = "KEY=VALUE",
                description = "A value of the configuration, such as retention.ms=7d; may be repeated")
        private Map<String, String> config = new LinkedHashMap<>();

        Create(Terminal terminal) {
            super(terminal);
        }

        @Override
        int run(ApiClient client) throws IOException, ApiException {
            var body = new LinkedHashMap<String, Object>();
            if (partitions != null) body.put("partitions", partitions);
            if (replicas != null) body.put("replicas", replicas);
            if (!config.isEmpty()) body.put("config", config);
            client.call("PUT", topic(name), body);
            return Exit.SUCCESS;
        }
    }

    @CommandLine.Command(name = "list", description = "Prints the names of all topics, one a line")
    static final class ListAll extends Command {
        ListAll(Terminal terminal) {
            super(terminal);
        }

        @Override
        int run(ApiClient client) throws IOException, ApiException {
            return printList(client, "/v1/topics", "name");
        }
    }

    @CommandLine.Command(name = "describe", description = "Prints what there is to know about a topic")
    @SuppressWarnings("NullAway.Init")
    static final class Describe extends Command {
        enum Format {
            text,
            json
        }

        @Parameters(paramLabel = "NAME", description = "The topic")
        private String name;

        @Option(
                names = "--format",
                paramLabel = "FORMAT",
                description = "text (default) or json, the answer of the broker in one line")
        private Format format = Format.text;

        Describe(Terminal terminal) {
            super(terminal);
        }

        @Override
        int run(ApiClient client) throws IOException, ApiException {
            var topic = client.get(topic(name));
            if (format == Format.json) {
                line(new String(Json.write(topic), UTF_8));
            } else {
                for (var line : TopicTable.lines(topic)) line(line);
            }
            return Exit.SUCCESS;
        }
    }

    @CommandLine.Command(name = "alter", description = "Changes the configuration of a topic, or adds partitions")
    @SuppressWarnings("NullAway.Init")
    static final class Alter extends Command {
        @Parameters(paramLabel = "NAME", description = "The topic")
        private String name;

        @Option(names = "--config", paramLabel = "KEY=VALUE", description = "A new value; may be repeated")
        private Map<String, String> config = new LinkedHashMap<>();

        @Option(names = "--reset", paramLabel = "KEY", description = "Back to the default; may be repeated")
        private List<String> reset = new ArrayList<>();

        @Option(
                names = "--partitions",
                paramLabel = "N",
                description =
                        "The new number of partitions, more than before. Most keys go to another partition from then"
                                + " on")
        private @Nullable Integer partitions;

        Alter(Terminal terminal) {
            super(terminal);
        }

        @Override
        int run(ApiClient client) throws IOException, ApiException {
            if (config.isEmpty() && reset.isEmpty() && partitions == null) {
                throw usage("say what to change: --config, --reset or --partitions");
            }
            var changes = new LinkedHashMap<String, @Nullable String>(config);
            for (var key : reset) {
                if (changes.containsKey(key)) throw usage("--config and --reset both name " + key);
                changes.put(key, null);
            }
            if (!changes.isEmpty()) client.call("PATCH", topic(name) + "/config", changes);
            if (partitions != null)
                client.call("POST", topic(name) + ":addPartitions", Map.of("partitions", partitions));
            return Exit.SUCCESS;
        }
    }

    @CommandLine.Command(name = "delete", description = "Deletes a topic and its records for good")
    @SuppressWarnings("NullAway.Init")
    static final class Delete extends Command {
        @Parameters(paramLabel = "NAME", description = "The topic")
        private String name;

        Delete(Terminal terminal) {
            super(terminal);
        }

        @Override
        int run(ApiClient client) throws IOException, ApiException {
            client.call("DELETE", topic(name), null);
            return Exit.SUCCESS;
        }
    }
}
