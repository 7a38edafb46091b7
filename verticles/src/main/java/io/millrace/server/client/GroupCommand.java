package io.millrace.server.client;

import static io.millrace.server.client.ApiClient.escaped;
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

/** {@code group …}: administration of consumer groups. */
@CommandLine.Command(name = "group", description = "Lists, describes, moves and deletes consumer groups")
public final class GroupCommand implements Runnable {
    @CommandLine.Spec
    private CommandLine.Model.@Nullable CommandSpec spec;

    private GroupCommand() {}

    /** The command with those below it. */
    public static CommandLine commandLine(Terminal terminal) {
        return new CommandLine(new GroupCommand())
                .addSubcommand(new ListAll(terminal))
                .addSubcommand(new Describe(terminal))
                .addSubcommand(new Seek(terminal))
                .addSubcommand(new Delete(terminal));
    }

    @Override
    public void run() {
        var line = Objects.requireNonNull(spec).commandLine();
        throw new CommandLine.ParameterException(line, "say what to do: list, describe, seek or delete");
    }

    private static String group(String name) {
        return "/v1/groups/" + escaped(name);
    }

    @CommandLine.Command(name = "list", description = "Prints the names of all groups, one a line")
    static final class ListAll extends Command {
        ListAll(Terminal terminal) {
            super(terminal);
        }

        @Override
        int run(ApiClient client) throws IOException, ApiException {
            return printList(client, "/v1/groups", "group");
        }
    }

    @CommandLine.Command(
            name = "describe",
            description = "Prints the members of a group, its offsets and how far it is behind")
    @SuppressWarnings("NullAway.Init")
    static final class Describe extends Command {
        enum Format {
            text,
            json
        }

        @Parameters(paramLabel = "GROUP", description = "The group")
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
            var group = client.get(group(name));
            if (format == Format.json) {
                line(new String(Json.write(group), UTF_8));
                return Exit.SUCCESS;
            }
            var members = group.get("members");
            var facts = new LinkedHashMap<String, @Nullable Object>(group);
            facts.remove("members");
            for (var line : TopicTable.lines(facts)) line(line);
            if (members instanceof List<?> list && !list.isEmpty()) {
                line("");
                for (var line : TopicTable.lines(Map.of("partitions", list))) line(line);
            }
            return Exit.SUCCESS;
        }
    }

    @CommandLine.Command(
            name = "seek",
            description = "Lets a group without members go on elsewhere; prints each partition with its offsets")
    @SuppressWarnings("NullAway.Init")
    static final class Seek extends Command {
        @Parameters(paramLabel = "GROUP", description = "The group")
        private String name;

        @Option(
                names = "--to",
                required = true,
                paramLabel = "WHERE",
                description = "earliest, latest, offset:N, time:T (RFC 3339) or shift:N, with N below 0 to go back")
        private String to;

        @Option(names = "--topic", paramLabel = "TOPIC", description = "Only this topic, all its partitions")
        private @Nullable String topic;

        @Option(names = "--partition", paramLabel = "N", description = "Only this one of the topic; may be repeated")
        private List<Integer> partitions = new ArrayList<>();

        @Option(names = "--dry-run", description = "Only prints what would become of it")
        private boolean dryRun;

        Seek(Terminal terminal) {
            super(terminal);
        }

        @Override
        int run(ApiClient client) throws IOException, ApiException {
            var body = new LinkedHashMap<String, @Nullable Object>();
            body.put("to", where());
            if (topic != null) body.put("topic", topic);
            if (!partitions.isEmpty()) body.put("partitions", partitions);
            body.put("dryRun", dryRun);
            var moved = client.call("POST", group(name) + ":seek", body);
            if (moved.get("partitions") instanceof List<?> list && !list.isEmpty()) {
                for (var line : TopicTable.lines(Map.of("partitions", list))) line(line);
            }
            return Exit.SUCCESS;
        }

        private Object where() {
            int colon = to.indexOf(':');
            var kind = colon < 0 ? to : to.substring(0, colon);
            var value = colon < 0 ? "" : to.substring(colon + 1);
            return switch (kind) {
                case "earliest", "latest" -> kind;
                case "offset", "time" -> Map.of(kind, value);
                case "shift" -> Map.of("shiftBy", value);
                default -> throw usage("--to '" + to + "' is none of earliest, latest, offset:N, time:T, shift:N");
            };
        }
    }

    @CommandLine.Command(name = "delete", description = "Forgets a group without members and its offsets")
    @SuppressWarnings("NullAway.Init")
    static final class Delete extends Command {
        @Parameters(paramLabel = "GROUP", description = "The group")
        private String name;

        Delete(Terminal terminal) {
            super(terminal);
        }

        @Override
        int run(ApiClient client) throws IOException, ApiException {
            client.call("DELETE", group(name), null);
            return Exit.SUCCESS;
        }
    }
}
