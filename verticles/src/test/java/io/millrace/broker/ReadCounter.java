package io.millrace.broker;

import io.millrace.Broker;
import io.millrace.BrokerOptions;
import io.millrace.cluster.MetadataCommand;
import io.millrace.cluster.MetadataImage;
import io.millrace.cluster.MetadataRules;
import io.millrace.gateway.NodeMetrics;
import io.millrace.group.Groups;
import io.millrace.model.PartitionId;
import io.millrace.partition.Acks;
import io.millrace.partition.Appended;
import io.millrace.partition.Fetched;
import io.millrace.partition.Offsets;
import io.millrace.partition.Partitions;
import io.millrace.partition.ReadRequest;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;

/** A node that counts how often its partitions are read. */
public final class ReadCounter implements BrokerHost {
    public final AtomicLong reads = new AtomicLong();
    public final AtomicLong answers = new AtomicLong();
    private final Vertx vertx;
    private final BrokerHost host;

    public ReadCounter(Vertx vertx) {
        this.vertx = vertx;
        this.host = new LocalHost(vertx, new BrokerOptions());
    }

    /** The broker that stands on this node. */
    public Broker broker() {
        return new EmbeddedBroker(vertx, new BrokerOptions(), this);
    }

    @Override
    public Future<Void> start() {
        return host.start();
    }

    @Override
    public Future<Void> close() {
        return host.close();
    }

    @Override
    public MetadataRules rules() {
        return host.rules();
    }

    @Override
    public MetadataImage metadata() {
        return host.metadata();
    }

    @Override
    public <R> Future<R> change(MetadataCommand<R> command) {
        return host.change(command);
    }

    @Override
    public byte[] secret() {
        return host.secret();
    }

    @Override
    public Runnable watch(Runnable changed) {
        return host.watch(changed);
    }

    @Override
    public Groups groups() {
        return host.groups();
    }

    @Override
    public String nodeId() {
        return host.nodeId();
    }

    @Override
    public String notReadyBecause() {
        return host.notReadyBecause();
    }

    @Override
    public NodeMetrics metrics() {
        return host.metrics();
    }

    @Override
    public Partitions partitions() {
        var partitions = host.partitions();
        return new Partitions() {
            @Override
            public Future<Appended> append(PartitionId partition, ByteBuffer batch, Acks acks) {
                return partitions.append(partition, batch, acks);
            }

            @Override
            public Future<Appended> appendOnce(
                    PartitionId partition, ByteBuffer batch, Acks acks, String key, long fingerprint) {
                return partitions.appendOnce(partition, batch, acks, key, fingerprint);
            }

            @Override
            public Future<Fetched> read(PartitionId partition, ReadRequest request) {
                reads.incrementAndGet();
                return partitions.read(partition, request).onComplete(answer -> answers.incrementAndGet());
            }

            @Override
            public void cancel(PartitionId partition, ReadRequest request) {
                partitions.cancel(partition, request);
            }

            @Override
            public Future<Long> offsetAt(PartitionId partition, long timestamp) {
                return partitions.offsetAt(partition, timestamp);
            }

            @Override
            public Future<Offsets> offsets(PartitionId partition) {
                return partitions.offsets(partition);
            }

            @Override
            public Future<Long> deleteBefore(PartitionId partition, long offset) {
                return partitions.deleteBefore(partition, offset);
            }
        };
    }
}
