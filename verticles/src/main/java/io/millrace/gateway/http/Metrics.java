package io.millrace.gateway.http;

import io.millrace.gateway.Node;
import io.millrace.gateway.NodeMetrics;
import io.millrace.log.CompactionStats;
import io.vertx.core.Future;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/**
 * What {@code /metrics} tells, as Prometheus text. Partitions are summed up by topic, so that the answer stays small.
 *
 * <pre>
 * millrace_ready                                  1 when the node serves
 * millrace_topics, millrace_partitions            how many there are
 * millrace_records_in_total{topic}                records appended, by whatever protocol
 * millrace_bytes_in_total{topic}                  bytes of their batches
 * millrace_batches_in_total{topic}                batches
 * millrace_reads_total{topic}                     reads that gave something
 * millrace_bytes_out_total{topic}                 bytes of batches that reads gave
 * millrace_duplicates_total{topic}                batches that were known already
 * millrace_refused_total{topic}                   batches that were refused
 * millrace_pending_acks{topic}                    appends that wait to become durable
 * millrace_parked_reads{topic}                    reads that wait for a record
 * millrace_log_records{topic}                     offsets between log start and high watermark
 * millrace_log_bytes{topic}                       size of the logs
 * millrace_log_segments{topic}                    files of the logs
 * millrace_log_damaged{topic}                     partitions with a damaged batch
 * millrace_groups                                 consumer groups; the values below for the first 200 by name
 * millrace_group_members{group}                   members
 * millrace_group_idle_members{group}              members without partitions
 * millrace_group_rebalances_total{group}          generations begun
 * millrace_group_lag_records{group,topic}         records not settled
 * millrace_group_oldest_unsettled_seconds{group}  age of the oldest record not settled
 * millrace_disk_syncs_total                       group commits
 * millrace_disk_sync_seconds_total                time spent in them
 * millrace_disk_sync_max_seconds                  the longest since the last look
 * millrace_disk_free_bytes                        free bytes of the volume
 * millrace_disk_full                              1 when appends are refused for lack of space
 * millrace_http_requests_total{route,status}      requests answered
 * millrace_http_request_seconds{route}            histogram of their durations
 * millrace_http_records_in_total                  records that came over HTTP, millrace_http_bytes_in_total their bytes
 * millrace_http_records_out_total                 records that left over HTTP, millrace_http_bytes_out_total their bytes
 * millrace_http_connections                       open connections
 * millrace_http_connections_refused_total         connections beyond a limit
 * millrace_http_malformed_total                   requests that were no HTTP
 * millrace_http_slow_clients_total                connections closed because the client was too slow
 * millrace_http_in_flight_bytes                   bytes of publishes under way
 * millrace_http_answer_bytes                      bytes reserved for answers to reads
 * millrace_http_long_polls                        reads that wait
 * millrace_http_sockets                           open WebSockets and event streams
 * millrace_http_channels                          open channels of WebSockets
 * millrace_http_sockets_opened_total              WebSockets opened
 * millrace_http_sockets_refused_total             sockets beyond the limit
 * millrace_http_frames_in_total, _out_total       frames of WebSockets
 * millrace_http_credit_stalls_total               how often a channel ran out of credit
 * millrace_http_write_stalls_total                how often a socket took nothing more
 * millrace_http_gaps_total                        readers that were told of lost records
 * millrace_http_socket_closes_total{code}         WebSockets closed by the gateway
 * millrace_event_loop_delay_seconds{loop}         how late each event loop was at the last look
 * </pre>
 */
final class Metrics {
    private static final double NANOS = 1e9;

    private final Node node;
    private final Admission admission;
    private final HttpCounters counters;

    Metrics(Node node, Admission admission, HttpCounters counters) {
        this.node = node;
        this.admission = admission;
        this.counters = counters;
    }

    Future<String> text() {
        return node.metrics().partitions().compose(partitions -> GroupMetrics.of(node.broker())
                .map(groups -> {
                    var out = new StringBuilder(8 << 10);
                    node(out);
                    topics(out, partitions);
                    groups.write(out);
                    compaction(out, partitions);
                    disk(out, node.metrics().disk());
                    http(out);
                    return out.toString();
                }));
    }

    private void node(StringBuilder out) {
        var metadata = node.metadata();
        gauge(
                out,
                "millrace_ready",
                "1 when the node serves",
                node.notReadyBecause().isEmpty() ? 1 : 0);
        gauge(out, "millrace_topics", "Topics", metadata.topics().size());
        gauge(out, "millrace_partitions", "Partitions", metadata.partitionCount());
    }

