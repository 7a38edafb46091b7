package io.millrace.broker;

import io.millrace.broker.partitions.PartitionVerticle;
import io.millrace.cluster.MetadataImage;
import io.millrace.gateway.NodeMetrics;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Looks at the partitions of all loops, each on its own. */
record LocalMetrics(List<PartitionVerticle> verticles, NodeDisk nodeDisk, Supplier<MetadataImage> metadata)
        implements NodeMetrics {
    @Override
    public Future<List<PartitionGauge>> partitions() {
        var image = metadata.get();
        var each = new ArrayList<Future<List<PartitionGauge>>>();
        for (var verticle : verticles) {
            each.add(verticle.home().run(() -> Future.succeededFuture(look(verticle, image))));
        }
        return Future.all(each).map(all -> {
            var gauges = new ArrayList<PartitionGauge>();
            for (var some : each) gauges.addAll(some.result());
            return gauges;
        });
    }

    private static List<PartitionGauge> look(PartitionVerticle verticle, MetadataImage image) {
        var gauges = new ArrayList<PartitionGauge>();
        for (var id : verticle.partitions().ids()) {
            var partition = verticle.partitions().get(id);
            var topic = image.topic(id.topic());
            if (partition == null || topic.isEmpty()) continue;
            var offsets = partition.offsets();
            var log = partition.logStats();
            gauges.add(new PartitionGauge(
                    topic.get().name(),
                    id.index(),
                    partition.stats(),
                    offsets.start(),
                    offsets.highWatermark(),
                    log.bytes(),
                    log.segments(),
                    log.damaged(),
                    log.tornBytes(),
                    log.compaction()));
        }
        return gauges;
    }

    @Override
    public DiskGauge disk() {
        return nodeDisk.gauge();
    }
}
