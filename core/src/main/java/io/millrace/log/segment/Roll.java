package io.millrace.log.segment;

import io.millrace.log.DerivedState;
import io.millrace.log.disk.Disk;
import io.millrace.log.disk.DiskException;
import io.millrace.log.disk.DiskFile;
import io.millrace.log.disk.DiskWork.Lane;
import io.millrace.record.RecordBatch;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Ends the active segment of a log, begins the next one, and seals the one that ended. Appends that come meanwhile, or
 * while there is no space, wait here in memory: their offsets are planned, not yet written. Home thread.
 */
final class Roll {
    /** A batch that has its offsets but waits for a segment to be written to. */
    private record Waiting(ByteBuffer batch, Promise<Void> done) {}

    /** What may wait in memory; more is refused. */
    private static final int MAX_WAITING_BYTES = 64 << 20;

    private static final long RETRY_MILLIS = 200;

    private final SegmentedLog log;
    private final SegmentStorage storage;
    private final String directory;
    private final LogSegments segments;
    private final DerivedState derived;

    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private final ArrayDeque<Promise<Void>> answers = new ArrayDeque<>();
    private int waitingBytes;
    /** A roll, a truncation or the lack of space keeps appends waiting. */
    private boolean holding;

    private boolean awaitingSpace;
    private long bornMillis;
    private long sealedBelow;
    /** Seals the last segment for which there was no space; null if there is none. */
    private @Nullable Runnable unsealed;

    Roll(
            SegmentedLog log,
            SegmentStorage storage,
            String directory,
            LogSegments segments,
            DerivedState derived,
            long sealedBelow) {
        this.log = log;
        this.storage = storage;
        this.directory = directory;
        this.segments = segments;
        this.derived = derived;
        this.sealedBelow = sealedBelow;
        this.bornMillis = storage.clock().millis();
    }

    /** Whether appends have to wait. */
    boolean isHolding() {
        return holding;
    }

    /** Whether a batch has to go behind others that have their offsets and are not written yet. */
    boolean mustQueue() {
        return holding || !waiting.isEmpty();
    }

    /** Answers a batch that waited, when all that waited with it are written. */
    void answer(Promise<Void> waiter) {
        answers.add(waiter);
    }

    /** Whether appends wait for nothing but space, so that everything else may go on. */
    boolean isAwaitingSpace() {
        return awaitingSpace;
    }

    boolean isIdle() {
        return !holding && waiting.isEmpty();
    }

    /** Every segment with a smaller base offset is sealed and was synced. */
    long sealedBelow() {
        return sealedBelow;
    }

    /** How long the active segment has been there. */
    long ageMillis() {
        return storage.clock().millis() - bornMillis;
    }

    /** Keeps appends waiting until {@link #goOn}. */
    void hold() {
        holding = true;
    }

    /** Writes what waited, and waits no more. */
    void goOn() {
        holding = false;
        writeWaiting();
    }

    /** The log was recovered again. */
    void recovered(long sealed) {
        sealedBelow = sealed;
        goOn();
    }

    /** Lets a batch wait that has its offsets; refuses it, and plans nothing, if too much waits already. */
    Future<Void> await(RecordBatch batch, ByteBuffer bytes) {
        if (holding && waitingBytes + bytes.remaining() > MAX_WAITING_BYTES) {
            return Future.failedFuture(storage.fullRefusal());
        }
        log.planned(batch);
        var done = Promise.<Void>promise();
        waiting.add(new Waiting(bytes, done));
        waitingBytes += bytes.remaining();
        return done.future();
    }

    /** Closes the active segment, which ends at {@code base}, and begins the next one there. */
    void begin(long base) {
        holding = true;
        var snapshot = derived.snapshot();
        var old = segments.active();
        var sync = log.lastSync();
        storage.work()
                .run(Lane.SYNC, () -> {
                    sync.perform();
                    return null;
                })
                .onComplete(forced -> {
                    if (forced.failed()) {
                        storage.failed(forced.cause());
                        return;
                    }
                    log.settle(sync.end());
                    if (!log.isClosing() || !waiting.isEmpty()) {
                        beginSegment(base, old, snapshot);
                    } else {
                        // Closed meanwhile, and nobody needs another segment.
                        holding = false;
                        log.closeIfIdle();
                    }
                });
    }

