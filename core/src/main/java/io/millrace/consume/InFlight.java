package io.millrace.consume;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * The records that a consumer has taken in and not settled: hands out what may be processed now, oldest first, and tells
 * up to where each partition may be committed.
 *
 * <p>Invariants: at most {@code maxInFlight} leases of assigned partitions are held, and at most {@code concurrency}
 * run; of one unit of the order at most one runs, and they run in the order of their offsets; a position never passes a
 * lease that is not settled. A unit stays busy until its handler has ended, also when the partition was taken away, given
 * back or sought in the meantime.
 *
 * @param <P> names a partition, by {@code equals}
 * @param <R> a record
 */
public final class InFlight<P, R> {
    /** What {@link #nextDeadline} says when nothing runs. */
    public static final long NEVER = Long.MAX_VALUE;

    private record KeyOf<P>(P partition, Object key) {}

    private final ProcessingOrder order;
    private final int concurrency;
    private final int maxInFlight;
    private final long timeoutMillis;

    private final Map<P, Lane<P, R>> lanes = new LinkedHashMap<>();
    private final Map<Object, Unit<P, R>> units = new HashMap<>();
    /** Units that could go on: not busy, and something waits. */
    private final PriorityQueue<Unit<P, R>> ready = new PriorityQueue<>(Unit::byArrival);
    /** By deadline, because all have the same time and whoever gets a new one goes to the end. */
    private final LinkedHashSet<Lease<P, R>> running = new LinkedHashSet<>();

    private long arrivals;
    private int held;
    private boolean isStopped;

    /**
     * @param order what is processed one after the other
     * @param concurrency how many records are processed at once at most
     * @param maxInFlight how many records are held at most, those included that are settled behind one that is not
     * @param timeoutMillis how long a record may be processed before it is {@link #overdue}
     */
    public InFlight(ProcessingOrder order, int concurrency, int maxInFlight, long timeoutMillis) {
        if (concurrency < 1) throw new IllegalArgumentException("concurrency " + concurrency + " is below 1");
        if (maxInFlight < 1) throw new IllegalArgumentException("maxInFlight " + maxInFlight + " is below 1");
        if (timeoutMillis < 1) throw new IllegalArgumentException("timeoutMillis " + timeoutMillis + " is below 1");
        this.order = order;
        this.concurrency = concurrency;
        this.maxInFlight = maxInFlight;
        this.timeoutMillis = timeoutMillis;
    }

    /** Begins with a partition whose records below {@code position} are done. */
    public void assign(P partition, long position) {
        if (lanes.containsKey(partition)) throw new IllegalStateException(partition + " is assigned already");
        lanes.put(partition, new Lane<>(partition, position));
    }

    public boolean isAssigned(P partition) {
        return lanes.containsKey(partition);
    }

    public Collection<P> partitions() {
        return List.copyOf(lanes.keySet());
    }

    /** Whether another record may be taken in. */
    public boolean hasRoom() {
        return held < maxInFlight;
    }

    /** The leases held for assigned partitions. */
    public int held() {
        return held;
    }

    /** How many records are being processed, those of partitions included that were taken away. */
    public int running() {
        return running.size();
    }

    /** Takes in the next record of a partition, where there is room. {@code key} is compared by {@code equals}. */
    public void add(P partition, long offset, @Nullable Object key, R record) {
        var lane = lane(partition);
        if (lane.isDraining) throw new IllegalStateException(partition + " takes no more records");
        if (offset < lane.end) {
            throw new IllegalStateException(partition + ": offset " + offset + " came after " + lane.end);
        }
        if (!hasRoom()) throw new IllegalStateException("no room for " + partition + " at " + offset);
        var unit = unit(partition, key);
        var lease = new Lease<>(lane, unit, arrivals++, offset, record);
        lane.unsettled.add(lease);
        lane.end = offset + 1;
        held++;
        unit.waiting.add(lease);
        if (!unit.isBusy && unit.waiting.size() == 1) ready.add(unit);
    }

    private Lane<P, R> lane(P partition) {
        var lane = lanes.get(partition);
        if (lane == null) throw new IllegalStateException(partition + " is not assigned");
        return lane;
    }

    private Unit<P, R> unit(P partition, @Nullable Object key) {
        if (order == ProcessingOrder.PARTITION) return units.computeIfAbsent(partition, Unit::new);
        if (order == ProcessingOrder.KEY && key != null) {
            return units.computeIfAbsent(new KeyOf<>(partition, key), Unit::new);
        }
        return new Unit<>(null);
    }

