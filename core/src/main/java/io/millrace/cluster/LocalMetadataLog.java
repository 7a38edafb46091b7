package io.millrace.cluster;

import io.millrace.log.FlushLevel;
import io.millrace.log.LogOptions;
import io.millrace.log.PartitionLog;
import io.millrace.log.disk.Checkpoint;
import io.millrace.log.disk.Disk;
import io.millrace.log.disk.DiskException;
import io.millrace.log.disk.DiskWork;
import io.millrace.model.MillraceException;
import io.millrace.model.Outcome;
import io.millrace.model.PartitionId;
import io.millrace.model.Refusal;
import io.millrace.time.Clock;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The metadata of a node that stands alone, in a log of its own and a snapshot beside it.
 *
 * <p>One command at a time: decided, appended, and when it is durable applied, told to the listeners and answered
 * (durability contract, S9). So nobody ever sees metadata that a crash can take back. A snapshot is taken after every so
 * many events; what lies before the one before it is forgotten, so that {@code .prev} is as good a start as the newest.
 */
public final class LocalMetadataLog implements MetadataLog {
    /** Where a {@link io.millrace.log.LogStorage} keeps the log of the metadata; no topic has this id. */
    public static final PartitionId PARTITION = new PartitionId(new UUID(0, 0), 0);
    /** How that log is kept: synced before anything is answered, and never forgotten by age or size. */
    public static final LogOptions LOG_OPTIONS =
            new LogOptions(FlushLevel.COMMIT, 100, 8 << 20, 16 << 20, 365L * 86_400_000, 4096, -1, -1, false);

    private static final Logger LOG = LoggerFactory.getLogger(LocalMetadataLog.class);

    /**
     * Where the snapshot lies, and how much of everything there may be.
     *
     * @param snapshotPath the snapshot file
     * @param eventsPerSnapshot how many events there are between two snapshots
     * @param maxSnapshotBytes the largest snapshot that is written or read
     * @param maxWaiting how many commands may wait
     * @param rules limits and defaults for decisions
     */
    public record Options(
            String snapshotPath, int eventsPerSnapshot, int maxSnapshotBytes, int maxWaiting, MetadataRules rules) {
        public Options {
            if (eventsPerSnapshot < 1 || maxSnapshotBytes < 1 || maxWaiting < 1) {
                throw new IllegalArgumentException("a limit below 1");
            }
        }

        public static Options of(String snapshotPath, MetadataRules rules) {
            return new Options(snapshotPath, 1000, 64 << 20, 20_000, rules);
        }
    }

    private record Waiting<R>(MetadataCommand<R> command, Promise<R> reply) {}

    private final PartitionLog log;
    private final Disk disk;
    private final DiskWork work;
    private final Clock clock;
    private final Options options;
    private final MetadataImage image;
    private final List<MetadataListener> listeners = new ArrayList<>();
    private final Queue<Waiting<?>> waiting = new ArrayDeque<>();
    private final Promise<Void> closed = Promise.promise();

    private long newestSnapshot;
    private long lastAttempt;
    private boolean draining;
    private boolean writing;
    private boolean snapshotting;
    private boolean closing;
    private boolean lettingGo;
    private @Nullable MillraceException stopped;

    private LocalMetadataLog(
            PartitionLog log,
            Disk disk,
            DiskWork work,
            Clock clock,
            Options options,
            MetadataImage image,
            long newestSnapshot) {
        this.log = log;
        this.disk = disk;
        this.work = work;
        this.clock = clock;
        this.options = options;
        this.image = image;
        this.newestSnapshot = newestSnapshot;
        this.lastAttempt = newestSnapshot;
    }

    /**
     * Recovers the metadata: the snapshot, then the log. Fails with CORRUPT_MESSAGE if they are damaged or do not meet;
     * nothing is changed then. The log belongs to the result.
     *
     * @param log opened with {@link #LOG_OPTIONS}
     */
    public static Future<LocalMetadataLog> open(
            PartitionLog log, Disk disk, DiskWork work, Clock clock, Options options) {
        return work.run(DiskWork.Lane.UPKEEP, () -> Checkpoint.read(
                                disk, options.snapshotPath(), options.maxSnapshotBytes())
                        .map(MetadataCodec::decodeImage)
                        .orElseGet(MetadataImage::new))
                .compose(snapshot -> {
                    long version = snapshot.version();
                    return MetadataRecovery.run(log, snapshot)
                            .map(image -> new LocalMetadataLog(log, disk, work, clock, options, image, version));
                });
    }

    @Override
    public MetadataImage image() {
        return image;
    }

    @Override
    public void onChange(MetadataListener listener) {
        listeners.add(listener);
    }