    private static void topics(StringBuilder out, List<NodeMetrics.PartitionGauge> all) {
        sum(out, all, "millrace_records_in_total", "counter", "Records appended", p -> p.stats()
                .recordsIn());
        sum(out, all, "millrace_bytes_in_total", "counter", "Bytes appended", p -> p.stats()
                .bytesIn());
        sum(out, all, "millrace_batches_in_total", "counter", "Batches appended", p -> p.stats()
                .batchesIn());
        sum(out, all, "millrace_reads_total", "counter", "Reads that gave something", p -> p.stats()
                .readsOut());
        sum(out, all, "millrace_bytes_out_total", "counter", "Bytes read", p -> p.stats()
                .bytesOut());
        sum(out, all, "millrace_duplicates_total", "counter", "Batches known already", p -> p.stats()
                .duplicates());
        sum(out, all, "millrace_refused_total", "counter", "Batches refused", p -> p.stats()
                .refused());
        sum(out, all, "millrace_pending_acks", "gauge", "Appends not yet durable", p -> p.stats()
                .pendingAcks());
        sum(out, all, "millrace_parked_reads", "gauge", "Reads that wait", p -> p.stats()
                .parkedReads());
        sum(
                out,
                all,
                "millrace_log_records",
                "gauge",
                "Offsets that can be read",
                p -> p.highWatermark() - p.logStart());
        sum(out, all, "millrace_log_bytes", "gauge", "Size of the logs", NodeMetrics.PartitionGauge::bytes);
        sum(out, all, "millrace_log_segments", "gauge", "Files of the logs", NodeMetrics.PartitionGauge::segments);
        sum(out, all, "millrace_log_damaged", "gauge", "Partitions with a damaged batch", p -> p.damaged() ? 1 : 0);
    }

    /** Only topics that are compacted, or were since the start. */
    private static void compaction(StringBuilder out, List<NodeMetrics.PartitionGauge> all) {
        var compacted = all.stream()
                .filter(partition -> !partition.compaction().equals(CompactionStats.NONE))
                .toList();
        sum(
                out,
                compacted,
                "millrace_compaction_runs_total",
                "counter",
                "Compactions that ended well",
                p -> p.compaction().runs());
        sum(out, compacted, "millrace_compaction_read_bytes_total", "counter", "Bytes looked at", p -> p.compaction()
                .bytesRead());
        sum(out, compacted, "millrace_compaction_removed_bytes_total", "counter", "Bytes removed", p -> p.compaction()
                .bytesRemoved());
        sum(out, compacted, "millrace_compaction_millis_total", "counter", "Time of compactions", p -> p.compaction()
                .millis());
        sum(out, compacted, "millrace_compaction_dirty_bytes", "gauge", "Bytes not compacted yet", p -> p.compaction()
                .dirtyBytes());
        sum(
                out,
                compacted,
                "millrace_compaction_uncleanable",
                "gauge",
                "Partitions that cannot be compacted",
                p -> p.compaction().uncleanable() ? 1 : 0);
        last(out, compacted);
    }

    private static void last(StringBuilder out, List<NodeMetrics.PartitionGauge> compacted) {
        head(out, "millrace_compaction_last_run_millis", "gauge", "When a compaction ended well last, since 1970");
        var byTopic = new TreeMap<String, Long>();
        for (var each : compacted) byTopic.merge(each.topic(), each.compaction().lastRunMillis(), Long::max);
        write(out, "millrace_compaction_last_run_millis", byTopic);
    }

    private static void sum(
            StringBuilder out,
            List<NodeMetrics.PartitionGauge> all,
            String name,
            String type,
            String help,
            ToLongFunction<NodeMetrics.PartitionGauge> value) {
        head(out, name, type, help);
        var byTopic = new TreeMap<String, Long>();
        for (var partition : all) byTopic.merge(partition.topic(), value.applyAsLong(partition), Long::sum);
        write(out, name, byTopic);
    }

    private static void write(StringBuilder out, String name, Map<String, Long> byTopic) {
        // Names of topics have no character that would need an escape.
        byTopic.forEach((topic, value) -> out.append(name)
                .append("{topic=\"")
                .append(topic)
                .append("\"} ")
                .append(value)
                .append('\n'));
    }

    private static void disk(StringBuilder out, NodeMetrics.DiskGauge disk) {
        counter(out, "millrace_disk_syncs_total", "Group commits", disk.syncs());
        head(out, "millrace_disk_sync_seconds_total", "counter", "Time spent in group commits");
        out.append("millrace_disk_sync_seconds_total ")
                .append(disk.syncNanos() / NANOS)
                .append('\n');
        head(out, "millrace_disk_sync_max_seconds", "gauge", "Longest group commit since the last look");
        out.append("millrace_disk_sync_max_seconds ")
                .append(disk.syncMaxNanos() / NANOS)
                .append('\n');
        if (disk.freeBytes() >= 0) gauge(out, "millrace_disk_free_bytes", "Free bytes of the volume", disk.freeBytes());
        gauge(out, "millrace_disk_full", "1 when appends are refused for lack of space", disk.full() ? 1 : 0);
    }

