package io.millrace.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.Map;

/** One run of the command line in this process. */
public final class CommandRun {
    private final int code;
    private final ByteArrayOutputStream out;
    private final String err;

    private CommandRun(int code, ByteArrayOutputStream out, String err) {
        this.code = code;
        this.out = out;
        this.err = err;
    }

    public static CommandRun of(String... args) {
        return of(new byte[0], Map.of(), args);
    }

    public static CommandRun of(byte[] stdin, Map<String, String> environment, String... args) {
        return of(new ByteArrayInputStream(stdin), environment, args);
    }

    public static CommandRun of(InputStream stdin, Map<String, String> environment, String... args) {
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        int code = run(stdin, out, err, environment, args);
        return new CommandRun(code, out, err.toString(UTF_8));
    }

    /** Runs with streams of the caller; gives the exit code. */
    public static int run(
            InputStream stdin, OutputStream out, OutputStream err, Map<String, String> environment, String... args) {
        return new Main(new Terminal(stdin, out, new PrintStream(err, true, UTF_8), environment, false)).run(args);
    }

    public int code() {
        return code;
    }

    public byte[] stdout() {
        return out.toByteArray();
    }

    public String out() {
        return out.toString(UTF_8);
    }

    public String err() {
        return err;
    }
}