    @Override
    public <R> Future<R> submit(MetadataCommand<R> command) {
        if (stopped != null) return Future.failedFuture(stopped);
        if (closing) return Future.failedFuture(closed());
        if (waiting.size() >= options.maxWaiting()) {
            return Future.failedFuture(Refusal.BUFFER_FULL.because(
                    waiting.size() + " metadata commands are waiting, which is the limit; try again"));
        }
        var reply = Promise.<R>promise();
        waiting.add(new Waiting<>(command, reply));
        drain();
        return reply.future();
    }

    @Override
    public Future<Void> close() {
        closing = true;
        refuseWaiting(closed());
        closeWhenIdle();
        return closed.future();
    }

    /** Begins what waits, one after the other, without recursion for writes that complete at once. */
    private void drain() {
        if (draining) return;
        draining = true;
        try {
            while (!writing) {
                var next = waiting.poll();
                if (next == null) break;
                begin(next);
            }
        } finally {
            draining = false;
        }
    }

    private <R> void begin(Waiting<R> next) {
        Decision<R> decision;
        try {
            decision = next.command.decide(image, options.rules());
        } catch (RuntimeException refusal) {
            next.reply.fail(refusal);
            return;
        }
        if (decision.events().isEmpty()) {
            next.reply.complete(decision.reply());
            return;
        }
        writing = true;
        log.append(EventBatch.encode(decision.events(), image.version(), clock.wallMillis()))
                .onComplete(appended -> {
                    try {
                        if (appended.succeeded()) settle(next, decision);
                        else refuse(next, appended.cause());
                    } finally {
                        // Not sooner: whoever submits from a listener must not be decided against half a decision.
                        writing = false;
                    }
                    drain();
                    closeWhenIdle();
                });
    }

    private <R> void settle(Waiting<R> written, Decision<R> decision) {
        for (var event : decision.events()) {
            image.apply(event);
            for (var listener : listeners) tell(listener, event);
        }
        snapshotIfDue();
        written.reply.complete(decision.reply());
    }

    private void tell(MetadataListener listener, MetadataEvent event) {
        try {
            listener.changed(event, image);
        } catch (RuntimeException failure) {
            LOG.error("A listener failed at metadata version {}", image.version(), failure);
        }
    }

    private void refuse(Waiting<?> failed, Throwable cause) {
        boolean definite = cause instanceof MillraceException refusal
                && refusal.refusal().outcome() == Outcome.NOT_STORED
                && log.end() == image.version();
        if (definite) failed.reply.fail(cause);
        else failed.reply.fail(stop("the metadata log cannot be written", cause));
    }

    /** Nothing is written any more, because nobody knows what the disk has. */
    private MillraceException stop(String what, Throwable cause) {
        if (stopped == null) {
            stopped = new MillraceException(
                    Refusal.STORAGE_FAILED, what + ": " + cause.getMessage() + "; restart the broker", cause);
            LOG.error("Metadata stops at version {}", image.version(), stopped);
            refuseWaiting(stopped);
        }
        return stopped;
    }

    private void refuseWaiting(MillraceException refusal) {
        for (var next = waiting.poll(); next != null; next = waiting.poll()) next.reply.fail(refusal);
    }

    private void snapshotIfDue() {
        if (snapshotting || closing || image.version() - lastAttempt < options.eventsPerSnapshot()) return;
        long version = image.version();
        lastAttempt = version;
        var bytes = MetadataCodec.encode(image);
        if (bytes.remaining() > options.maxSnapshotBytes()) {
            LOG.error(
                    "No snapshot of the metadata: it has {} bytes and {} are allowed; the log is kept whole instead",
                    bytes.remaining(),
                    options.maxSnapshotBytes());
            return;
        }
        snapshotting = true;
        work.run(DiskWork.Lane.UPKEEP, () -> {
                    Checkpoint.write(disk, options.snapshotPath(), bytes);
                    return version;
                })
                .compose(this::forgetBeforeThePrevious)
                .onComplete(done -> {
                    snapshotting = false;
                    if (done.failed()) snapshotFailed(version, done.cause());
                    closeWhenIdle();
                });
    }

    private Future<Void> forgetBeforeThePrevious(long version) {
        long previous = newestSnapshot;
        newestSnapshot = version;
        return previous > log.start() ? log.deleteBefore(previous) : Future.succeededFuture();
    }

    private void snapshotFailed(long version, Throwable cause) {
        if (isFull(cause)) LOG.warn("No snapshot of the metadata at version {}: {}", version, cause.getMessage());
        else stop("the metadata snapshot cannot be written", cause);
    }

    private static boolean isFull(Throwable cause) {
        if (cause instanceof DiskException no) return no.reason() == DiskException.Reason.FULL;
        return cause instanceof MillraceException refusal && refusal.refusal() == Refusal.DISK_FULL;
    }

    private void closeWhenIdle() {
        if (!closing || writing || snapshotting || lettingGo) return;
        lettingGo = true;
        log.close().onComplete(closed);
    }

    private static MillraceException closed() {
        return Refusal.CLOSED.because("the metadata log is closed");
    }
}
