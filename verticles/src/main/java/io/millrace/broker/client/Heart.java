package io.millrace.broker.client;

import io.millrace.group.Claim;
import io.millrace.group.Groups;
import io.millrace.time.Timers;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Says to the group that a member lives. It beats on an event loop, so that a worker who processes a record for longer
 * than the session stays a member; but not for longer than a record may take: then whoever cannot be reached is dead.
 * {@link #start} and {@link #stop} may be called from the thread of the member. Ring 1.
 */
final class Heart {
    private final Groups groups;
    private final String group;
    private final Timers timers;
    private final long everyMillis;
    private final long patienceMillis;
    /** Runs something on the thread of the member. */
    private final Consumer<Runnable> member;

    private @Nullable Claim claim;
    private Timers.@Nullable Timer next;
    /** When the thread of the member was last seen to run. */
    private long seenAt;

    private boolean isLooking;

    /**
     * @param timers wake on the event loop of the heart
     * @param patienceMillis how long the thread of the member may be busy
     */
    Heart(
            Groups groups,
            String group,
            Timers timers,
            long everyMillis,
            long patienceMillis,
            Consumer<Runnable> member) {
        this.groups = groups;
        this.group = group;
        this.timers = timers;
        this.everyMillis = everyMillis;
        this.patienceMillis = patienceMillis;
        this.member = member;
    }

    /** Beats for this claim from now on; {@code refused} is called on the thread of the member. */
    void start(Claim speaking, Consumer<Throwable> refused) {
        timers.after(0, () -> {
            end();
            claim = speaking;
            seenAt = timers.millis();
            beatLater(speaking, refused);
        });
    }

    void stop() {
        timers.after(0, this::end);
    }

    private void end() {
        claim = null;
        if (next != null) next.cancel();
        next = null;
    }

    private void beatLater(Claim speaking, Consumer<Throwable> refused) {
        next = timers.after(everyMillis, () -> beat(speaking, refused));
    }

    @SuppressWarnings("ReferenceEquality") // each join gives a claim of its own
    private void beat(Claim speaking, Consumer<Throwable> refused) {
        look();
        if (timers.millis() - seenAt > patienceMillis) {
            beatLater(speaking, refused);
            return;
        }
        groups.heartbeat(group, speaking).onComplete(heard -> {
            if (claim != speaking) return;
            beatLater(speaking, refused);
            if (heard.failed()) member.accept(() -> refused.accept(heard.cause()));
        });
    }

    /** Looks whether the thread of the member runs. */
    private void look() {
        if (isLooking) return;
        isLooking = true;
        member.accept(() -> timers.after(0, () -> {
            isLooking = false;
            seenAt = timers.millis();
        }));
    }
}
