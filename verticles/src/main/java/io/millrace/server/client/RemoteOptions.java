package io.millrace.server.client;

import io.millrace.server.Terminal;
import java.net.URI;
import java.net.URISyntaxException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** What every command needs that talks to a broker. */
final class RemoteOptions {
    static final String VARIABLE = "MILLRACE_URL";
    static final String DEFAULT = "http://127.0.0.1:8080";

    @Option(
            names = "--url",
            paramLabel = "URL",
            description = "The broker; default: $" + VARIABLE + ", else " + DEFAULT)
    private @Nullable String url;

    ApiClient client(CommandSpec spec, Terminal terminal) {
        return new ApiClient(uri(spec, terminal));
    }

    URI uri(CommandSpec spec, Terminal terminal) {
        var text = url != null ? url : terminal.environment().getOrDefault(VARIABLE, DEFAULT);
        try {
            var uri = new URI(text);
            boolean http = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
            if (http && uri.getHost() != null && uri.getQuery() == null && uri.getFragment() == null) return uri;
        } catch (URISyntaxException e) {
            // said below
        }
        throw new ParameterException(
                spec.commandLine(), "--url '" + text + "' is not of the form http://HOST:PORT or https://HOST:PORT");
    }
}
