package io.millrace.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.Map;

/**
 * The world around the process: its streams and its environment.
 *
 * @param out for data, unbuffered, so that a broken pipe is noticed
 * @param err for everything else
 * @param interactive whether a person reads {@code err}
 */
public record Terminal(
        InputStream in, OutputStream out, PrintStream err, Map<String, String> environment, boolean interactive) {

    @SuppressWarnings("SystemConsoleNull") // from JDK 22 on it is not null, but then isTerminal would be needed
    static Terminal ofProcess() {
        return new Terminal(
                new FileInputStream(FileDescriptor.in),
                new FileOutputStream(FileDescriptor.out),
                new PrintStream(new FileOutputStream(FileDescriptor.err), true, UTF_8),
                System.getenv(),
                System.console() != null);
    }

    /** Writes one line of data. */
    public void line(String text) throws IOException {
        out.write((text + "\n").getBytes(UTF_8));
        out.flush();
    }
}
