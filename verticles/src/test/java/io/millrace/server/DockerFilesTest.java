package io.millrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** No engine is needed to see that what the image names is there. */
class DockerFilesTest {
    private final DockerFiles docker = new DockerFiles();

    DockerFilesTest() throws IOException {}

    @Test
    void everyVariableIsAKeyAndItsValueIsTaken() {
        assertThat(docker.environment()).containsKey("MILLRACE_DATA_DIR");
        docker.environment().forEach((name, value) -> {
            var key = ServerKey.ofVariable(name);
            assertThat(key).as(name).isNotNull();
            assertThat(key.parse(value)).as(name).isEqualTo(value);
        });
    }

    @Test
    void pathsPortsAndUsersFitTogether() throws IOException {
        var data = docker.environment().get("MILLRACE_DATA_DIR");
        var port = docker.environment().get("MILLRACE_HTTP_PORT");
        assertThat(docker.only("VOLUME")).isEqualTo(data);
        assertThat(docker.only("EXPOSE")).isEqualTo(port);
        assertThat(docker.only("RUN")).contains(data).contains("useradd").contains(docker.only("USER"));
        assertThat(docker.only("COPY")).isEqualTo("verticles/target/millrace.jar " + DockerFiles.JAR);
        assertThat(Files.readString(DockerFiles.ROOT.resolve("docker/Dockerfile.dockerignore")))
                .contains("!verticles/target/millrace.jar");
        assertThat(docker.entryPoint()).contains(DockerFiles.JAR);
        assertThat(docker.healthCheck()).contains(DockerFiles.JAR).endsWith("http://127.0.0.1:" + port);

        var service = DockerFiles.service();
        assertThat(service.at("/ports/0").asText()).isEqualTo("127.0.0.1:" + port + ":" + port);
        assertThat(service.at("/volumes/0").asText()).endsWith(":" + data);
        assertThat(service.at("/build/dockerfile").asText()).isEqualTo("docker/Dockerfile");
        assertThat(Integer.parseInt(service.at("/stop_grace_period").asText().replace("s", "")))
                .as("seconds for a clean stop")
                .isGreaterThan(30);
    }

    @Test
    void theFlagsAreKnownToJava() throws Exception {
        for (var command : List.of(docker.entryPoint(), docker.healthCheck())) {
            var flags = new ArrayList<>(command.subList(0, command.indexOf("-jar")));
            flags.set(0, Path.of(System.getProperty("java.home"), "bin", "java").toString());
            flags.add("-version");
            var process = new ProcessBuilder(flags).redirectErrorStream(true).start();
            var said = new String(process.getInputStream().readAllBytes());
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).as(said).isZero();
            assertThat(said).doesNotContainIgnoringCase("warning");
        }
    }
}
