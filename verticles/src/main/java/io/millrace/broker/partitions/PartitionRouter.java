package io.millrace.broker.partitions;

import io.millrace.model.PartitionId;
import io.millrace.partition.Acks;
import io.millrace.partition.Appended;
import io.millrace.partition.Fetched;
import io.millrace.partition.LocalPartitions;
import io.millrace.partition.Offsets;
import io.millrace.partition.Partitions;
import io.millrace.partition.ReadRequest;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Function;

/** Finds the home of a partition, takes the call there, and brings the answer back. Any thread. */
public final class PartitionRouter implements Partitions {
    private final List<PartitionVerticle> verticles;

    public PartitionRouter(List<PartitionVerticle> verticles) {
        this.verticles = List.copyOf(verticles);
    }

    /** The verticle that a partition belongs to; neighbours of one topic go to different ones. */
    public PartitionVerticle verticle(PartitionId partition) {
        return verticles.get(Math.floorMod(partition.topic().hashCode() + partition.index(), verticles.size()));
    }

    private <T> Future<T> at(PartitionId partition, Function<LocalPartitions, Future<T>> work) {
        var verticle = verticle(partition);
        return verticle.home().run(() -> work.apply(verticle.partitions()));
    }

    @Override
    public Future<Appended> append(PartitionId partition, ByteBuffer batch, Acks acks) {
        return at(partition, local -> local.append(partition, batch, acks));
    }

    @Override
    public Future<Appended> appendOnce(
            PartitionId partition, ByteBuffer batch, Acks acks, String key, long fingerprint) {
        return at(partition, local -> local.appendOnce(partition, batch, acks, key, fingerprint));
    }

    @Override
    public Future<Fetched> read(PartitionId partition, ReadRequest request) {
        return at(partition, local -> local.read(partition, request));
    }

    @Override
    public void cancel(PartitionId partition, ReadRequest request) {
        var verticle = verticle(partition);
        if (verticle.home().isHere()) verticle.partitions().cancel(partition, request);
        else verticle.home().execute(() -> verticle.partitions().cancel(partition, request));
    }

    @Override
    public Future<Long> offsetAt(PartitionId partition, long timestamp) {
        return at(partition, local -> local.offsetAt(partition, timestamp));
    }

    @Override
    public Future<Offsets> offsets(PartitionId partition) {
        return at(partition, local -> local.offsets(partition));
    }

    @Override
    public Future<Long> deleteBefore(PartitionId partition, long offset) {
        return at(partition, local -> local.deleteBefore(partition, offset));
    }
}
