package io.millrace.gateway.http;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;

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
    /** Loop number to the longest delay since the last look, in nanoseconds. */
    final Map<Integer, Long> loopDelays = new ConcurrentHashMap<>();

    private static final int STATUSES = 600;

    private final AtomicReferenceArray<Requests> byRouteAndStatus =
            new AtomicReferenceArray<>((Route.values().length + 1) * STATUSES);

    /** Requests of one route with one status. */
    static final class Requests {
        final LongAdder count = new LongAdder();
        final LongAdder nanos = new LongAdder();
        final LongAdder[] buckets = new LongAdder[BOUNDS.length];

        Requests() {
            for (int n = 0; n < buckets.length; n++) buckets[n] = new LongAdder();
        }
    }

    /** @param route the ordinal, or the number of routes where there was none */
    void answered(int route, int status, long nanos) {
        int at = route * STATUSES + status;
        var requests = byRouteAndStatus.get(at);
        if (requests == null) {
            byRouteAndStatus.compareAndSet(at, null, new Requests());
            requests = byRouteAndStatus.get(at);
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

    /** An event loop was late by so much. */
    void loopLate(int loop, long nanos) {
        loopDelays.put(loop, nanos);
    }

    /** What {@link #forEach} tells. */
    interface Visitor {
        void visit(String route, int status, Requests requests);
    }

    void forEach(Visitor visitor) {
        var routes = Route.values();
        for (int route = 0; route <= routes.length; route++) {
            for (int status = 0; status < STATUSES; status++) {
                var requests = byRouteAndStatus.get(route * STATUSES + status);
                if (requests == null) continue;
                var name = route == routes.length ? "none" : routes[route].method() + " " + routes[route].path();
                visitor.visit(name, status, requests);
            }
        }
    }
}
