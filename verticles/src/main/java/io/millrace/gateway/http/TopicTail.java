package io.millrace.gateway.http;

import io.millrace.gateway.Node;
import io.millrace.model.MillraceException;
import io.millrace.model.PartitionId;
import io.millrace.model.Refusal;
import io.millrace.partition.Fetched;
import io.millrace.partition.ReadRequest;
import io.vertx.core.AsyncResult;
import io.vertx.core.Vertx;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Follows a topic from a position on, over all its partitions or one of them, as fast as its receiver takes records and no
 * faster: it reads when there is demand, and when it does not, nothing is held here but the position. A partition is
 * either ready to be looked at, or waits to be woken. Lives on the event loop of its listener.
 */
final class TopicTail {
    private static final int LEAST_READ_BYTES = 1 << 10;
    private static final int MOST_READ_BYTES = 64 << 10;
    private static final int FIRST_AVERAGE_BYTES = 256;
    /** So many deliveries in a row, and others get their turn. */
    private static final int DELIVERIES_PER_TURN = 4;

    private static final long RETRY_MILLIS = 250;

    /** Who gets the records. Called on the event loop; may steer the tail while it is called. */
    interface Receiver {
        /** How many records may come now; 0 stops reading until {@link #pump}. */
        int wanted();

        /** The bytes at which a delivery is complete. */
        int maxBytes();

        /** What is to be written in front of the records of one delivery; they follow in the same writer. */
        JsonWriter begin();

        RecordWriter.Shape shape();

        /** One delivery, with at least one record. */
        void deliver(JsonWriter out, RecordWriter records);

        /** Everything that there is has been delivered. */
        void caughtUp();

        /** Records at the position are gone; whether to go on behind them. */
        boolean lost(Gap gap);

        /** Nothing more will come. */
        void ended(String reason);

        /** The tail cannot go on. */
        void failed(Throwable cause);
    }

    private final Vertx vertx;
    private final Node node;
    private final Arrivals arrivals;
    private final Positions positions;
    private final Receiver receiver;

    private Destination topic;
    private Cursor position;
    private boolean[] isReady;
    private Runnable[] wakes;
    private int turn;
    private long averageBytes = FIRST_AVERAGE_BYTES;

    private boolean isBusy;
    private boolean isAgainDue;
    private boolean isReading;
    private boolean isPumpDue;
    private boolean isClosed;
    /** A delivery that is being filled. */
    private @Nullable JsonWriter out;

    private @Nullable RecordWriter records;

    /** @param start a position in the topic, which belongs to the tail from now on */
    TopicTail(
            Vertx vertx,
            Node node,
            Arrivals arrivals,
            Positions positions,
            Destination topic,
            Cursor start,
            Receiver receiver) {
        this.vertx = vertx;
        this.node = node;
        this.arrivals = arrivals;
        this.positions = positions;
        this.topic = topic;
        this.position = start;
        this.receiver = receiver;
        int slots = start.next().length;
        isReady = new boolean[slots];
        Arrays.fill(isReady, true);
        wakes = new Runnable[slots];
        for (int slot = 0; slot < slots; slot++) wakes[slot] = wake(slot);
        turn = ThreadLocalRandom.current().nextInt(slots);
    }

    private Runnable wake(int slot) {
        return () -> {
            if (isClosed) return;
            isReady[slot] = true;
            pump();
        };
    }

    /** Where it stands; changes as it goes on. */
    Cursor position() {
        return position;
    }

    Destination topic() {
        return topic;
    }

    private PartitionId id(int slot) {
        return Positions.id(topic, position, slot);
    }

    /** Goes on while something is wanted and there is something. */
    void pump() {
        if (isReading || isClosed) return;
        if (isBusy) {
            isAgainDue = true;
            return;
        }
        isBusy = true;
        try {
            run();
        } finally {
            isBusy = false;
        }
        if (isAgainDue) pumpLater();
        isAgainDue = false;
    }

    private void pumpLater() {
        if (isPumpDue || isClosed) return;
        isPumpDue = true;
        vertx.runOnContext(later -> {
            isPumpDue = false;
            pump();
        });
    }

    private void run() {
        int deliveries = 0;
        while (!isClosed) {
            var filling = records;
            if (filling == null && receiver.wanted() <= 0) return;
            int slot = filling != null && filling.isFull() ? -1 : nextReady();
            if (slot < 0) {
                if (filling == null) {
                    receiver.caughtUp();
                    return;
                }
                flush();
                if (++deliveries == DELIVERIES_PER_TURN) {
                    pumpLater();
                    return;
                }
                continue;
            }
            var read = node.partitions().read(id(slot), new ReadRequest(position.next()[slot], bytesToRead(), 0));
            if (!read.isComplete()) {
                // The world may be another one when the answer is there.
                flush();
                isReading = true;
                read.onComplete(fetched -> {
                    isReading = false;
                    if (isClosed) return;
                    if (receiver.wanted() > 0 && arrived(slot, fetched)) pump();
                });
                return;
            }
            if (!arrived(slot, read)) return;
        }
    }

