package io.millrace.broker.client;

import io.millrace.model.PartitionId;
import io.millrace.model.Refusal;
import io.millrace.partition.Acks;
import io.millrace.partition.Appended;
import io.millrace.partition.Fetched;
import io.millrace.partition.Offsets;
import io.millrace.partition.Partitions;
import io.millrace.partition.ReadRequest;
import io.millrace.time.Clock;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Real partitions behind a line that a test can make bad. */
final class FaultyPartitions implements Partitions {
    /** What happens to one append. */
    sealed interface Fate {
        /** It is stored and answered. */
        record Stored() implements Fate {}

        /** It is stored, and the answer is lost. */
        record AckLost() implements Fate {}

        /** It does not get there. */
        record Refused(Refusal refusal) implements Fate {}

        /** It is stored, and answered when the test says so. */
        record Held() implements Fate {}
    }

    static final Fate STORED = new Fate.Stored();
    static final Fate ACK_LOST = new Fate.AckLost();
    static final Fate HELD = new Fate.Held();

    private final Partitions target;
    private final Clock clock;
    /** Asked once for each append. */
    Supplier<Fate> fate = () -> STORED;

    final List<Long> appendedAt = new ArrayList<>();
    final List<Integer> sizes = new ArrayList<>();
    final List<Promise<Void>> held = new ArrayList<>();

    FaultyPartitions(Partitions target, Clock clock) {
        this.target = target;
        this.clock = clock;
    }

    static Fate refused(Refusal refusal) {
        return new Fate.Refused(refusal);
    }

    @Override
    public Future<Appended> append(PartitionId partition, ByteBuffer batch, Acks acks) {
        appendedAt.add(clock.millis());
        sizes.add(batch.remaining());
        var what = fate.get();
        if (what instanceof Fate.Refused no) return Future.failedFuture(no.refusal.because("so the test wants it"));
        var answer = target.append(partition, batch, acks);
        if (what instanceof Fate.AckLost) {
            return answer.transform(lost -> Future.failedFuture(Refusal.ACK_TIMEOUT.because("the answer was lost")));
        }
        if (what instanceof Fate.Held) {
            var release = Promise.<Void>promise();
            held.add(release);
            return answer.compose(appended -> release.future().map(appended));
        }
        return answer;
    }

    @Override
    public Future<Appended> appendOnce(
            PartitionId partition, ByteBuffer batch, Acks acks, String key, long fingerprint) {
        return target.appendOnce(partition, batch, acks, key, fingerprint);
    }

    @Override
    public Future<Fetched> read(PartitionId partition, ReadRequest request) {
        return target.read(partition, request);
    }

    @Override
    public Future<Long> offsetAt(PartitionId partition, long timestamp) {
        return target.offsetAt(partition, timestamp);
    }

    @Override
    public Future<Offsets> offsets(PartitionId partition) {
        return target.offsets(partition);
    }

    @Override
    public Future<Long> deleteBefore(PartitionId partition, long offset) {
        return target.deleteBefore(partition, offset);
    }
}
