package io.millrace.broker.client;

import static io.millrace.model.Refusal.PARTITION_NOT_FOUND;

import io.millrace.Position;
import io.millrace.partition.Partitions;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.List;
import java.util.stream.IntStream;

/** Finds the offsets that a {@link Position} means. Ring 1. */
final class StartPositions {
    private final Partitions partitions;
    private final boolean isStopAtEnd;

    StartPositions(Partitions partitions, boolean isStopAtEnd) {
        this.partitions = partitions;
        this.isStopAtEnd = isStopAtEnd;
    }

    /** The partitions to read: those wanted, or all of them if none is. */
    static Future<List<Integer>> choose(TopicRoute topic, List<Integer> wanted) {
        if (wanted.isEmpty()) {
            return Future.succeededFuture(
                    IntStream.range(0, topic.partitions()).boxed().toList());
        }
        for (int partition : wanted) {
            if (partition < 0 || partition >= topic.partitions()) {
                return Future.failedFuture(PARTITION_NOT_FOUND.because("topic " + topic.name() + " has no partition "
                        + partition + "; it has 0 to " + (topic.partitions() - 1)));
            }
        }
        return Future.succeededFuture(wanted.stream().sorted().distinct().toList());
    }

    /** A cursor for each of the partitions, in their order. */
    Future<List<PartitionCursor>> find(TopicRoute topic, Collection<Integer> those, Position position) {
        var each = those.stream()
                .map(partition -> find(topic, partition, position))
                .toList();
        return Future.all(each).map(all -> each.stream().map(Future::result).toList());
    }

    private Future<PartitionCursor> find(TopicRoute topic, int partition, Position position) {
        var id = topic.partition(partition);
        return partitions.offsets(id).compose(offsets -> {
            long end = isStopAtEnd ? offsets.highWatermark() : PartitionCursor.NO_END;
            var start =
                    switch (position.kind()) {
                        case EARLIEST -> Future.succeededFuture(offsets.start());
                        case LATEST -> Future.succeededFuture(offsets.highWatermark());
                        case OFFSET -> Future.succeededFuture(position.number());
                        case LAST ->
                            Future.succeededFuture(
                                    Math.max(offsets.start(), offsets.highWatermark() - position.number()));
                        case TIME -> partitions.offsetAt(id, position.number());
                    };
            return start.map(offset -> new PartitionCursor(partition, offset, end));
        });
    }
}
