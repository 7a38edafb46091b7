package io.millrace.group;

import static io.millrace.model.Refusal.INVALID_ARGUMENT;
import static io.millrace.model.Refusal.LIMIT_EXCEEDED;
import static io.millrace.model.Refusal.OFFSET_METADATA_TOO_LARGE;

import io.millrace.group.GroupEvent.OffsetCommitted;
import io.millrace.group.GroupEvent.OffsetRemoved;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** How far one group has come, partition by partition. Decides and applies as {@link ConsumerGroup} does. Ring 0. */
public final class OffsetTable {
    private final String group;
    private final GroupOptions options;
    private final Map<TopicPartition, Committed> offsets = new HashMap<>();

    public OffsetTable(String group, GroupOptions options) {
        this.group = group;
        this.options = options;
    }

    /** A live view. */
    public Map<TopicPartition, Committed> offsets() {
        return Collections.unmodifiableMap(offsets);
    }

    /** All of {@code commits} or none. Whether the asker may commit has been decided by {@link ConsumerGroup#commit}. */
    public Decision commit(Map<TopicPartition, OffsetToCommit> commits, Moment now) {
        var events = new ArrayList<GroupEvent>();
        int more = 0;
        for (var each : commits.entrySet()) {
            var commit = each.getValue();
            if (commit.offset() < 0) {
                throw INVALID_ARGUMENT.because("offset " + commit.offset() + " of " + each.getKey() + " is negative");
            }
            if (commit.metadata().length() > options.maxOffsetMetadataChars()) {
                throw OFFSET_METADATA_TOO_LARGE.because("the metadata of " + each.getKey() + " has "
                        + commit.metadata().length() + " characters; at most " + options.maxOffsetMetadataChars()
                        + " are allowed");
            }
            if (!offsets.containsKey(each.getKey())) more++;
            int epoch = Math.max(-1, commit.leaderEpoch());
            events.add(new OffsetCommitted(
                    group, each.getKey(), new Committed(commit.offset(), epoch, commit.metadata(), now.wallMillis())));
        }
        if (more > 0 && offsets.size() + more > options.maxOffsets()) {
            throw LIMIT_EXCEEDED.because("group " + group + " would have offsets of " + (offsets.size() + more)
                    + " partitions; at most " + options.maxOffsets() + " are allowed");
        }
        return new Decision(events, List.of());
    }

    /** Forgets what there is of {@code partitions}. */
    public Decision remove(Collection<TopicPartition> partitions) {
        var events = new ArrayList<GroupEvent>();
        for (var partition : partitions) {
            if (offsets.containsKey(partition)) events.add(new OffsetRemoved(group, partition));
        }
        return new Decision(events, List.of());
    }

    /**
     * Forgets what is older than the retention allows: since the group is empty, or since the commit where a group never
     * had members.
     *
     * @param emptySince when the group became empty, or -1 if it never had members
     * @param most no more than so many at once
     */
    public Decision expire(long emptySince, Moment now, int most) {
        var events = new ArrayList<GroupEvent>();
        for (var each : offsets.entrySet()) {
            if (events.size() == most) break;
            long since = Math.max(emptySince, each.getValue().commitTimestamp());
            if (now.wallMillis() - since >= options.offsetRetentionMillis()) {
                events.add(new OffsetRemoved(group, each.getKey()));
            }
        }
        return new Decision(events, List.of());
    }

    public void apply(GroupEvent event) {
        if (event instanceof OffsetCommitted committed) {
            offsets.put(committed.partition(), committed.committed());
        } else if (event instanceof OffsetRemoved removed) {
            offsets.remove(removed.partition());
        } else {
            throw new IllegalStateException(event + " is nothing that happens to offsets");
        }
    }
}
