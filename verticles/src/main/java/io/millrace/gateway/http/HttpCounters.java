package io.millrace.gateway.http;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** What the gateway counts of itself. Any thread. */
final class HttpCounters {
    /** Upper bounds of the buckets of durations, in nanoseconds. */
    static final long[] BOUNDS = {
        500_000L,
        1_000_000L,
        2_500_000L,
        5_000_000L,
        10_000_000L,
        25_000_000L,
        50_000_000L,
        100_000_000L,
        250_000_000L,
        1_000_000_000L,
        5_000_000_000L,
        30_000_000_000L
    };

    final LongAdder recordsIn = new LongAdder();
    final LongAdder recordBytesIn = new LongAdder();
    final LongAdder recordsOut = new LongAdder();
    final LongAdder recordBytesOut = new LongAdder();
    final LongAdder connectionsRefused = new LongAdder();
    final LongAdder requestsMalformed = new LongAdder();
    final LongAdder clientsTooSlow = new LongAdder();
    final LongAdder socketsOpened = new LongAdder();
    final LongAdder socketsRefused = new LongAdder();
    final LongAdder framesIn = new LongAdder();
    final LongAdder framesOut = new LongAdder();
    /** Channels that ran out of credit. */
    final LongAdder creditStalls = new LongAdder();
    /** Sockets and streams that took nothing for a while. */
    final LongAdder writeStalls = new LongAdder();

    final LongAdder gaps = new LongAdder();
    /** Close code to how often we have closed with it. */
    final Map<Integer, LongAdder> closes = new ConcurrentHashMap<>();
    /** Loop number to the longest delay since the last look, in nanoseconds. */
    final Map<Integer, Long> loopDelays = new ConcurrentHashMap<>();

    private static final int STATUSES = 600;

    private final Map<Route, AtomicReferenceArray<Requests>> byRoute = new EnumMap<>(Route.class);
    /** Those that found no route. */
    private final AtomicReferenceArray<Requests> lost = new AtomicReferenceArray<>(STATUSES);

    HttpCounters() {
        for (var route : Route.values()) byRoute.put(route, new AtomicReferenceArray<>(STATUSES));
    }

    /** Requests of one route with one status. */
    static final class Requests {
        final LongAdder count = new LongAdder();
        final LongAdder nanos = new LongAdder();
        final LongAdder[] buckets = new LongAdder[BOUNDS.length];

        Requests() {
            for (int n = 0; n < buckets.length; n++) buckets[n] = new LongAdder();
        }
    }

    /** @param route null where there was none */
    void answered(@Nullable Route route, int status, long nanos) {
        var statuses = route == null ? lost : Objects.requireNonNull(byRoute.get(route));
        var requests = statuses.get(status);
        if (requests == null) {
            statuses.compareAndSet(status, null, new Requests());
            requests = statuses.get(status);
        }
        requests.count.increment();
        requests.nanos.add(nanos);
        for (int n = 0; n < BOUNDS.length; n++) {
            if (nanos <= BOUNDS[n]) {
                requests.buckets[n].increment();
                break;
            }
        }
    }

    /** We have closed a WebSocket. */
    void closed(int code) {
        closes.computeIfAbsent(code, fresh -> new LongAdder()).increment();
    }

    /** An event loop was late by so much. */
    void loopLate(int loop, long nanos) {
        loopDelays.put(loop, nanos);
    }

    /** What {@link #forEach} tells. */
    interface Visitor {
        void visit(String route, int status, Requests requests);
    }

    void forEach(Visitor visitor) {
        byRoute.forEach((route, statuses) -> forEach(route.method() + " " + route.path(), statuses, visitor));
        forEach("none", lost, visitor);
    }

    private static void forEach(String route, AtomicReferenceArray<Requests> statuses, Visitor visitor) {
        for (int status = 0; status < STATUSES; status++) {
            var requests = statuses.get(status);
            if (requests != null) visitor.visit(route, status, requests);
        }
    }
}
