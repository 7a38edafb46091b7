package io.millrace.gateway.http;

import io.millrace.Broker;
import io.millrace.GroupDescription;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/** What {@code /metrics} tells of consumer groups. */
record GroupMetrics(int count, List<GroupDescription> groups) {
    private static final int MOST_GROUPS = 200;
    private static final double SECOND_MILLIS = 1_000;

    /** While groups cannot be looked at, there are none. */
    static Future<GroupMetrics> of(Broker broker) {
        return broker.listGroups()
                .compose(all -> {
                    var each = new ArrayList<Future<GroupDescription>>();
                    all.stream().limit(MOST_GROUPS).forEach(one -> each.add(broker.describeGroup(one.group())));
                    return Future.join(each).transform(done -> {
                        var known = new ArrayList<GroupDescription>();
                        for (var one : each) if (one.succeeded()) known.add(one.result());
                        return Future.succeededFuture(new GroupMetrics(all.size(), known));
                    });
                })
                .otherwise(new GroupMetrics(0, List.of()));
    }

    void write(StringBuilder out) {
        Metrics.gauge(out, "millrace_groups", "Consumer groups", count);
        each(out, "millrace_group_members", "gauge", "Members", group -> group.members()
                .size());
        each(out, "millrace_group_idle_members", "gauge", "Members without partitions", GroupDescription::idleMembers);
        each(out, "millrace_group_rebalances_total", "counter", "Generations begun", GroupDescription::rebalances);
        Metrics.head(out, "millrace_group_lag_records", "gauge", "Records not settled");
        for (var group : groups) {
            var byTopic = new TreeMap<String, Long>();
            for (var lag : group.partitions()) {
                if (lag.lag() >= 0) byTopic.merge(lag.topic(), lag.lag(), Long::sum);
            }
            byTopic.forEach((topic, lag) -> out.append("millrace_group_lag_records{group=\"")
                    .append(escaped(group.group()))
                    .append("\",topic=\"")
                    .append(topic)
                    .append("\"} ")
                    .append(lag)
                    .append('\n'));
        }
        var name = "millrace_group_oldest_unsettled_seconds";
        Metrics.head(out, name, "gauge", "Age of the oldest record not settled");
        for (var group : groups) {
            labelled(out, name, group).append(group.lagMillis() / SECOND_MILLIS).append('\n');
        }
    }

    private void each(
            StringBuilder out, String name, String type, String help, ToLongFunction<GroupDescription> value) {
        Metrics.head(out, name, type, help);
        for (var group : groups) {
            labelled(out, name, group).append(value.applyAsLong(group)).append('\n');
        }
    }

    private static StringBuilder labelled(StringBuilder out, String name, GroupDescription group) {
        return out.append(name)
                .append("{group=\"")
                .append(escaped(group.group()))
                .append("\"} ");
    }

    /** Ids of groups may have any character but control characters. */
    private static String escaped(String label) {
        return label.replace("\\", "\\\\").replace("\"", "\\\"");
    }
}
