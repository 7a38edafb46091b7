package io.millrace.gateway.http;

import io.millrace.model.MillraceException;
import io.millrace.model.PartitionId;
import io.millrace.model.Refusal;
import io.millrace.partition.Fetched;
import io.millrace.partition.ReadRequest;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import java.util.concurrent.ThreadLocalRandom;

/**
 * One read over one or all partitions of a topic: takes from one after the other until there is enough, beginning at any
 * of them so that none is starved; if there is nothing it waits, and looks again when woken.
 */
final class ReadSession {
    private static final byte[] BEGIN = JsonWriter.ascii("{\"records\":[");
    private static final byte[] MIDDLE = JsonWriter.ascii("],\"cursor\":");
    private static final CharSequence JSON = HttpHeaders.createOptimized(MediaType.JSON);
    private static final CharSequence LINES = HttpHeaders.createOptimized(MediaType.NDJSON);
    private static final String CURSOR = "Millrace-Cursor";
    private static final int FIRST_BYTES = 4 << 10;
    private static final long NO_TIMER = -1;

    private final Read reads;
    private final Exchange exchange;
    private final Destination topic;
    private final Cursor position;
    private final boolean lines;
    private final int maxBytes;
    private final long deadline;
    private final JsonWriter out;
    private final RecordWriter writer;
    private final int first;
    private final Runnable wake = this::woken;

    /** How many partitions of this round have been looked at. */
    private int looked;

    private boolean reading;
    private boolean wokenMeanwhile;
    private boolean parked;
    private boolean over;
    private boolean closed;
    private long timer = NO_TIMER;

    ReadSession(
            Read reads,
            Exchange exchange,
            Destination topic,
            Cursor position,
            boolean lines,
            int limit,
            int maxBytes,
            long waitMillis) {
        this.reads = reads;
        this.exchange = exchange;
        this.topic = topic;
        this.position = position;
        this.lines = lines;
        this.maxBytes = maxBytes;
        this.deadline = reads.node().timers().millis() + waitMillis;
        this.out = new JsonWriter(FIRST_BYTES);
        this.writer = new RecordWriter(
                out, topic.name(), lines ? RecordWriter.Shape.LINES : RecordWriter.Shape.ARRAY, limit, maxBytes);
        this.first = ThreadLocalRandom.current().nextInt(size());
        if (!lines) out.raw(BEGIN);
    }

    private int size() {
        return position.next().length;
    }

    private int partition(int slot) {
        return position.isWhole() ? slot : position.partition();
    }

    private PartitionId id(int slot) {
        return topic.id(partition(slot));
    }

    void begin() {
        exchange.response().closeHandler(gone -> {
            exchange.abandon();
            close();
        });
        round();
    }

    private void round() {
        looked = 0;
        goOn();
    }

    /** Looks at partitions until one has to be waited for; a loop, because there may be thousands. */
    private void goOn() {
        while (!closed) {
            if (looked == size() || writer.isFull()) {
                roundDone();
                return;
            }
            int slot = (first + looked++) % size();
            int wanted = Math.max(1, maxBytes - out.size());
            var fetch = reads.node().partitions().read(id(slot), new ReadRequest(position.next()[slot], wanted, 0));
            var taken = fetch.compose(fetched -> take(slot, fetched));
            if (taken.succeeded()) continue;
            taken.onComplete(done -> goOn(), failure -> failed(failure));
            return;
        }
    }

    private Future<Void> take(int slot, Fetched fetched) {
        if (!fetched.batches().hasRemaining()) return Future.succeededFuture();
        if (!RecordWriter.isCompressed(fetched.batches())) {
            write(slot, fetched);
            return Future.succeededFuture();
        }
        return reads.vertx().executeBlocking(() -> {
            write(slot, fetched);
            return null;
        });
    }

    private void write(int slot, Fetched fetched) {
        var next = position.next();
        next[slot] = writer.write(fetched.batches(), partition(slot), next[slot], behind -> {
            next[slot] = behind;
            return position;
        });
    }

    private void roundDone() {
        if (writer.count() > 0 || over || reads.node().timers().millis() >= deadline) {
            answer();
            return;
        }
        if (!parked) {
            if (!reads.park(this)) {
                if (reads.admission().isDraining()) answer();
                else fail(Problem.of(Refusal.BUFFER_FULL, "too many reads wait for records; try again later"));
                return;
            }
            parked = true;
            long left = Math.max(1, deadline - reads.node().timers().millis());
            timer = reads.vertx().setTimer(left, expired -> timeIsOver());
        }
        reading = true;
        for (int slot = 0; slot < size() && !closed; slot++) {
            reads.arrivals().await(id(slot), position.next()[slot], wake);
        }
        reading = false;
        if (wokenMeanwhile) {
            wokenMeanwhile = false;
            reads.vertx().runOnContext(later -> woken());
        }
    }

    private void woken() {
        if (closed) return;
        if (reading) {
            wokenMeanwhile = true;
            return;
        }
        forget();
        round();
    }

    private void forget() {
        for (int slot = 0; slot < size(); slot++) reads.arrivals().forget(id(slot), wake);
    }

    /** Answers with what there is. */
    void timeIsOver() {
        if (closed || over) return;
        over = true;
        forget();
        answer();
    }

    private void failed(Throwable failure) {
        if (failure instanceof MillraceException refused && refused.refusal() == Refusal.OFFSET_OUT_OF_RANGE) {
            // What was read already is not lost to the client: it gets that first, and the refusal with the next read.
            if (writer.count() > 0) answer();
            else expired();
            return;
        }
        if (writer.count() > 0) answer();
        else exchangeFailed(failure);
    }

    private void exchangeFailed(Throwable failure) {
        close();
        exchange.fail(failure);
    }

    private void fail(Problem problem) {
        close();
        exchange.fail(problem);
    }

    /** Says how much is lost, and gives the cursor that loses no more than that. */
    private void expired() {
        reads.positions().gap(topic, position).onComplete(gap -> fail(gap.asProblem()), this::exchangeFailed);
    }

    private void answer() {
        if (closed) return;
        reads.counters().recordsOut.add(writer.count());
        reads.counters().recordBytesOut.add(writer.valueBytes());
        release();
        Buffer body;
        if (lines) {
            body = out.toBuffer();
            var response = exchange.response();
            response.putHeader(CURSOR, position.toString());
            if (takesTrailers()) {
                response.setChunked(true).putHeader("Trailer", CURSOR).putTrailer(CURSOR, position.toString());
            }
        } else {
            out.raw(MIDDLE);
            position.writeTo(out);
            body = out.put('}').toBuffer();
        }
        // Counted until it has left: who does not read his answers gets no more of them.
        exchange.end(200, lines ? LINES : JSON, body)
                .onComplete(left -> reads.admission().releaseAnswer(maxBytes));
    }

    /** The client of the JDK reads trailers as the beginning of the next answer; it has the header. */
    private boolean takesTrailers() {
        var agent = exchange.header("user-agent");
        return exchange.header("te") != null || agent == null || !agent.startsWith("Java-http-client");
    }

    /** The end of a read that gives no records. */
    private void close() {
        if (closed) return;
        release();
        reads.admission().releaseAnswer(maxBytes);
    }

    private void release() {
        closed = true;
        if (timer != NO_TIMER) reads.vertx().cancelTimer(timer);
        if (parked) {
            forget();
            reads.unpark(this);
        }
    }
}