    private void beginSegment(long base, Segment old, ByteBuffer snapshot) {
        if (isGivenUp()) return;
        awaitingSpace = false;
        var path = directory + "/" + SegmentFiles.name(base, SegmentFiles.LOG);
        storage.work().run(Lane.SYNC, () -> createSegment(path)).onComplete(created -> {
            if (created.succeeded()) {
                segments.add(Segment.empty(directory, base, created.result()));
                bornMillis = storage.clock().millis();
                goOn();
                seal(old, base, snapshot);
            } else if (SegmentStorage.isFull(created.cause())) {
                storage.becameFull();
                awaitingSpace = true;
                storage.timers().after(RETRY_MILLIS, () -> beginSegment(base, old, snapshot));
                if (log.isClosing()) {
                    giveUp();
                    log.closeIfIdle();
                }
            } else {
                storage.failed(created.cause());
            }
        });
    }

    private DiskFile createSegment(String path) {
        var disk = storage.disk();
        disk.delete(path);
        var file = disk.open(path, Disk.Mode.CREATE_NEW);
        try {
            file.force();
            disk.syncDirectory(directory);
        } catch (RuntimeException failed) {
            file.close();
            throw failed;
        }
        return file;
    }

    /**
     * Answers only when all that waited is written: who is answered may append at once, and its batch must not get in front
     * of those that have their offsets already.
     */
    private void writeWaiting() {
        writeAllWaiting();
        while (!answers.isEmpty()) answers.poll().complete();
        log.syncWhatIsLeft();
        log.closeIfIdle();
    }

    private void writeAllWaiting() {
        while (!waiting.isEmpty() && !log.isStopped() && !holding) {
            var next = waiting.peek();
            var batch = RecordBatch.of(next.batch());
            int size = next.batch().remaining();
            try {
                segments.active().active().file().append(next.batch().duplicate());
            } catch (DiskException failure) {
                if (failure.reason() != DiskException.Reason.FULL) {
                    storage.failed(failure);
                    return;
                }
                storage.becameFull();
                if (log.isClosing()) {
                    giveUp();
                    break;
                }
                awaitSpace();
                return;
            }
            waiting.poll();
            waitingBytes -= size;
            log.written(batch, size, next.done());
        }
    }

    private void awaitSpace() {
        holding = true;
        awaitingSpace = true;
        storage.timers().after(RETRY_MILLIS, () -> {
            if (isGivenUp()) return;
            awaitingSpace = false;
            goOn();
        });
    }

    /** Whether the log is closed although there was no space for a batch. */
    private boolean isGivenUp() {
        return log.isStopped() || (log.isClosing() && waiting.isEmpty());
    }

    /** There is no space, and nobody will wait for it any longer: what has no bytes in the file yet is refused. */
    void giveUp() {
        holding = false;
        var refused = new ArrayList<>(waiting);
        waiting.clear();
        for (var waiter : refused) waiter.done().fail(storage.fullRefusal());
    }

    /** The log has stopped: nothing that waits is ever written. */
    void fail(Throwable cause) {
        for (var waiter : waiting) waiter.done().fail(cause);
        waiting.clear();
    }

    /** Seals what could not be sealed for lack of space. */
    void sealAgain() {
        var again = unsealed;
        unsealed = null;
        if (again != null) again.run();
    }

    /** Writes what can be derived from a segment that grows no more, and then moves the recovery point over it. */
    private void seal(Segment old, long base, ByteBuffer snapshot) {
        if (base <= sealedBelow || old.contents() == null) return;
        var sidecars = old.sidecars();
        var identity = log.identity(base);
        old.retain();
        storage.work()
                .run(Lane.UPKEEP, () -> {
                    var disk = storage.disk();
                    old.writeSidecars(disk, sidecars);
                    writeSnapshot(base, snapshot);
                    disk.syncDirectory(directory);
                    storage.writeIdentity(directory, identity);
                    deleteOldSnapshots(base);
                    return null;
                })
                .onComplete(done -> {
                    old.release();
                    if (done.succeeded()) sealedBelow = Math.max(sealedBelow, base);
                    else if (SegmentStorage.isFull(done.cause())) unsealed = () -> seal(old, base, snapshot);
                    else storage.failed(done.cause());
                    segments.closeSome();
                });
    }

    /** Keeps what the log remembered at an offset. Blocks. */
    void writeSnapshot(long at, ByteBuffer snapshot) {
        new Sidecar(0, at, RecordBatch.NO_TIMESTAMP, snapshot)
                .write(storage.disk(), directory + "/" + SegmentFiles.name(at, SegmentFiles.SNAPSHOT));
    }

    /** Two snapshots are enough: if the youngest is damaged, the one before it and a longer replay do. */
    private void deleteOldSnapshots(long youngest) {
        var older = new ArrayList<String>();
        for (var entry : storage.disk().list(directory)) {
            var name = entry.name();
            if (name.endsWith(SegmentFiles.SNAPSHOT) && SegmentFiles.base(name) < youngest) older.add(name);
        }
        for (int i = 0; i < older.size() - 1; i++) storage.disk().delete(directory + "/" + older.get(i));
    }
}
