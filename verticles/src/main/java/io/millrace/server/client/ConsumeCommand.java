package io.millrace.server.client;

import io.millrace.server.Exit;
import io.millrace.server.Terminal;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code consume}: records to lines. */
@CommandLine.Command(
        name = "consume",
        description = {
            "Prints the records of a topic",
            "As value: the bytes of each value and a line feed; a record without a value is an empty line.",
            "As json: one object a line, with topic, partition, offset, timestamp, key and headers."
        })
@SuppressWarnings("NullAway.Init")
public final class ConsumeCommand extends Command {
    private static final Pattern FROM = Pattern.compile("earliest|latest|offset:[0-9]{1,19}|time:.+");
    private static final long PATIENCE_MILLIS = 60_000;
    /** After so long without a record it is asked whether there is any left. */
    private static final long IDLE_MILLIS = 500;

    private static final long FIRST_PAUSE_MILLIS = 50;
    private static final long LONGEST_PAUSE_MILLIS = 5_000;

    enum Format {
        value,
        json
    }

    @Parameters(paramLabel = "TOPIC", description = "The topic")
    private String topic;

    @Option(
            names = "--from",
            paramLabel = "WHERE",
            description = "earliest (default), latest, offset:N, or time:T with T as 2026-01-31T08:00:00Z")
    private String from = "earliest";

    @Option(names = "--partition", paramLabel = "P", description = "Read this partition only; default: all")
    private @Nullable Integer partition;

    @Option(
            names = "--group",
            paramLabel = "G",
            description = {
                "Read as a member of this group, and commit what was printed; --from holds where nothing is committed.",
                "Without --follow it ends when the group has read everything"
            })
    private @Nullable String group;

    @Option(names = "--max", paramLabel = "N", description = "End after so many records")
    private long max = Long.MAX_VALUE;

    @Option(names = "--format", paramLabel = "FORMAT", description = "value (default) or json")
    private Format format = Format.value;

    @Option(names = "--follow", description = "Wait for new records at the end, instead of ending there")
    private boolean follow;

    public ConsumeCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    int run(ApiClient client) throws IOException, ApiException {
        if (!FROM.matcher(from).matches())
            throw usage("--from '" + from + "' is none of earliest, latest, offset:N, time:T");
        if (max < 1) throw usage("--max is below 1");
        if (partition != null && partition < 0) throw usage("--partition is negative");
        if (group != null) return share(client, group);
        var pages = new RecordPages(client, topic, from, partition, follow);
        var out = new Quiet(terminal().out());
        long left = max;
        while (left > 0) {
            var page = next(client, pages, left);
            int count = format == Format.value ? page.writeValues(out) : page.writeJson(out);
            out.flush();
            left -= count;
            if (count == 0 && !follow) break;
        }
        return Exit.SUCCESS;
    }

    private int share(ApiClient client, String group) throws IOException, ApiException {
        if (partition != null) throw usage("--partition and --group exclude each other: a group shares the partitions");
        client.get(ApiClient.topic(topic));
        var out = new Quiet(terminal().out());
        long left = max;
        long troubleSince = -1;
        while (left > 0) {
            try (var member = GroupMember.join(client.url(), topic, group, from)) {
                while (left > 0) {
                    var page = member.next(left, IDLE_MILLIS);
                    if (page == null) {
                        if (!follow && hasReadAll(client, group)) return Exit.SUCCESS;
                        continue;
                    }
                    left -= format == Format.value ? page.writeValues(out) : page.writeJson(out);
                    out.flush();
                    member.settle();
                    troubleSince = -1;
                }
            } catch (BrokenPipe e) {
                throw e;
            } catch (IOException e) {
                client.close();
                if (troubleSince < 0) troubleSince = System.nanoTime();
                if ((System.nanoTime() - troubleSince) / 1_000_000 >= PATIENCE_MILLIS) throw e;
                note(reason(e));
                sleep(1_000);
            }
        }
        return Exit.SUCCESS;
    }

    /** Whether no member of the group has anything left to read in the topic. */
    private boolean hasReadAll(ApiClient client, String group) throws IOException, ApiException {
        Map<String, @Nullable Object> lag;
        try {
            lag = client.get("/v1/groups/" + ApiClient.escaped(group) + "/lag");
        } catch (ApiException e) {
            // The very first member of a group: the broker is about to make it.
            if (e.problem().retryable() || e.problem().code().equals("GROUP_NOT_FOUND")) return false;
            throw e;
        }
        if (!(lag.get("partitions") instanceof List<?> partitions))
            throw new IOException("the answer has no partitions");
        for (var each : partitions) {
            if (each instanceof Map<?, ?> of && topic.equals(of.get("topic")) && isBehind(of)) return false;
        }
        return true;
    }

    private boolean isBehind(Map<?, ?> partition) {
        if (partition.get("lag") instanceof Number lag) return lag.longValue() > 0;
        // Nothing is committed: then what there is was not read yet, unless it was not to be read.
        return from.equals("earliest") && !Objects.equals(partition.get("start"), partition.get("end"));
    }

    /** Asks again after passing failures, for a minute; nothing of a page is printed before all of it is there. */
    private static RecordPages.Page next(ApiClient client, RecordPages pages, long left)
            throws IOException, ApiException {
        long since = System.nanoTime();
        for (long pause = FIRST_PAUSE_MILLIS; ; pause = Math.min(LONGEST_PAUSE_MILLIS, 2 * pause)) {
            boolean spent = (System.nanoTime() - since) / 1_000_000 >= PATIENCE_MILLIS;
            long asked = 0;
            try {
                return pages.next(left);
            } catch (ApiException e) {
                if (spent || !e.problem().retryable()) throw e;
                asked = e.problem().retryAfterMillis();
            } catch (IOException e) {
                client.close();
                if (spent || !pages.begun()) throw e;
            }
            sleep(Math.max(asked, pause));
        }
    }

    private static void sleep(long millis) throws IOException {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new InterruptedIOException("interrupted");
        }
    }

    /** Stdout: what goes wrong here is that the reader has had enough. */
    private static final class Quiet extends OutputStream {
        private final OutputStream out;
        private final byte[] buffer = new byte[64 << 10];
        private int count;

        Quiet(OutputStream out) {
            this.out = out;
        }

        @Override
        public void write(int b) throws IOException {
            if (count == buffer.length) drain();
            buffer[count++] = (byte) b;
        }

        @Override
        public void write(byte[] bytes, int at, int length) throws IOException {
            if (length > buffer.length - count) drain();
            if (length > buffer.length) {
                pass(bytes, at, length);
            } else {
                System.arraycopy(bytes, at, buffer, count, length);
                count += length;
            }
        }

        @Override
        public void flush() throws IOException {
            drain();
        }

        private void drain() throws IOException {
            pass(buffer, 0, count);
            count = 0;
        }

        private void pass(byte[] bytes, int at, int length) throws IOException {
            try {
                out.write(bytes, at, length);
            } catch (IOException e) {
                throw new BrokenPipe(e);
            }
        }
    }
}
