package io.millrace.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands of the image, without the image: in processes of this machine, with its variables. */
class DockerCommandsIT {
    private static final String JAR = System.getProperty("millrace.jar");

    @TempDir
    Path directory;

    @Test
    void theEntryPointServesIsFoundHealthyAndStopsCleanly() throws Exception {
        var docker = new DockerFiles();
        var command = new ArrayList<>(docker.entryPoint());
        command.addAll(docker.command());
        var node = start(command, docker.environment());
        try {
            var out = new BufferedReader(new InputStreamReader(node.getInputStream(), UTF_8));
            var line = out.readLine();
            assertThat(line).startsWith("READY {");
            var address = new JsonObject(line.substring("READY ".length())).getString("http");
            var port = address.substring(address.lastIndexOf(':'));

            var check = docker.healthCheck();
            check.set(check.size() - 1, "http://127.0.0.1" + port);
            var checked = start(check, Map.of());
            assertThat(checked.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(checked.exitValue()).isZero();

            node.toHandle().destroy(); // SIGTERM
            assertThat(node.waitFor(35, TimeUnit.SECONDS)).isTrue();
            assertThat(node.exitValue()).isZero();

            var unhealthy = start(check, Map.of());
            assertThat(unhealthy.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(unhealthy.exitValue()).isEqualTo(Exit.FAILED);
        } finally {
            node.destroyForcibly();
        }
    }

    private Process start(List<String> command, Map<String, String> variables) throws IOException {
        var here = new ArrayList<>(command);
        here.set(0, Path.of(System.getProperty("java.home"), "bin", "java").toString());
        here.replaceAll(word -> word.equals(DockerFiles.JAR) ? JAR : word);
        var builder = new ProcessBuilder(here).redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().keySet().removeIf(name -> name.startsWith("MILLRACE_"));
        builder.environment().putAll(variables);
        if (variables.containsKey("MILLRACE_DATA_DIR")) {
            builder.environment()
                    .put("MILLRACE_DATA_DIR", directory.resolve("data").toString());
            builder.environment().put("MILLRACE_HTTP_PORT", "0");
        }
        return builder.start();
    }
}