    private void http(StringBuilder out) {
        head(out, "millrace_http_requests_total", "counter", "Requests answered");
        counters.forEach((route, status, requests) -> out.append("millrace_http_requests_total{route=\"")
                .append(route)
                .append("\",status=\"")
                .append(status)
                .append("\"} ")
                .append(requests.count.sum())
                .append('\n'));
        durations(out);
        counter(out, "millrace_http_records_in_total", "Records that came over HTTP", counters.recordsIn.sum());
        counter(out, "millrace_http_bytes_in_total", "Bytes of records that came", counters.recordBytesIn.sum());
        counter(out, "millrace_http_records_out_total", "Records that left over HTTP", counters.recordsOut.sum());
        counter(out, "millrace_http_bytes_out_total", "Bytes of values that left", counters.recordBytesOut.sum());
        gauge(out, "millrace_http_connections", "Open connections", admission.connections());
        counter(
                out,
                "millrace_http_connections_refused_total",
                "Connections beyond a limit",
                counters.connectionsRefused.sum());
        counter(out, "millrace_http_malformed_total", "Requests that were no HTTP", counters.requestsMalformed.sum());
        counter(out, "millrace_http_slow_clients_total", "Connections of slow clients", counters.clientsTooSlow.sum());
        gauge(out, "millrace_http_in_flight_bytes", "Bytes of publishes under way", admission.bytesInFlight());
        gauge(out, "millrace_http_answer_bytes", "Bytes reserved for answers to reads", admission.answerBytes());
        gauge(out, "millrace_http_long_polls", "Reads that wait", admission.longPolls());
        sockets(out);
        head(out, "millrace_event_loop_delay_seconds", "gauge", "How late an event loop was at the last look");
        counters.loopDelays.forEach((loop, nanos) -> out.append("millrace_event_loop_delay_seconds{loop=\"")
                .append(loop)
                .append("\"} ")
                .append(nanos / NANOS)
                .append('\n'));
    }

    private void sockets(StringBuilder out) {
        gauge(out, "millrace_http_sockets", "Open WebSockets and event streams", admission.sockets());
        gauge(out, "millrace_http_channels", "Open channels of WebSockets", admission.channels());
        counter(out, "millrace_http_sockets_opened_total", "WebSockets opened", counters.socketsOpened.sum());
        counter(out, "millrace_http_sockets_refused_total", "Sockets beyond the limit", counters.socketsRefused.sum());
        counter(out, "millrace_http_frames_in_total", "Frames that came", counters.framesIn.sum());
        counter(out, "millrace_http_frames_out_total", "Frames that left", counters.framesOut.sum());
        counter(out, "millrace_http_credit_stalls_total", "Channels out of credit", counters.creditStalls.sum());
        counter(out, "millrace_http_write_stalls_total", "Sockets that took nothing", counters.writeStalls.sum());
        counter(out, "millrace_http_gaps_total", "Readers told of lost records", counters.gaps.sum());
        head(out, "millrace_http_socket_closes_total", "counter", "WebSockets closed by the gateway");
        counters.closes.forEach((code, count) -> out.append("millrace_http_socket_closes_total{code=\"")
                .append(code)
                .append("\"} ")
                .append(count.sum())
                .append('\n'));
    }

    private void durations(StringBuilder out) {
        var name = "millrace_http_request_seconds";
        head(out, name, "histogram", "Durations of requests");
        // One histogram for each route, whatever the status.
        var byRoute = new TreeMap<String, long[]>();
        int bounds = HttpCounters.BOUNDS.length;
        counters.forEach((route, status, requests) -> {
            var sums = byRoute.computeIfAbsent(route, fresh -> new long[bounds + 2]);
            for (int n = 0; n < bounds; n++) sums[n] += requests.buckets[n].sum();
            sums[bounds] += requests.count.sum();
            sums[bounds + 1] += requests.nanos.sum();
        });
        byRoute.forEach((route, sums) -> {
            long below = 0;
            for (int n = 0; n < bounds; n++) {
                below += sums[n];
                bucket(out, name, route, Double.toString(HttpCounters.BOUNDS[n] / NANOS), below);
            }
            bucket(out, name, route, "+Inf", sums[bounds]);
            out.append(String.format(Locale.ROOT, "%s_sum{route=\"%s\"} %s%n", name, route, sums[bounds + 1] / NANOS));
            out.append(String.format(Locale.ROOT, "%s_count{route=\"%s\"} %d%n", name, route, sums[bounds]));
        });
    }

    private static void bucket(StringBuilder out, String name, String route, String bound, long count) {
        out.append(name)
                .append("_bucket{route=\"")
                .append(route)
                .append("\",le=\"")
                .append(bound)
                .append("\"} ");
        out.append(count).append('\n');
    }

    private static void counter(StringBuilder out, String name, String help, long value) {
        head(out, name, "counter", help);
        out.append(name).append(' ').append(value).append('\n');
    }

    static void gauge(StringBuilder out, String name, String help, long value) {
        head(out, name, "gauge", help);
        out.append(name).append(' ').append(value).append('\n');
    }

    static void head(StringBuilder out, String name, String type, String help) {
        out.append("# HELP ").append(name).append(' ').append(help).append('\n');
        out.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    }
}
