package io.millrace.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.config.JsonShape;
import io.millrace.server.client.ConsumeCommand;
import io.millrace.server.client.GroupCommand;
import io.millrace.server.client.ProduceCommand;
import io.millrace.server.client.TopicCommand;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** {@code millrace COMMAND}. Builds only the command that is asked for, because building all takes longer than running one. */
public final class Main {
    private final Terminal terminal;
    private final Map<String, Supplier<CommandLine>> commands = new LinkedHashMap<>();

    Main(Terminal terminal) {
        this.terminal = terminal;
        commands.put("server", () -> new ServerCommand(terminal).commandLine());
        commands.put("topic", () -> TopicCommand.commandLine(terminal));
        commands.put("group", () -> GroupCommand.commandLine(terminal));
        commands.put("produce", () -> new CommandLine(new ProduceCommand(terminal)));
        commands.put("consume", () -> new CommandLine(new ConsumeCommand(terminal)));
    }

    public static void main(String[] args) {
        System.exit(new Main(Terminal.ofProcess()).run(args));
    }

    /** Runs a command; gives the exit code. */
    int run(String... args) {
        var line = commandLine(args);
        line.setOut(new PrintWriter(new OutputStreamWriter(terminal.out(), UTF_8), true));
        line.setErr(new PrintWriter(new OutputStreamWriter(terminal.err(), UTF_8), true));
        line.setParameterExceptionHandler(this::wrongUsage);
        line.setExecutionExceptionHandler(this::failed);
        line.setCaseInsensitiveEnumValuesAllowed(false);
        line.setUsageHelpWidth(100);
        return line.execute(args);
    }

    private CommandLine commandLine(String... args) {
        var root = CommandSpec.create().name("millrace");
        root.usageMessage().description("A durable streaming broker: the server, and commands for a running one");
        root.version(version());
        root.addOption(OptionSpec.builder("--version")
                .versionHelp(true)
                .description("Shows the version and exits")
                .build());
        var line = new CommandLine(root);
        var only = args.length == 0 ? null : commands.get(args[0]);
        if (only != null) line.addSubcommand(args[0], only.get());
        else commands.forEach((name, command) -> line.addSubcommand(name, command.get()));
        withHelp(line);
        line.setExecutionStrategy(parsed -> {
            if (CommandLine.printHelpIfRequested(parsed)) return Exit.SUCCESS;
            if (!parsed.hasSubcommand()) {
                throw new ParameterException(line, "say what to do: " + String.join(", ", commands.keySet()));
            }
            return new CommandLine.RunLast().execute(parsed);
        });
        return line;
    }

    private static void withHelp(CommandLine line) {
        line.getCommandSpec()
                .addOption(OptionSpec.builder("--help")
                        .usageHelp(true)
                        .description("Shows this text and exits")
                        .build());
        line.getSubcommands().values().forEach(Main::withHelp);
    }

    static String version() {
        var version = Main.class.getPackage().getImplementationVersion();
        return "millrace " + (version == null ? "(development)" : version);
    }

    private int wrongUsage(ParameterException e, String[] args) {
        var line = e.getCommandLine();
        var name = line.getCommandSpec().qualifiedName();
        terminal.err().println(name + ": " + e.getMessage() + nearest(e, line));
        terminal.err().println("'" + name + " --help' tells what there is.");
        return Exit.USAGE;
    }

    private static String nearest(ParameterException e, CommandLine line) {
        if (!(e instanceof UnmatchedArgumentException unmatched)
                || unmatched.getUnmatched().isEmpty()) return "";
        var word = unmatched.getUnmatched().get(0);
        var words = new TreeSet<String>();
        if (unmatched.isUnknownOption()) {
            line.getCommandSpec().options().stream()
                    .filter(option -> !option.hidden())
                    .forEach(option -> words.add(option.longestName()));
        } else {
            words.addAll(line.getSubcommands().keySet());
        }
        return words.isEmpty() ? "" : "; the nearest is " + JsonShape.nearest(word.split("=", 2)[0], words);
    }

    private int failed(Exception e, CommandLine line, CommandLine.ParseResult parsed) {
        var name = line.getCommandSpec().qualifiedName();
        if (e instanceof ConfigException) {
            terminal.err().println(name + ": " + e.getMessage());
            return Exit.USAGE;
        }
        terminal.err().println(name + ": failed unexpectedly");
        e.printStackTrace(terminal.err());
        return Exit.FAILED;
    }
}
