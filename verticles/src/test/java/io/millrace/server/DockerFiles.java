package io.millrace.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What stands in the folder {@code docker}, read as far as tests need it. */
final class DockerFiles {
    static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    static final String JAR = "/opt/millrace/millrace.jar";

    /** The instructions, each in one line. */
    private final List<String> instructions = new ArrayList<>();

    DockerFiles() throws IOException {
        var joined = Files.readString(ROOT.resolve("docker/Dockerfile"))
                .replaceAll("(?m)^#.*\n", "")
                .replaceAll("\\\\\n\\s*", "");
        joined.lines().filter(line -> !line.isBlank()).forEach(instructions::add);
    }

    /** What follows the name of an instruction. */
    String only(String name) {
        var found = instructions.stream()
                .filter(line -> line.startsWith(name + " "))
                .map(line -> line.substring(name.length() + 1))
                .toList();
        if (found.size() != 1) throw new AssertionError(name + " stands there " + found.size() + " times");
        return found.get(0);
    }

    Map<String, String> environment() {
        var variables = new LinkedHashMap<String, String>();
        for (var pair : only("ENV").strip().split("\\s+")) {
            int equals = pair.indexOf('=');
            variables.put(pair.substring(0, equals), pair.substring(equals + 1));
        }
        return variables;
    }

    List<String> entryPoint() throws IOException {
        return words(only("ENTRYPOINT"));
    }

    List<String> command() throws IOException {
        return words(only("CMD"));
    }

    List<String> healthCheck() throws IOException {
        var check = only("HEALTHCHECK");
        return words(check.substring(check.indexOf('[')));
    }

    private static List<String> words(String json) throws IOException {
        var words = new ArrayList<String>();
        for (var word : new ObjectMapper().readTree(json)) words.add(word.asText());
        return words;
    }

    static JsonNode service() throws IOException {
        return new ObjectMapper(new YAMLFactory())
                .readTree(ROOT.resolve("docker/compose.yaml").toFile())
                .at("/services/millrace");
    }
}
