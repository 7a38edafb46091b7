package io.millrace.broker.groups;

import io.millrace.GroupDescription;
import io.millrace.GroupMove;
import io.millrace.GroupSeek;
import io.millrace.MemberDescription;
import io.millrace.PartitionLag;
import io.millrace.Position;
import io.millrace.cluster.MetadataImage;
import io.millrace.group.Claim;
import io.millrace.group.Committed;
import io.millrace.group.ConsumerProtocol;
import io.millrace.group.GroupState;
import io.millrace.group.GroupView;
import io.millrace.group.Groups;
import io.millrace.group.OffsetToCommit;
import io.millrace.group.TopicPartition;
import io.millrace.model.MillraceException;
import io.millrace.model.PartitionId;
import io.millrace.model.Refusal;
import io.millrace.partition.Offsets;
import io.millrace.partition.Partitions;
import io.millrace.partition.ReadRequest;
import io.millrace.record.RecordBatch;
import io.millrace.time.Clock;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What operators see of groups and do to them: groups, partitions and metadata put together. Any thread. */
public final class GroupReports {
    private final Groups groups;
    private final Partitions partitions;
    private final Supplier<MetadataImage> metadata;
    private final Clock clock;
    private final LagTrend trend = new LagTrend();

    public GroupReports(Groups groups, Partitions partitions, Supplier<MetadataImage> metadata, Clock clock) {
        this.groups = groups;
        this.partitions = partitions;
        this.metadata = metadata;
        this.clock = clock;
    }

    /** One partition that a group has to do with. */
    private record Place(
            TopicPartition partition, PartitionId id, @Nullable String owner, @Nullable Committed committed) {}

    /** GROUP_NOT_FOUND if there is none. */
    public Future<GroupDescription> describe(String group) {
        return groups.describe(group).compose(this::describe);
    }

    private Future<GroupDescription> describe(GroupView view) {
        var owners = new HashMap<TopicPartition, String>();
        var members = new ArrayList<MemberDescription>();
        for (var member : view.members()) {
            var share = share(member);
            for (var partition : share) owners.put(partition, member.memberId());
            members.add(new MemberDescription(
                    member.memberId(),
                    member.instanceId(),
                    member.clientId(),
                    member.clientHost(),
                    member.sessionMillis(),
                    member.rebalanceMillis(),
                    share.stream().sorted().map(TopicPartition::toString).toList()));
        }
        var all = new TreeSet<>(owners.keySet());
        all.addAll(view.offsets().keySet());
        var lags = new ArrayList<Future<PartitionLag>>();
        for (var place : places(all, owners, view.offsets())) lags.add(lag(place));
        return Future.join(lags).transform(done -> {
            var known = new ArrayList<PartitionLag>();
            // A partition that goes away while it is looked at is left out.
            for (var lag : lags) if (lag.succeeded()) known.add(lag.result());
            var seen = trend.observe(view.group(), known, clock.millis());
            return Future.succeededFuture(new GroupDescription(
                    view.group(),
                    view.state().text(),
                    view.protocolType(),
                    view.protocol(),
                    view.leader(),
                    view.generation(),
                    view.rebalances(),
                    members,
                    known,
                    seen.perSecond(),
                    seen.drainMillis()));
        });
    }

    private static List<TopicPartition> share(GroupView.MemberView member) {
        try {
            return ConsumerProtocol.decodeAssignment(member.assignment()).partitions();
        } catch (MillraceException foreign) {
            return List.of();
        }
    }

    private List<Place> places(
            Collection<TopicPartition> wanted,
            Map<TopicPartition, String> owners,
            Map<TopicPartition, Committed> committed) {
        var image = metadata.get();
        var places = new ArrayList<Place>();
        for (var partition : wanted) {
            var topic = image.topics().get(partition.topic());
            if (topic == null || partition.partition() >= topic.partitions().size()) continue;
            places.add(new Place(
                    partition,
                    topic.partitionId(partition.partition()),
                    owners.get(partition),
                    committed.get(partition)));
        }
        return places;
    }

    private Future<PartitionLag> lag(Place place) {
        return partitions.offsets(place.id).compose(at -> {
            var committed = place.committed;
            if (committed == null) return Future.succeededFuture(lag(place, at, -1, -1));
            long first = Math.max(committed.offset(), at.start());
            long lag = Math.max(0, at.highWatermark() - first);
            if (lag == 0) return Future.succeededFuture(lag(place, at, 0, 0));
            return timestamp(place.id, first)
                    .otherwise(-1L)
                    .map(time -> lag(place, at, lag, time < 0 ? -1 : Math.max(0, clock.wallMillis() - time)));
        });
    }

    private static PartitionLag lag(Place place, Offsets at, long lag, long lagMillis) {
        var committed = place.committed;
        return new PartitionLag(
                place.partition.topic(),
                place.partition.partition(),
                place.owner,
                committed == null ? -1 : committed.offset(),
                at.start(),
                at.highWatermark(),
                lag,
                lagMillis,
                committed == null ? "" : committed.metadata(),
                committed == null ? -1 : committed.commitTimestamp());
    }

