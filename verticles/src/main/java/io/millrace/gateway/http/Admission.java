package io.millrace.gateway.http;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** What all listeners of a gateway share: how much there is of everything that is limited. Any thread. */
final class Admission {
    private final HttpGatewayOptions options;
    private final AtomicInteger connections = new AtomicInteger();
    private final ConcurrentHashMap<String, Integer> byAddress = new ConcurrentHashMap<>();
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong answerBytes = new AtomicLong();
    private final AtomicInteger longPolls = new AtomicInteger();
    private final AtomicInteger requests = new AtomicInteger();
    private final AtomicInteger sockets = new AtomicInteger();
    private final AtomicInteger channels = new AtomicInteger();
    private volatile boolean draining;

    Admission(HttpGatewayOptions options) {
        this.options = options;
    }

    /** Whether one more connection from there may be. If so it counts until {@link #leave}. */
    boolean enter(String address) {
        if (connections.incrementAndGet() > options.getMaxConnections()) {
            connections.decrementAndGet();
            return false;
        }
        int fromThere = byAddress.merge(address, 1, Integer::sum);
        if (fromThere <= options.getMaxConnectionsPerAddress()) return true;
        leave(address);
        return false;
    }

    void leave(String address) {
        connections.decrementAndGet();
        byAddress.computeIfPresent(address, (same, count) -> count == 1 ? null : count - 1);
    }

    int connections() {
        return connections.get();
    }

    /** Whether so many more bytes of publishes may be under way. If so they count until {@link #release}. */
    boolean reserve(long more) {
        if (bytes.addAndGet(more) <= options.getMaxInFlightBytes()) return true;
        bytes.addAndGet(-more);
        return false;
    }

    void release(long reserved) {
        bytes.addAndGet(-reserved);
    }

    long bytesInFlight() {
        return bytes.get();
    }

    /** The same for the answers of reads, which have a budget of their own: slow readers keep nobody from writing. */
    boolean reserveAnswer(long more) {
        if (answerBytes.addAndGet(more) <= options.getMaxInFlightBytes()) return true;
        answerBytes.addAndGet(-more);
        return false;
    }

    void releaseAnswer(long reserved) {
        answerBytes.addAndGet(-reserved);
    }

    long answerBytes() {
        return answerBytes.get();
    }

    boolean beginLongPoll() {
        if (longPolls.incrementAndGet() <= options.getMaxLongPolls()) return true;
        longPolls.decrementAndGet();
        return false;
    }

    void endLongPoll() {
        longPolls.decrementAndGet();
    }

    int longPolls() {
        return longPolls.get();
    }

    /** Whether one more WebSocket may be. If so it counts until {@link #leaveSocket}. */
    boolean enterSocket() {
        if (sockets.incrementAndGet() <= options.getMaxSockets()) return true;
        sockets.decrementAndGet();
        return false;
    }

    void leaveSocket() {
        sockets.decrementAndGet();
    }

    int sockets() {
        return sockets.get();
    }

    void channels(int more) {
        channels.addAndGet(more);
    }

    int channels() {
        return channels.get();
    }

    void requestBegun() {
        requests.incrementAndGet();
    }

    void requestDone() {
        requests.decrementAndGet();
    }

    int requestsUnderWay() {
        return requests.get();
    }

    void drain() {
        draining = true;
    }

    boolean isDraining() {
        return draining;
    }
}