    /** The record to be processed next, which runs from now on; null when none may run. */
    public @Nullable Lease<P, R> next(long now) {
        if (isStopped || running.size() >= concurrency) return null;
        var unit = ready.poll();
        if (unit == null) return null;
        var lease = unit.waiting.remove();
        unit.isBusy = true;
        lease.state = Lease.State.RUNNING;
        lease.attempts++;
        lease.deadline = now + timeoutMillis;
        lease.lane.running++;
        running.add(lease);
        return lease;
    }

    /** The record is done, well or not: nobody needs to see it again. */
    public void settle(Lease<P, R> lease) {
        end(lease);
        lease.state = Lease.State.SETTLED;
        goOn(lease.unit);
        if (!lease.lane.isForgotten) held -= lease.lane.advance();
    }

    /** The record is to be processed again, before what is behind it in its unit. */
    public void retry(Lease<P, R> lease) {
        end(lease);
        lease.state = Lease.State.WAITING;
        if (!lease.lane.isForgotten && !lease.lane.isDraining) lease.unit.waiting.addFirst(lease);
        goOn(lease.unit);
    }

    /** The record was not done and is not to be processed again here. What is behind it in its unit waits for ever. */
    public void stop(Lease<P, R> lease) {
        isStopped = true;
        retry(lease);
    }

    private void end(Lease<P, R> lease) {
        if (!running.remove(lease)) throw new IllegalStateException(lease + " does not run");
        lease.lane.running--;
    }

    private void goOn(Unit<P, R> unit) {
        unit.isBusy = false;
        if (!unit.waiting.isEmpty()) ready.add(unit);
        else if (unit.name != null) units.remove(unit.name);
    }

    /** Hands out nothing any more. */
    public void stop() {
        isStopped = true;
    }

    public boolean isStopped() {
        return isStopped;
    }

    /** Hands out nothing more of a partition; what runs may end. */
    public void drain(P partition) {
        var lane = lane(partition);
        lane.isDraining = true;
        dropWaiting(lane);
    }

    /** Whether nothing of a partition runs any more. */
    public boolean isIdle(P partition) {
        return lane(partition).running == 0;
    }

    /** Lets go of a partition. What runs may end, but that changes nothing any more. */
    public void forget(P partition) {
        var lane = lane(partition);
        dropWaiting(lane);
        lane.isForgotten = true;
        held -= lane.unsettled.size();
        lane.unsettled.clear();
        lanes.remove(partition);
    }

    private void dropWaiting(Lane<P, R> lane) {
        // A unit never spans partitions. What is first in it decides its place among the ready ones, so those go
        // before.
        ready.clear();
        for (var lease : lane.unsettled) lease.unit.waiting.clear();
        units.values().removeIf(unit -> !unit.isBusy && unit.waiting.isEmpty());
        for (var other : lanes.values()) {
            for (var lease : other.unsettled) {
                if (!lease.unit.isBusy && lease.unit.waiting.peek() == lease) ready.add(lease.unit);
            }
        }
    }

    /** Up to where everything of a partition is settled: what may be committed. */
    public long position(P partition) {
        return lane(partition).position();
    }

    /** The positions that are not committed yet. */
    public Map<P, Long> uncommitted() {
        var positions = new LinkedHashMap<P, Long>();
        for (var lane : lanes.values()) {
            if (lane.position() > lane.committed) positions.put(lane.partition, lane.position());
        }
        return positions;
    }

    /** A position was committed. */
    public void committed(P partition, long position) {
        var lane = lanes.get(partition);
        if (lane != null && position <= lane.position()) lane.committed = Math.max(lane.committed, position);
    }

    /** A record that is being processed gets its whole time anew. False when it does not run any more. */
    public boolean extend(P partition, long offset, long now) {
        for (var lease : running) {
            if (lease.offset() == offset && lease.partition().equals(partition) && !lease.isForgotten()) {
                running.remove(lease);
                lease.deadline = now + timeoutMillis;
                running.add(lease);
                return true;
            }
        }
        return false;
    }

    /** The records of assigned partitions that have been processed for too long. */
    public List<Lease<P, R>> overdue(long now) {
        var overdue = new ArrayList<Lease<P, R>>();
        for (var lease : running) {
            if (lease.deadline > now) break;
            if (!lease.isForgotten()) overdue.add(lease);
        }
        return overdue;
    }

    /** When {@link #overdue} has something to tell, or {@link #NEVER}. */
    public long nextDeadline() {
        for (var lease : running) if (!lease.isForgotten()) return lease.deadline;
        return NEVER;
    }
}
