package io.millrace.gateway;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One socket with its channels, as time goes by: whether its client is still there, and whether it takes what is sent to
 * it. Times are milliseconds of any clock that does not go backwards. Ring 0, for one thread.
 *
 * @param <C> what a channel is
 */
public final class Session<C> {
    /** What is to be done about the socket now. */
    public enum Verdict {
        GO_ON,
        /** Ask whether the client is there. */
        PING,
        /** Nothing was heard for two heartbeats: close with 4408. */
        SILENT,
        /** What was sent has not been taken for too long: close with 4507. */
        SLOW
    }

    private final int maxChannels;
    private final long heartbeatMillis;
    private final long maxStallMillis;
    private final Map<Integer, C> channels = new LinkedHashMap<>();
    private long heard;
    private long asked;
    private long stalledSince = -1;
    private boolean isDeaf;

    /**
     * @param heartbeatMillis how long it may be silent before it is asked; twice that, and it is gone
     * @param maxStallMillis how long it may refuse to take what is sent
     */
    public Session(int maxChannels, long heartbeatMillis, long maxStallMillis, long now) {
        this.maxChannels = maxChannels;
        this.heartbeatMillis = heartbeatMillis;
        this.maxStallMillis = maxStallMillis;
        this.heard = now;
        this.asked = now;
    }

    /** Something came from the client, whatever it was. */
    public void heard(long now) {
        heard = now;
    }

    /** The socket takes no more for the moment, or takes it again. */
    public void stalled(boolean is, long now) {
        if (!is) stalledSince = -1;
        else if (stalledSince < 0) stalledSince = now;
    }

    public boolean isStalled() {
        return stalledSince >= 0;
    }

    /** We have stopped listening for a while, so that silence means nothing; or listen again. */
    public void deaf(boolean is, long now) {
        if (isDeaf && !is) heard = now;
        isDeaf = is;
    }

    /** To be asked some times in each heartbeat. */
    public Verdict look(long now) {
        if (isStalled() && now - stalledSince >= maxStallMillis) return Verdict.SLOW;
        if (isDeaf) return Verdict.GO_ON;
        if (now - heard >= 2 * heartbeatMillis) return Verdict.SILENT;
        if (now - Math.max(heard, asked) < heartbeatMillis) return Verdict.GO_ON;
        asked = now;
        return Verdict.PING;
    }

    /** Whether one more channel may be opened. */
    public boolean hasRoom() {
        return channels.size() < maxChannels;
    }

    /** Opens a channel; false if the number is taken. */
    public boolean open(int number, C channel) {
        return channels.putIfAbsent(number, channel) == null;
    }

    public @Nullable C channel(int number) {
        return channels.get(number);
    }

    /** Forgets a channel; gives it back, or null if there was none. */
    public @Nullable C close(int number) {
        return channels.remove(number);
    }

    /** A copy, in the order in which they were opened. */
    public Collection<C> channels() {
        return channels.isEmpty() ? List.of() : List.copyOf(channels.values());
    }
}
