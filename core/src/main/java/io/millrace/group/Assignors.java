package io.millrace.group;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The assignors that there are. Ring 0. */
public final class Assignors {
    /** Consecutive partitions of each topic to each member, in the order of the members' ids; as Kafka's "range". */
    public static final Assignor RANGE = new RangeAssignor();
    /** All partitions in turn to all members that follow their topic; as Kafka's "roundrobin". */
    public static final Assignor ROUND_ROBIN = new RoundRobinAssignor();
    /** As even as can be, and as much as can be stays where it is; everybody gives everything back first. */
    public static final Assignor STICKY = new StickyAssignor("sticky", false);
    /**
     * The same for members that keep what they have during a rebalance (KIP-429): a partition that moves is given to
     * nobody until its owner has given it back, which is one generation later.
     */
    public static final Assignor COOPERATIVE_STICKY = new StickyAssignor("cooperative-sticky", true);

    /** All of them, the best first. */
    public static final List<Assignor> ALL = List.of(COOPERATIVE_STICKY, STICKY, ROUND_ROBIN, RANGE);

    private Assignors() {}

    /** The assignor of that name, or null. */
    public static @Nullable Assignor named(String name) {
        for (var each : ALL) if (each.name().equals(name)) return each;
        return null;
    }
}
