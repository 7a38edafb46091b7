package io.millrace.broker.client;

import static io.millrace.model.Refusal.OFFSET_OUT_OF_RANGE;

import io.millrace.ConsumerOptions;
import io.millrace.model.MillraceException;
import io.millrace.partition.Fetched;
import io.millrace.partition.Partitions;
import io.millrace.partition.ReadRequest;
import io.millrace.time.Timers;
import io.vertx.core.AsyncResult;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Hands the records of some partitions to a receiver, as long as that wants more. A partition is read when a record is
 * wanted and its last chunk is used up, and not otherwise; so nothing is ever held beyond one chunk of each partition.
 * Knows no Vert.x; for one thread. Ring 1.
 */
final class Delivery {
    /** The least that is read at once, when many partitions share {@link ConsumerOptions#getMaxReadBytes}. */
    private static final int LEAST_READ_BYTES = 16 << 10;
    /** Records of one partition in a row, while others have some too. */
    private static final int RECORDS_PER_PARTITION = 256;

    private static final Backoff BACKOFF =
            new Backoff(100, 5000, () -> ThreadLocalRandom.current().nextDouble());

    /** Who gets the records. */
    interface Receiver {
        /** A partition is read from now on. */
        void added(PartitionCursor cursor);

        /** Whether another record may be handed out now. */
        boolean isWanted();

        /** Takes the record that the cursor is at. */
        void take(PartitionCursor cursor);

        /** Reading goes on at another offset than the one behind the last record. */
        void jumped(int partition, long offset);

        /** A partition cannot be read any further. */
        void unreadable(Throwable cause);

        /** What could be handed out has been handed out. */
        void turnEnded();
    }

    private final Partitions partitions;
    private final Timers timers;
    private final ConsumerOptions options;
    private final Receiver receiver;
    private final List<PartitionCursor> cursors = new ArrayList<>();
    private @Nullable TopicRoute route;
    private int turn;
    private boolean isPumpDue;

    Delivery(Partitions partitions, Timers timers, ConsumerOptions options, Receiver receiver) {
        this.partitions = partitions;
        this.timers = timers;
        this.options = options;
        this.receiver = receiver;
    }

    /** Where the partitions are; before, nothing is read. */
    void route(TopicRoute topic) {
        route = topic;
    }

    @Nullable
    TopicRoute route() {
        return route;
    }

    /** The partitions that are read, in the order in which they came. */
    List<PartitionCursor> cursors() {
        return cursors;
    }

    @Nullable
    PartitionCursor cursor(int partition) {
        for (var cursor : cursors) if (cursor.partition() == partition) return cursor;
        return null;
    }

    void add(PartitionCursor cursor) {
        cursors.add(cursor);
        receiver.added(cursor);
        wake();
    }

    /** Reads a partition no more. */
    void remove(int partition) {
        var cursor = cursor(partition);
        if (cursor == null) return;
        jump(cursor, cursor.next());
        cursors.remove(cursor);
    }

    /** Reads nothing any more. */
    void end() {
        while (!cursors.isEmpty()) remove(cursors.get(0).partition());
    }

    /** Goes on with a partition at another offset. */
    void seek(PartitionCursor cursor, long offset) {
        jump(cursor, offset);
        receiver.jumped(cursor.partition(), offset);
        wake();
    }

    private void jump(PartitionCursor cursor, long offset) {
        var waiting = cursor.reading;
        if (waiting != null && route != null) partitions.cancel(route.partition(cursor.partition()), waiting);
        cursor.jumpTo(offset);
    }

    /** Hands out records soon, if they are wanted. */
    void wake() {
        if (isPumpDue) return;
        isPumpDue = true;
        timers.after(0, () -> {
            isPumpDue = false;
            pump();
        });
    }

    private void pump() {
        int left = options.getMaxRecordsPerTurn();
        try {
            while (left > 0 && receiver.isWanted()) {
                var cursor = nextWithRecord();
                if (cursor == null) break;
                left -= handOut(cursor, Math.min(left, RECORDS_PER_PARTITION));
            }
        } catch (MillraceException unreadable) {
            receiver.unreadable(unreadable);
        }
        receiver.turnEnded();
        if (!receiver.isWanted()) return;
        if (left <= 0) wake();
        readAhead();
    }

    /** The partitions take turns. */
    private @Nullable PartitionCursor nextWithRecord() {
        for (int n = 0; n < cursors.size(); n++) {
            if (turn >= cursors.size()) turn = 0;
            var cursor = cursors.get(turn++);
            if (cursor.hasChunk() && cursor.advance()) return cursor;
        }
        return null;
    }

    private int handOut(PartitionCursor cursor, int most) {
        int given = 0;
        while (given < most && receiver.isWanted() && cursor.hasChunk() && cursor.advance()) {
            receiver.take(cursor);
            given++;
        }
        return given;
    }

    /** Asks for the next chunk of every partition that has none. */
    private void readAhead() {
        if (route == null) return;
        for (int n = 0; n < cursors.size(); n++) {
            var cursor = cursors.get(n);
            if (!cursor.hasChunk() && !cursor.isReading && !cursor.isDone()) read(route, cursor);
        }
    }

    private void read(TopicRoute from, PartitionCursor cursor) {
        int jump = cursor.jumps;
        int bytes = Math.max(
                Math.min(LEAST_READ_BYTES, options.getMaxReadBytes()), options.getMaxReadBytes() / cursors.size());
        var request = new ReadRequest(cursor.next(), bytes, options.getMaxWaitMillis());
        cursor.isReading = true;
        cursor.reading = request;
        partitions.read(from.partition(cursor.partition()), request).onComplete(fetched -> {
            if (jump == cursor.jumps) hasRead(cursor, fetched);
        });
    }

    private void hasRead(PartitionCursor cursor, AsyncResult<Fetched> fetched) {
        cursor.reading = null;
        if (fetched.succeeded()) {
            cursor.isReading = false;
            cursor.take(fetched.result());
            wake();
        } else if (fetched.cause() instanceof MillraceException refusal
                && refusal.refusal().retryable()) {
            int jump = cursor.jumps;
            timers.after(BACKOFF.afterAttempts(++cursor.failures), () -> {
                if (jump != cursor.jumps) return;
                cursor.isReading = false;
                wake();
            });
        } else if (isOutOfRange(fetched.cause()) && options.isSkipLost()) {
            skipToStart(cursor);
        } else {
            receiver.unreadable(fetched.cause());
        }
    }

    private static boolean isOutOfRange(Throwable cause) {
        return cause instanceof MillraceException refusal && refusal.refusal() == OFFSET_OUT_OF_RANGE;
    }

    private void skipToStart(PartitionCursor cursor) {
        var from = route;
        if (from == null) return;
        int jump = cursor.jumps;
        partitions.offsets(from.partition(cursor.partition())).onComplete(offsets -> {
            if (jump != cursor.jumps) return;
            if (offsets.failed()) {
                receiver.unreadable(offsets.cause());
                return;
            }
            boolean isBehind = cursor.next() < offsets.result().start();
            seek(cursor, isBehind ? offsets.result().start() : offsets.result().highWatermark());
        });
    }
}