    /** The time of the first record from an offset on; -1 if it has none. */
    private Future<Long> timestamp(PartitionId id, long offset) {
        return partitions.read(id, new ReadRequest(offset, 1, 0)).map(fetched -> timestamp(fetched.batches(), offset));
    }

    private static long timestamp(ByteBuffer batches, long offset) {
        if (!batches.hasRemaining()) return -1;
        var batch = RecordBatch.of(batches);
        if (batch.isLogAppendTime()) return batch.maxTimestamp();
        if (batch.compressionId() != 0 && offset == batch.baseOffset()) return batch.baseTimestamp();
        // Nothing is unpacked for a glance: the newest record of a packed batch is a lower limit of the age.
        if (batch.compressionId() != 0) return batch.maxTimestamp();
        try (var records = batch.records(0)) {
            while (records.next()) if (records.offset() >= offset) return records.timestamp();
        }
        return -1;
    }

    /** Moves committed offsets of a group without members, all or none; GROUP_NOT_EMPTY if it has some. */
    public Future<List<GroupMove>> seek(String group, GroupSeek seek) {
        return groups.describe(group)
                .recover(cause -> seek.getTopic() != null && isNotFound(cause)
                        ? Future.succeededFuture(null)
                        : Future.failedFuture(cause))
                .compose(view -> {
                    Map<TopicPartition, Committed> offsets = Map.of();
                    if (view != null) {
                        if (view.state() != GroupState.EMPTY) throw notEmpty(view);
                        offsets = view.offsets();
                    }
                    var moves = new ArrayList<Future<GroupMove>>();
                    for (var place : places(chosen(seek, offsets), Map.of(), offsets)) moves.add(move(place, seek));
                    return Future.all(moves).compose(done -> {
                        var all = new ArrayList<GroupMove>();
                        for (var move : moves) all.add(move.result());
                        return seek.isDryRun() || all.isEmpty()
                                ? Future.succeededFuture(all)
                                : commit(group, all).map(all);
                    });
                });
    }

    private static boolean isNotFound(Throwable cause) {
        return cause instanceof MillraceException refused && refused.refusal() == Refusal.GROUP_NOT_FOUND;
    }

    private static MillraceException notEmpty(GroupView view) {
        return Refusal.GROUP_NOT_EMPTY.because("group " + view.group() + " is "
                + view.state().text() + " with " + view.members().size() + " members; stop them, then seek");
    }

    private Collection<TopicPartition> chosen(GroupSeek seek, Map<TopicPartition, Committed> offsets) {
        var name = seek.getTopic();
        if (name == null) {
            if (!seek.getPartitions().isEmpty()) {
                throw Refusal.INVALID_ARGUMENT.because("partitions are chosen without a topic; name the topic too");
            }
            return new TreeSet<>(offsets.keySet());
        }
        var topic = metadata.get().topic(name);
        var chosen = new TreeSet<TopicPartition>();
        for (int index : seek.getPartitions()) {
            topic.partition(index);
            chosen.add(new TopicPartition(name, index));
        }
        if (!seek.getPartitions().isEmpty()) return chosen;
        for (int index = 0; index < topic.partitions().size(); index++) chosen.add(new TopicPartition(name, index));
        return chosen;
    }

    private Future<GroupMove> move(Place place, GroupSeek seek) {
        long from = place.committed == null ? -1 : place.committed.offset();
        return partitions.offsets(place.id).compose(at -> target(place, seek, at)
                .map(to -> new GroupMove(place.partition.topic(), place.partition.partition(), from, to)));
    }

    private Future<Long> target(Place place, GroupSeek seek, Offsets at) {
        var to = seek.getTo();
        if (to == null) {
            if (place.committed == null) {
                throw Refusal.INVALID_ARGUMENT.because(
                        "nothing is committed of " + place.partition + " that could be shifted; seek to a position");
            }
            long shifted = saturated(place.committed.offset(), seek.getShiftBy());
            return Future.succeededFuture(Math.max(at.start(), Math.min(shifted, at.highWatermark())));
        }
        return switch (to.kind()) {
            case EARLIEST -> Future.succeededFuture(at.start());
            case LATEST -> Future.succeededFuture(at.highWatermark());
            case LAST -> Future.succeededFuture(Math.max(at.start(), at.highWatermark() - to.number()));
            case TIME -> partitions.offsetAt(place.id, to.number());
            case OFFSET -> Future.succeededFuture(inside(place, to, at));
        };
    }

    private static long saturated(long offset, long by) {
        return by > 0 && offset > Long.MAX_VALUE - by ? Long.MAX_VALUE : offset + by;
    }

    private static long inside(Place place, Position to, Offsets at) {
        if (to.number() >= at.start() && to.number() <= at.highWatermark()) return to.number();
        throw Refusal.OFFSET_OUT_OF_RANGE.because("offset " + to.number() + " is not in " + place.partition
                + ", which has " + at.start() + " to " + at.highWatermark());
    }

    private Future<Void> commit(String group, List<GroupMove> moves) {
        var offsets = new TreeMap<TopicPartition, OffsetToCommit>();
        for (var move : moves) {
            offsets.put(new TopicPartition(move.topic(), move.partition()), OffsetToCommit.of(move.to()));
        }
        return groups.commit(group, Claim.NOBODY, offsets);
    }
}
