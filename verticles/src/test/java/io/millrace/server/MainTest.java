package io.millrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MainTest {
    private static final List<String> COMMANDS = List.of(
            "server",
            "topic",
            "topic create",
            "topic list",
            "topic describe",
            "topic alter",
            "topic delete",
            "produce",
            "consume");

    @Test
    void everyCommandHasAHelpTextOnStdout() {
        for (var command : COMMANDS) {
            var run = CommandRun.of((command + " --help").split(" "));
            assertThat(run.code()).as(command).isEqualTo(Exit.SUCCESS);
            assertThat(run.out()).startsWith("Usage: millrace " + command);
            assertThat(run.err()).isEmpty();
        }
    }

    @Test
    void theHelpOfTheWholeNamesEachCommandAndNoneThatDoesNotExist() {
        var run = CommandRun.of("--help");
        assertThat(run.code()).isEqualTo(Exit.SUCCESS);
        assertThat(run.out()).contains("server", "topic", "group", "produce", "consume");
        assertThat(run.out()).doesNotContain("cluster", "transaction");
    }

    @Test
    void theHelpOfTheServerNamesEachFlagThatWorksAndItsKey() {
        var help = CommandRun.of("server", "--help").out().replaceAll("\\s+", "");
        for (var key : ServerKey.ALL.values()) {
            if (key.refused() == null) assertThat(help).contains(key.flag() + "=" + key.label(), "(" + key.key() + ";");
            else assertThat(help).doesNotContain(key.flag());
        }
    }

    @Test
    void theVersionIsOneLineOnStdout() {
        var run = CommandRun.of("--version");
        assertThat(run.code()).isEqualTo(Exit.SUCCESS);
        assertThat(run.out()).startsWith("millrace ").hasLineCount(1);
    }

    @Test
    void wrongUsageExitsWithTwoAndLeavesStdoutEmpty() {
        for (var args : List.of(
                "",
                "bogus",
                "topic",
                "topic bogus",
                "topic create",
                "topic create a b",
                "topic create a --partitions x",
                "topic create a --config novalue",
                "topic alter a",
                "topic alter a --config x=1 --reset x",
                "topic list --url ftp://x",
                "topic list --url http://",
                "topic list --bogus",
                "produce",
                "produce t --acks 7",
                "produce t --partition -4",
                "produce t --file /does/not/exist",
                "consume t --from yesterday",
                "consume t --max 0",
                "consume t --format xml",
                "server --bogus",
                "server extra",
                "server --http-port",
                "server --http-port 1 --http-port 2")) {
            var run = args.isEmpty() ? CommandRun.of() : CommandRun.of(args.split(" "));
            assertThat(run.code()).as(args).isEqualTo(Exit.USAGE);
            assertThat(run.stdout()).as(args).isEmpty();
            assertThat(run.err()).as(args).startsWith("millrace").contains("--help");
        }
    }

    @Test
    void anUnknownFlagIsAnsweredWithTheNearestOne() {
        assertThat(CommandRun.of("server", "--http-prt", "1").err()).contains("nearest is --http-port");
        assertThat(CommandRun.of("topic", "lsit").err()).contains("nearest is list");
        assertThat(CommandRun.of("consume", "t", "--folow").err()).contains("nearest is --follow");
    }

    @Test
    void aWrongConfigurationExitsWithTwo() {
        var run = CommandRun.of(new byte[0], Map.of("MILLRACE_HTTP_PORT", "no"), "server");
        assertThat(run.code()).isEqualTo(Exit.USAGE);
        assertThat(run.stdout()).isEmpty();
        assertThat(run.err()).contains("MILLRACE_HTTP_PORT", "http.port", "\"no\"");
    }

    @Test
    void whatThisVersionDoesNotHaveIsRefusedByName() {
        for (var args : List.of(
                "--storage redis",
                "--redis-uri redis://x",
                "--cluster-port 1",
                "--join a:1",
                "--bootstrap",
                "--kafka-port 9092")) {
            var run = CommandRun.of(("server " + args).split(" "));
            assertThat(run.code()).as(args).isEqualTo(Exit.USAGE);
            assertThat(run.err()).as(args).contains("not available in this version");
        }
    }

    @Test
    void aBrokerThatIsNotThereIsAFailedOperation() {
        var run = CommandRun.of("topic", "list", "--url", "http://127.0.0.1:1");
        assertThat(run.code()).isEqualTo(Exit.FAILED);
        assertThat(run.stdout()).isEmpty();
        assertThat(run.err()).contains("http://127.0.0.1:1", "no broker answers");
    }
}
