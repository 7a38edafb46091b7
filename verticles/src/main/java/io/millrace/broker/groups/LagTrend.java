package io.millrace.broker.groups;

import io.millrace.PartitionLag;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Whether groups catch up or fall behind, as far as somebody has looked before: each look is compared with one that is
 * some seconds to some minutes old. Any thread.
 */
final class LagTrend {
    private static final long NEXT_MILLIS = 5_000;
    private static final long STALE_MILLIS = 300_000;
    private static final int MOST_GROUPS = 1_000;
    private static final double SECOND = 1_000;

    /** @param perSecond records by which the lag grows; null if unknown */
    record Seen(@Nullable Long perSecond, @Nullable Long drainMillis) {
        static final Seen NOTHING = new Seen(null, null);
    }

    private record Look(long atMillis, Map<String, PartitionLag> partitions) {}

    /** The last two looks that are far enough apart; the groups nobody looks at go first. */
    private static final class Looks {
        Look before;
        Look last;

        Looks(Look first) {
            before = first;
            last = first;
        }
    }

    private final Map<String, Looks> byGroup = new LinkedHashMap<>(16, 0.75f, true);

    synchronized Seen observe(String group, List<PartitionLag> partitions, long now) {
        var byPartition = new HashMap<String, PartitionLag>();
        for (var lag : partitions) {
            if (lag.committed() >= 0) byPartition.put(lag.topic() + "/" + lag.partition(), lag);
        }
        var look = new Look(now, byPartition);
        var looks = byGroup.get(group);
        if (looks == null || now - looks.last.atMillis > STALE_MILLIS) {
            byGroup.put(group, new Looks(look));
            if (byGroup.size() > MOST_GROUPS)
                byGroup.remove(byGroup.keySet().iterator().next());
            return Seen.NOTHING;
        }
        if (now - looks.last.atMillis >= NEXT_MILLIS) {
            looks.before = looks.last;
            looks.last = look;
        }
        return compare(looks.before, look);
    }

    private static Seen compare(Look then, Look now) {
        double seconds = (now.atMillis - then.atMillis) / SECOND;
        if (seconds < 1) return Seen.NOTHING;
        long lag = 0;
        long grown = 0;
        for (var each : now.partitions.entrySet()) {
            lag += each.getValue().lag();
            var before = then.partitions.get(each.getKey());
            if (before != null) grown += each.getValue().lag() - before.lag();
        }
        long perSecond = Math.round(grown / seconds);
        if (lag == 0) return new Seen(perSecond, 0L);
        return new Seen(perSecond, grown < 0 ? Math.round(lag * seconds * SECOND / -grown) : null);
    }
}
