package io.millrace.server.client;

import io.millrace.server.Terminal;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Tells on stderr how far publishing is: while it runs a line with the rate on a terminal, in the end one with the count. */
final class Progress implements AutoCloseable {
    private static final long EVERY_MILLIS = 500;

    private final Terminal terminal;
    private final Publisher publisher;
    private final long started = System.nanoTime();
    private final @Nullable ScheduledExecutorService timer;
    private long before;

    Progress(Terminal terminal, Publisher publisher) {
        this.terminal = terminal;
        this.publisher = publisher;
        this.timer = terminal.interactive() ? Executors.newSingleThreadScheduledExecutor(Progress::daemon) : null;
        if (timer != null) {
            var unused = timer.scheduleAtFixedRate(this::show, EVERY_MILLIS, EVERY_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private static Thread daemon(Runnable task) {
        var thread = new Thread(task, "progress");
        thread.setDaemon(true);
        return thread;
    }

    private void show() {
        long now = publisher.acknowledged();
        terminal.err().printf(Locale.ROOT, "\r%,d records, %,d/s\u001b[K", now, (now - before) * 1000 / EVERY_MILLIS);
        terminal.err().flush();
        before = now;
    }

    /** The last line: how many records are acknowledged. */
    void finish() {
        close();
        long count = publisher.acknowledged();
        double seconds = (System.nanoTime() - started) / 1e9;
        terminal.err()
                .printf(
                        Locale.ROOT,
                        "%s%d records acknowledged in %.1f s (%.0f/s)%s%n",
                        terminal.interactive() ? "\r\u001b[K" : "",
                        count,
                        seconds,
                        count / Math.max(seconds, 1e-3),
                        publisher.retries() == 0 ? "" : ", " + publisher.retries() + " retries");
        terminal.err().flush();
    }

    @Override
    public void close() {
        if (timer != null) timer.shutdownNow();
    }
}
