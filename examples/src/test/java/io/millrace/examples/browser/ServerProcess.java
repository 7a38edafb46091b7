package io.millrace.examples.browser;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A program of this project in a process of its own, which is killed and started again with the same arguments. */
final class ServerProcess implements AutoCloseable {
    private final Class<?> program;
    private final String readyLine;
    private final Path log;
    private final List<String> arguments;
    private Process process;

    /** @param readyLine how the line begins that says that it serves */
    ServerProcess(Class<?> program, String readyLine, Path log, String... arguments) {
        this.program = program;
        this.readyLine = readyLine;
        this.log = log;
        this.arguments = List.of(arguments);
    }

    /** Gives the line that says that it serves. */
    synchronized String start() throws IOException {
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                program.getName()));
        command.addAll(arguments);
        var builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().keySet().removeIf(name -> name.startsWith("MILLRACE_"));
        process = builder.start();
        var out = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
        var line = out.readLine();
        if (line == null || !line.startsWith(readyLine)) throw new IOException(line + "\n" + Files.readString(log));
        return line;
    }

    /** As kill -9 does it. */
    synchronized void kill() {
        try {
            process.destroyForcibly().waitFor();
        } catch (InterruptedException cut) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        if (process != null) kill();
    }
}
