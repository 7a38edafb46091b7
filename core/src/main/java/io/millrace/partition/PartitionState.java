package io.millrace.partition;

import static io.millrace.model.Refusal.INVALID_RECORD;
import static io.millrace.model.Refusal.NOT_ENOUGH_REPLICAS;
import static io.millrace.model.Refusal.NOT_LEADER;
import static io.millrace.model.Refusal.RECORD_TOO_LARGE;

import io.millrace.model.MillraceException;
import io.millrace.record.RecordBatch;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the home thread knows about one partition: who leads it, where it ends, what consumers may see.
 *
 * <p>Invariant: {@code highWatermark <= end}, and neither goes back.
 */
final class PartitionState {
    private static final long MAX_UNPACKED_BYTES = 1L << 30;

    private final PartitionHistory history;
    private final int self;
    private final ReplicaProgress progress;

    private PartitionOptions options;
    private boolean isLeader;
    private int leaderEpoch;
    private long end;
    private long highWatermark;

    /**
     * A replica whose log was just opened. It is a follower.
     *
     * @param self the number of this replica
     * @param durableEnd the end of the log, all of which is durable after recovery
     */
    PartitionState(int self, PartitionOptions options, PartitionHistory history, long durableEnd) {
        this.self = self;
        this.options = options;
        this.history = history;
        this.progress = new ReplicaProgress(Set.of(self));
        this.leaderEpoch = history.epochs().latest();
        this.end = durableEnd;
    }

    int leaderEpoch() {
        return leaderEpoch;
    }

    boolean isLeader() {
        return isLeader;
    }

    long end() {
        return end;
    }

    long highWatermark() {
        return highWatermark;
    }

    void configure(PartitionOptions changed) {
        options = changed;
    }

    /** This replica leads from now on. */
    void lead(int epoch, Set<Integer> inSync) {
        follow(epoch);
        isLeader = true;
        history.epochs().assign(epoch, end);
        progress.inSync(inSync);
    }

    /** Another replica leads from now on. */
    void follow(int epoch) {
        if (epoch < leaderEpoch) throw new IllegalStateException("epoch " + epoch + " after " + leaderEpoch);
        isLeader = false;
        leaderEpoch = epoch;
    }

    /** Decides about a batch, and changes nothing. */
    AppendDecision decide(RecordBatch batch, Acks acks) {
        if (!isLeader) return AppendDecision.refused(NOT_LEADER, "this replica does not lead in epoch " + leaderEpoch);
        if (batch.sizeInBytes() > options.maxBatchBytes()) {
            return AppendDecision.refused(
                    RECORD_TOO_LARGE,
                    "the batch has " + batch.sizeInBytes() + " bytes, the limit is " + options.maxBatchBytes());
        }
        if (batch.isControl() || batch.isTransactional()) {
            return AppendDecision.refused(INVALID_RECORD, "the batch belongs to a transaction, which is not open here");
        }
        if (acks == Acks.ALL && progress.inSyncCount() < options.minInSync()) {
            return AppendDecision.refused(
                    NOT_ENOUGH_REPLICAS,
                    progress.inSyncCount() + " replicas are in sync, " + options.minInSync() + " are required");
        }
        if (options.log().isCompacted()) {
            var keyless = refusalOfKeyless(batch);
            if (keyless != null) return keyless;
        }
        return batch.hasProducerId() ? history.producers().check(batch) : AppendDecision.ACCEPTED;
    }

    /** A log that is compacted keeps the last record of each key, and could never let go of a record without one. */
    private static @Nullable AppendDecision refusalOfKeyless(RecordBatch batch) {
        try (var records = batch.records(MAX_UNPACKED_BYTES)) {
            for (int n = 0; records.next(); n++) {
                if (records.keySize() >= 0) continue;
                return AppendDecision.refused(
                        INVALID_RECORD,
                        "record " + n + " of " + batch.count() + " has no key, and the topic is compacted"
                                + " (cleanup.policy), which keeps the last record of each key; give it a key");
            }
            return null;
        } catch (MillraceException unreadable) {
            return new AppendDecision.Refused(unreadable);
        }
    }

    /** The log has taken a batch. */
    void appended(RecordBatch batch) {
        if (batch.baseOffset() != end) throw new IllegalStateException(batch + " does not follow " + end);
        end = batch.nextOffset();
        history.replay(batch);
    }

    /** The log of this replica is durable up to {@code durableEnd}. True when consumers may see more than before. */
    boolean durable(long durableEnd) {
        return durable(self, durableEnd);
    }

    /** The log of a replica is durable up to {@code durableEnd}. True when consumers may see more than before. */
    boolean durable(int replica, long durableEnd) {
        progress.durable(replica, durableEnd);
        long committed = Math.min(end, progress.committed());
        if (!isLeader || committed <= highWatermark) return false;
        highWatermark = committed;
        return true;
    }
}
