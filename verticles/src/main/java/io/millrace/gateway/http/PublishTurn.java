package io.millrace.gateway.http;

import io.millrace.gateway.Node;
import io.millrace.partition.Acks;
import io.millrace.partition.Appended;
import io.millrace.record.RecordBatchBuilder;
import io.millrace.record.RecordHeader;
import io.vertx.core.Context;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes one batch for each partition of all single records that arrive in one turn of the event loop, whichever
 * connections they came by. The batch leaves when the loop has read all sockets that had something; nobody waits for a
 * timer.
 */
final class PublishTurn {
    private final Node node;
    private final Context context;
    private final List<Lane> begun = new ArrayList<>();
    private boolean scheduled;

    /** Who wants to know what became of a record. */
    interface Waiting {
        void stored(long offset, long timestamp, boolean duplicate);

        void refused(Throwable why);
    }

    /** The batch that grows for one partition. */
    static final class Lane {
        private final Destination destination;
        private final int partition;
        private final Acks acks;
        private RecordBatchBuilder builder;
        private List<Waiting> waiting = new ArrayList<>();
        private long[] timestamps = new long[16];

        Lane(Destination destination, int partition, Acks acks) {
            this.destination = destination;
            this.partition = partition;
            this.acks = acks;
            this.builder = new RecordBatchBuilder(destination.compression());
        }
    }

    PublishTurn(Node node, Context context) {
        this.node = node;
        this.context = context;
    }

    /** The record fits into a batch of its topic; whoever calls has seen to that. */
    void add(
            Lane lane,
            long timestamp,
            byte @Nullable [] key,
            int keyFrom,
            int keyLength,
            byte @Nullable [] value,
            int valueFrom,
            int valueLength,
            List<RecordHeader> headers,
            Waiting waiting) {
        long size = RecordBatchBuilder.sizeOf(key == null ? -1 : keyLength, value == null ? -1 : valueLength, headers);
        if (!lane.builder.hasRoomFor(size, lane.destination.maxBatchBytes())) leave(lane);
        if (lane.waiting.isEmpty()) begin(lane);
        lane.builder.append(timestamp, key, keyFrom, keyLength, value, valueFrom, valueLength, headers);
        int index = lane.waiting.size();
        if (index == lane.timestamps.length) lane.timestamps = java.util.Arrays.copyOf(lane.timestamps, 2 * index);
        lane.timestamps[index] = timestamp;
        lane.waiting.add(waiting);
    }

    private void begin(Lane lane) {
        begun.add(lane);
        if (scheduled) return;
        scheduled = true;
        context.runOnContext(turn -> leaveAll());
    }

    private void leaveAll() {
        scheduled = false;
        for (var lane : begun) if (!lane.waiting.isEmpty()) leave(lane);
        begun.clear();
    }

    private void leave(Lane lane) {
        var waiting = lane.waiting;
        var timestamps = lane.timestamps;
        var batch = lane.builder.build();
        lane.builder.reset();
        lane.waiting = new ArrayList<>(waiting.size());
        lane.timestamps = new long[timestamps.length];
        if (lane.partition == lane.destination.sticky()) lane.destination.turn();
        node.partitions()
                .append(lane.destination.id(lane.partition), batch, lane.acks)
                .onComplete(
                        appended -> answer(waiting, timestamps, appended),
                        failure -> waiting.forEach(each -> each.refused(failure)));
    }

    private static void answer(List<Waiting> waiting, long[] timestamps, Appended appended) {
        for (int n = 0; n < waiting.size(); n++) {
            long time = appended.logAppendTime() >= 0 ? appended.logAppendTime() : timestamps[n];
            waiting.get(n).stored(appended.baseOffset() + n, time, appended.duplicate());
        }
    }
}
