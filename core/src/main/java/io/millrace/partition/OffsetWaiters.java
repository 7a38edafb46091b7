package io.millrace.partition;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Who waits for the high watermark of one partition: producers until it has passed their batch, readers until it has
 * passed their offset or their time is over. Each is given back exactly once, by the method that ends its waiting; the
 * caller completes it.
 *
 * @param <A> an acknowledgement that waits
 * @param <R> a read that waits
 */
final class OffsetWaiters<A, R> {
    /** What {@link #nextDeadline} says when nobody waits for a time. */
    static final long NEVER = Long.MAX_VALUE;

    private record Ack<A>(long offset, long turn, A waiter) {}

    private record Read<R>(long offset, long deadline, long turn, R waiter) {}

    private final PriorityQueue<Ack<A>> acks =
            new PriorityQueue<>(Comparator.<Ack<A>>comparingLong(Ack::offset).thenComparingLong(Ack::turn));
    private final TreeSet<Read<R>> readsByOffset =
            new TreeSet<>(Comparator.<Read<R>>comparingLong(Read::offset).thenComparingLong(Read::turn));
    private final TreeSet<Read<R>> readsByDeadline =
            new TreeSet<>(Comparator.<Read<R>>comparingLong(Read::deadline).thenComparingLong(Read::turn));

    /** Counts who came, so that equals are served in the order of their coming. */
    private long turns;

    /** Waits until the high watermark is at least {@code offset}. */
    void awaitAck(long offset, A waiter) {
        acks.add(new Ack<>(offset, turns++, waiter));
    }

    /** Waits until the high watermark is above {@code offset}, or the time is {@code deadline}. */
    void awaitData(long offset, long deadline, R waiter) {
        var read = new Read<>(offset, deadline, turns++, waiter);
        readsByOffset.add(read);
        readsByDeadline.add(read);
    }

    /** The read at {@code offset} that is meant, which waits no more; null if there is none. */
    @Nullable
    R takeRead(long offset, Predicate<R> isMeant) {
        for (var read : readsByOffset) {
            if (read.offset > offset) break;
            if (read.offset < offset || !isMeant.test(read.waiter)) continue;
            readsByOffset.remove(read);
            readsByDeadline.remove(read);
            return read.waiter;
        }
        return null;
    }

    int acks() {
        return acks.size();
    }

    int reads() {
        return readsByOffset.size();
    }

    /** The acknowledgements that the high watermark has reached, by offset. */
    List<A> reached(long highWatermark) {
        var reached = new ArrayList<A>();
        for (var first = acks.peek(); first != null && first.offset <= highWatermark; first = acks.peek()) {
            reached.add(first.waiter);
            acks.remove();
        }
        return reached;
    }

    /** The reads that have something to read, by offset. */
    List<R> readable(long highWatermark) {
        var readable = new ArrayList<R>();
        while (!readsByOffset.isEmpty() && readsByOffset.first().offset < highWatermark) {
            var read = readsByOffset.pollFirst();
            readsByDeadline.remove(read);
            readable.add(read.waiter);
        }
        return readable;
    }

    /** The reads whose time is over, by deadline. */
    List<R> due(long now) {
        var due = new ArrayList<R>();
        while (!readsByDeadline.isEmpty() && readsByDeadline.first().deadline <= now) {
            var read = readsByDeadline.pollFirst();
            readsByOffset.remove(read);
            due.add(read.waiter);
        }
        return due;
    }

    /** When {@link #due} has something to give. */
    long nextDeadline() {
        return readsByDeadline.isEmpty() ? NEVER : readsByDeadline.first().deadline;
    }

    /** All acknowledgements, by offset. */
    List<A> takeAcks() {
        return reached(Long.MAX_VALUE);
    }

    /** All reads, by deadline. */
    List<R> takeReads() {
        return due(Long.MAX_VALUE);
    }
}
