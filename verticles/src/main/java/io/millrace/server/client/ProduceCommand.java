package io.millrace.server.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.server.Exit;
import io.millrace.server.Terminal;
import io.millrace.server.client.Publisher.Refused;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code produce}: lines to records. */
@CommandLine.Command(
        name = "produce",
        description = {
            "Publishes one record for each line of the input, which may be any bytes",
            "Ends when all lines are acknowledged, or one is refused. Prints the number of acknowledged records."
        })
@SuppressWarnings("NullAway.Init")
public final class ProduceCommand extends Command {
    enum AcksOption {
        none("0"),
        leader("1"),
        all("all");

        private final String header;

        AcksOption(String header) {
            this.header = header;
        }
    }

    @Parameters(paramLabel = "TOPIC", description = "The topic, which exists")
    private String topic;

    @Option(
            names = "--key-separator",
            paramLabel = "C",
            description =
                    "What stands between key and value in each line: a character or more, \\t for a tab. Without, records"
                            + " have no key")
    private @Nullable String separator;

    @Option(names = "--file", paramLabel = "FILE", description = "Read from here instead of from stdin")
    private @Nullable Path file;

    @Option(names = "--partition", paramLabel = "P", description = "Put all records into this partition")
    private @Nullable Integer partition;

    @Option(
            names = "--acks",
            paramLabel = "ACKS",
            description = "When a record counts: all (default, on all in-sync replicas), 1 (on the leader) or 0 (sent)",
            converter = AcksConverter.class)
    private @Nullable AcksOption acks;

    @Option(
            names = "--retry-seconds",
            paramLabel = "N",
            defaultValue = "60",
            description =
                    "How long to go on when the broker cannot be reached or is not able to take records; default 60")
    private int retrySeconds;

    public ProduceCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    int run(ApiClient client) throws IOException, ApiException {
        if (separator != null && separator.isEmpty()) throw usage("--key-separator is empty");
        if (retrySeconds < 0) throw usage("--retry-seconds is negative");
        if (partition != null && partition < 0) throw usage("--partition is negative");
        if (file != null && !Files.isReadable(file)) throw usage("--file " + file + " cannot be read");
        int most = TopicLimits.mostRecordBytes(client.get(ApiClient.topic(topic)));
        var publisher =
                new Publisher(client, topic, acks == null ? null : acks.header, retrySeconds * 1000L, this::note);
        try (var in = open();
                var progress = new Progress(terminal(), publisher)) {
            var lines = new LineRecords(new LineReader(in, most), separatorBytes(), most, partition);
            return publishAll(lines, publisher, progress);
        }
    }

    private int publishAll(LineRecords lines, Publisher publisher, Progress progress) throws IOException, ApiException {
        var filler = new Thread(lines, "input");
        filler.setDaemon(true);
        filler.start();
        try {
            for (var body = lines.take(); body != null; body = lines.take()) {
                publisher.publish(body);
                lines.giveBack(body);
            }
            var wrong = lines.failure();
            return wrong == null ? Exit.SUCCESS : failed(wrong);
        } catch (Refused e) {
            return failed(String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            throw new InterruptedIOException("interrupted");
        } finally {
            filler.interrupt();
            progress.finish();
            line(Long.toString(publisher.acknowledged()));
        }
    }

    private InputStream open() throws IOException {
        return file == null ? terminal().in() : Files.newInputStream(file);
    }

    private byte @Nullable [] separatorBytes() {
        return separator == null ? null : separator.replace("\\t", "\t").getBytes(UTF_8);
    }

    static final class AcksConverter implements CommandLine.ITypeConverter<AcksOption> {
        @Override
        public AcksOption convert(String value) {
            for (var option : AcksOption.values()) if (option.header.equals(value)) return option;
            throw new CommandLine.TypeConversionException("'" + value + "' is none of 0, 1, all");
        }
    }
}
