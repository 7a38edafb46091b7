package io.millrace.server.client;

import com.fasterxml.jackson.core.JacksonException;
import io.millrace.server.Exit;
import io.millrace.server.Terminal;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A command that talks to a broker: its options, and what becomes of failures. */
@SuppressWarnings("NullAway.Init") // picocli sets the fields
abstract class Command implements Callable<Integer> {
    private final Terminal terminal;

    @Spec
    private CommandSpec spec;

    @Mixin
    private RemoteOptions remote;

    Command(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public final Integer call() {
        var uri = remote.uri(spec, terminal);
        try (var client = new ApiClient(uri)) {
            return run(client);
        } catch (ApiException e) {
            return failed(e.problem().toString());
        } catch (BrokenPipe e) {
            return Exit.SUCCESS;
        } catch (IOException e) {
            return failed(uri + ": " + reason(e));
        }
    }

    /** Does the work; gives the exit code. */
    abstract int run(ApiClient client) throws IOException, ApiException;

    Terminal terminal() {
        return terminal;
    }

    /** Says why the operation failed. */
    int failed(String why) {
        terminal.err().println(spec.qualifiedName() + ": " + why);
        return Exit.FAILED;
    }

    /** Says what goes wrong for now. */
    void note(String trouble) {
        terminal.err().println(spec.qualifiedName() + ": tries again: " + trouble);
    }

    /** Writes one line of data. */
    void line(String text) throws IOException {
        try {
            terminal.line(text);
        } catch (IOException e) {
            throw new BrokenPipe(e);
        }
    }

    /** Writes one member of each item of a list, a line each, page by page; gives the exit code. */
    int printList(ApiClient client, String list, String member) throws IOException, ApiException {
        var page = client.get(list);
        while (true) {
            if (page.get("items") instanceof List<?> items) {
                for (var item : items)
                    line(String.valueOf(item instanceof Map<?, ?> object ? object.get(member) : item));
            }
            if (!(page.get("nextPageToken") instanceof String token) || token.isEmpty()) return Exit.SUCCESS;
            page = client.get(list + "?pageToken=" + ApiClient.escaped(token));
        }
    }

    ParameterException usage(String why) {
        return new ParameterException(spec.commandLine(), why);
    }

    static String reason(IOException e) {
        if (e instanceof ConnectException) return "no broker answers there (" + e.getMessage() + ")";
        if (e instanceof UnknownHostException) return "there is no such host";
        if (e instanceof JacksonException json) return "the answer is not JSON: " + json.getOriginalMessage();
        return String.valueOf(e.getMessage());
    }

    /** Whoever reads our data has had enough. */
    static final class BrokenPipe extends IOException {
        BrokenPipe(IOException cause) {
            super(cause);
        }
    }
}
