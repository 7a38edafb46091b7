package io.millrace.broker.client;

import io.vertx.core.Future;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/** A record counts as done when the handler it was handed to has returned. The cursors know how far that is. */
final class HandedOut implements Progress {
    private static final class Mark {
        final PartitionCursor cursor;
        long committed;

        Mark(PartitionCursor cursor) {
            this.cursor = cursor;
            this.committed = cursor.next();
        }
    }

    private final Map<Integer, Mark> marks = new HashMap<>();

    @Override
    public void assign(PartitionCursor cursor) {
        marks.put(cursor.partition(), new Mark(cursor));
    }

    @Override
    public void jumped(int partition, long offset) {}

    @Override
    public Future<Void> drain(Collection<Integer> partitions) {
        return Future.succeededFuture();
    }

    @Override
    public void forget(int partition) {
        marks.remove(partition);
    }

    @Override
    public Map<Integer, Long> uncommitted() {
        var positions = new HashMap<Integer, Long>();
        marks.forEach((partition, mark) -> {
            if (mark.cursor.next() != mark.committed) positions.put(partition, mark.cursor.next());
        });
        return positions;
    }

    @Override
    public void committed(int partition, long position) {
        var mark = marks.get(partition);
        if (mark != null) mark.committed = position;
    }
}
