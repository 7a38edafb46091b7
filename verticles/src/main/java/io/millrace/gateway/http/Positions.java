package io.millrace.gateway.http;

import io.millrace.Position;
import io.millrace.gateway.Node;
import io.millrace.model.PartitionId;
import io.millrace.model.Refusal;
import io.millrace.partition.Offsets;
import io.vertx.core.Future;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/** Finds out where a reader begins, and what it has lost when it cannot begin there. */
final class Positions {
    private static final int MOST_SHOWN = 200;

    private final Node node;

    Positions(Node node) {
        this.node = node;
    }

    /**
     * Where to begin: the next offset of each partition, or of the only one.
     *
     * @param partition the only partition wanted, or -1
     */
    Future<Cursor> start(Destination topic, @Nullable String cursor, @Nullable String from, int partition) {
        if (partition >= topic.partitions()) throw topic.noPartition(partition);
        if (cursor != null && from != null) {
            throw Problem.invalid("cursor", "a read begins at a cursor or from a position, not at both")
                    .asException();
        }
        if (cursor != null) {
            var parsed = topic.cursors().parse(cursor);
            if (parsed.topic().equals(topic.topic().id())) {
                return Future.succeededFuture(resume(topic, parsed, partition));
            }
            throw Problem.of(
                            Refusal.CURSOR_EXPIRED,
                            "the cursor is of another topic, perhaps one of the same name that was"
                                    + " deleted; begin with from=earliest")
                    .asException();
        }
        Position position;
        try {
            position = Position.parse(from == null ? "earliest" : from);
        } catch (IllegalArgumentException no) {
            throw Problem.invalid("from", "from is earliest, latest, offset:N, time:T or last:N")
                    .asException();
        }
        if (position.kind() == Position.Kind.OFFSET && partition < 0 && topic.partitions() > 1) {
            throw Problem.invalid("partition", "an offset belongs to a partition; name it")
                    .asException();
        }
        return start(topic, position, partition);
    }

    Future<Cursor> start(Destination topic, Position position, int partition) {
        if (partition >= 0)
            return locate(topic, partition, position)
                    .map(next -> topic.cursors().of(topic.id(partition), next));
        var each = new ArrayList<Future<Long>>();
        for (int n = 0; n < topic.partitions(); n++) each.add(locate(topic, n, position));
        return Future.all(each).map(all -> topic.cursors()
                .of(topic.topic().id(), each.stream().mapToLong(Future::result).toArray()));
    }

    /**
     * A position to go on from.
     *
     * @param gap what lies between the position that was asked for and this one, if not nothing
     */
    record Resumed(Cursor position, @Nullable Gap gap) {}

    /**
     * Where to go on, found out before the first read.
     *
     * @param acceptUnknown whether a text that is no cursor is a gap of unknown size; otherwise it is refused with 400
     */
    Future<Resumed> resume(Destination topic, String cursor, int partition, boolean acceptUnknown) {
        Cursor parsed;
        try {
            parsed = topic.cursors().parse(cursor);
            if (parsed.topic().equals(topic.topic().id())) parsed = resume(topic, parsed, partition);
        } catch (ProblemException unknown) {
            if (!acceptUnknown) throw unknown;
            return fromEarliest(topic, cursor, partition, Gap.UNKNOWN);
        }
        if (!parsed.topic().equals(topic.topic().id())) {
            return fromEarliest(topic, cursor, partition, Gap.REPLACED);
        }
        var at = parsed;
        return gap(topic, at).map(gap -> {
            boolean isThere = gap.missed() == 0 && gap.reason().equals(Gap.EXPIRED);
            return isThere ? new Resumed(at, null) : new Resumed(gap.resumedAt(), gap);
        });
    }

    private Future<Resumed> fromEarliest(Destination topic, String cursor, int partition, String reason) {
        var shown = cursor.length() > MOST_SHOWN ? cursor.substring(0, MOST_SHOWN) : cursor;
        return start(topic, Position.earliest(), partition)
                .map(earliest -> new Resumed(earliest, new Gap(shown, earliest, -1, reason)));
    }

    private static Cursor resume(Destination topic, Cursor cursor, int partition) {
        if (!cursor.isWhole()) {
            if (partition >= 0 && partition != cursor.partition()) {
                throw Problem.invalid("partition", "the cursor is of partition " + cursor.partition())
                        .asException();
            }
            if (cursor.partition() >= topic.partitions()) throw topic.noPartition(cursor.partition());
            return cursor;
        }
        if (partition >= 0) {
            throw Problem.invalid("partition", "the cursor is of the whole topic")
                    .asException();
        }
        if (cursor.next().length > topic.partitions()) {
            throw Problem.invalid("cursor", "the cursor has more partitions than the topic")
                    .asException();
        }
        // Partitions that the topic has got since then are read from their beginning.
        return cursor.grown(topic.partitions());
    }

    private Future<Long> locate(Destination topic, int partition, Position position) {
        var id = topic.id(partition);
        return switch (position.kind()) {
            case OFFSET -> Future.succeededFuture(position.number());
            case TIME -> node.partitions().offsetAt(id, position.number());
            case EARLIEST -> node.partitions().offsets(id).map(at -> at.start());
            case LATEST -> node.partitions().offsets(id).map(at -> at.highWatermark());
            case LAST ->
                node.partitions().offsets(id).map(at -> Math.max(at.start(), at.highWatermark() - position.number()));
        };
    }

    /** The partition that a place in a cursor is of. */
    static PartitionId id(Destination topic, Cursor at, int slot) {
        return topic.id(at.isWhole() ? slot : at.partition());
    }

    private Future<Offsets[]> offsets(Destination topic, Cursor at) {
        var each = new ArrayList<Future<Offsets>>();
        for (int slot = 0; slot < at.next().length; slot++) {
            each.add(node.partitions().offsets(id(topic, at, slot)));
        }
        return Future.all(each).map(all -> each.stream().map(Future::result).toArray(Offsets[]::new));
    }

    /** What lies between a position that cannot be read from and the nearest one that can. */
    Future<Gap> gap(Destination topic, Cursor at) {
        var requested = at.toString();
        return offsets(topic, at).map(found -> {
            long missed = 0;
            boolean isAhead = false;
            var next = at.next().clone();
            for (int slot = 0; slot < next.length; slot++) {
                isAhead |= next[slot] > found[slot].end();
                missed += Math.max(0, found[slot].start() - next[slot]);
                next[slot] = Math.max(found[slot].start(), Math.min(next[slot], found[slot].highWatermark()));
            }
            var resumedAt = at.isWhole()
                    ? topic.cursors().of(at.topic(), next)
                    : topic.cursors().of(topic.id(at.partition()), next[0]);
            return new Gap(requested, resumedAt, missed, isAhead ? Gap.END_LOST : Gap.EXPIRED);
        });
    }

    /** How many records lie in front of a position. */
    Future<Long> lag(Destination topic, Cursor at) {
        return offsets(topic, at).map(found -> {
            long records = 0;
            for (int slot = 0; slot < found.length; slot++) {
                records += Math.max(0, found[slot].highWatermark() - Math.max(found[slot].start(), at.next()[slot]));
            }
            return records;
        });
    }
}