    private int nextReady() {
        for (int n = 0; n < isReady.length; n++) {
            if (++turn >= isReady.length) turn = 0;
            if (isReady[turn]) return turn;
        }
        return -1;
    }

    private int bytesToRead() {
        long enough = 2 * averageBytes * Math.max(1, Math.min(receiver.wanted(), 1 << 16));
        return (int) Math.max(LEAST_READ_BYTES, Math.min(MOST_READ_BYTES, enough));
    }

    /** Whether to go on at once. */
    private boolean arrived(int slot, AsyncResult<Fetched> fetched) {
        if (fetched.failed()) {
            flush();
            failed(fetched.cause());
            return false;
        }
        var batches = fetched.result().batches();
        if (!batches.hasRemaining()) {
            isReady[slot] = false;
            arrivals.await(id(slot), position.next()[slot], wakes[slot]);
            return true;
        }
        if (RecordWriter.isCompressed(batches)) {
            flush();
            unpack(slot, fetched.result());
            return false;
        }
        write(slot, fetched.result());
        return true;
    }

    private void write(int slot, Fetched fetched) {
        var into = records;
        if (into == null) {
            var begun = receiver.begin();
            into = new RecordWriter(begun, topic.name(), receiver.shape(), receiver.wanted(), receiver.maxBytes());
            out = begun;
            records = into;
        }
        int before = into.count();
        long bytesBefore = into.valueBytes();
        var next = position.next();
        int partition = position.isWhole() ? slot : position.partition();
        next[slot] = into.write(fetched.batches(), partition, next[slot], behind -> {
            next[slot] = behind;
            return position;
        });
        int written = into.count() - before;
        if (written > 0) {
            long average = (into.valueBytes() - bytesBefore) / written + 64;
            averageBytes = (3 * averageBytes + average) / 4;
        }
    }

    /** Unpacking takes its time, which others on this loop shall not wait for. */
    private void unpack(int slot, Fetched fetched) {
        long from = position.next()[slot];
        isReading = true;
        vertx.executeBlocking(() -> {
                    write(slot, fetched);
                    return true;
                })
                .onComplete(written -> {
                    isReading = false;
                    if (isClosed) return;
                    if (written.failed()) {
                        drop();
                        failed(written.cause());
                        return;
                    }
                    // Meanwhile less may be wanted; then it is read again, later.
                    if (records != null && records.count() > receiver.wanted()) {
                        drop();
                        position.next()[slot] = from;
                    }
                    pump();
                });
    }

    private void drop() {
        out = null;
        records = null;
    }

    private void flush() {
        var ready = records;
        var written = out;
        drop();
        if (ready != null && written != null && ready.count() > 0) receiver.deliver(written, ready);
    }

    private void failed(Throwable cause) {
        if (isClosed) return;
        if (!(cause instanceof MillraceException refused)) {
            receiver.failed(cause);
        } else if (refused.refusal() == Refusal.OFFSET_OUT_OF_RANGE) {
            isReading = true;
            positions.gap(topic, position).onComplete(gap -> lost(gap), receiver::failed);
        } else if (refused.refusal() == Refusal.PARTITION_NOT_FOUND || refused.refusal() == Refusal.TOPIC_NOT_FOUND) {
            receiver.ended("topicDeleted");
        } else if (refused.refusal().retryable()) {
            isReading = true;
            vertx.setTimer(RETRY_MILLIS, later -> {
                isReading = false;
                pump();
            });
        } else {
            receiver.failed(cause);
        }
    }

    private void lost(Gap gap) {
        isReading = false;
        if (isClosed || !receiver.lost(gap)) return;
        System.arraycopy(gap.resumedAt().next(), 0, position.next(), 0, position.next().length);
        // The gap may have been found while this very tail was being pumped.
        pumpLater();
    }

    /** Goes on at another position of the same shape. */
    void jumpTo(Cursor to) {
        if (isClosed) return;
        drop();
        System.arraycopy(to.next(), 0, position.next(), 0, position.next().length);
        for (int slot = 0; slot < isReady.length; slot++) {
            if (!isReady[slot]) arrivals.forget(id(slot), wakes[slot]);
            isReady[slot] = true;
        }
        pump();
    }

    /** The topic as it is now: a new partition is read from its beginning, a deleted topic is the end. */
    void refresh(@Nullable Destination now) {
        if (isClosed || now == topic) return;
        if (now == null || !now.topic().id().equals(topic.topic().id())) {
            receiver.ended("topicDeleted");
            return;
        }
        topic = now;
        int known = isReady.length;
        if (!position.isWhole() || now.partitions() <= known || isReading) return;
        position = position.grown(now.partitions());
        isReady = Arrays.copyOf(isReady, now.partitions());
        wakes = Arrays.copyOf(wakes, now.partitions());
        for (int slot = known; slot < wakes.length; slot++) {
            isReady[slot] = true;
            wakes[slot] = wake(slot);
        }
        pump();
    }

    /** Reads no more, and is woken by nobody. */
    void close() {
        if (isClosed) return;
        isClosed = true;
        drop();
        for (int slot = 0; slot < isReady.length; slot++) {
            if (!isReady[slot]) arrivals.forget(id(slot), wakes[slot]);
        }
    }
}
