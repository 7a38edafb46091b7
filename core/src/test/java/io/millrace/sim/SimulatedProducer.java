package io.millrace.sim;

import io.millrace.model.PartitionId;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** An idempotent producer of one partition: in order, at most five at once, and never giving up. */
final class SimulatedProducer {
    private static final int MOST_IN_FLIGHT = 5;

    final PartitionId partition;
    final long id;
    private final List<Payload> unresolved = new ArrayList<>();
    private final List<Payload> resolved = new ArrayList<>();
    private int nextSequence;
    private boolean stuck;

    SimulatedProducer(PartitionId partition, long id) {
        this.partition = partition;
        this.id = id;
    }

    int nextSequence() {
        return nextSequence;
    }

    void begin(Payload payload) {
        nextSequence += payload.count;
        unresolved.add(payload);
    }

    boolean mayBegin() {
        return !stuck && unresolved.size() < MOST_IN_FLIGHT;
    }

    /** What has to be sent again, once nothing is in flight. */
    List<Payload> toRepeat() {
        for (var payload : unresolved) if (payload.inFlight > 0) return List.of();
        stuck = false;
        return List.copyOf(unresolved);
    }

    boolean isFirst(Payload payload) {
        return unresolved.indexOf(payload) <= 0;
    }

    void resolved(Payload payload) {
        if (!unresolved.remove(payload)) return;
        resolved.add(payload);
        if (resolved.size() > 4) resolved.remove(0);
    }

    /** Sends nothing new before what failed was sent again. */
    void failed() {
        stuck = true;
    }

    /** One of the last batches, for a client that sends twice. */
    Payload recent(Random random) {
        return resolved.isEmpty() ? null : resolved.get(random.nextInt(resolved.size()));
    }

    /** Something that was stored is lost, so that this session is over. */
    boolean isOver() {
        for (var payload : unresolved) if (payload.lost || payload.rotten) return true;
        for (var payload : resolved) if (payload.lost || payload.rotten) return true;
        return false;
    }
}
