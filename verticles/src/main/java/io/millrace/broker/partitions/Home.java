package io.millrace.broker.partitions;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.EventExecutor;
import io.vertx.core.internal.VertxInternal;
import java.util.function.Supplier;

/** The event loop that somebody lives on. Work from other threads travels here, and its result travels back. */
public final class Home {
    private final VertxInternal vertx;
    private final ContextInternal context;
    private final EventExecutor loop;

    private Home(VertxInternal vertx, ContextInternal context) {
        this.vertx = vertx;
        this.context = context;
        this.loop = context.eventLoop();
    }

    /**
     * The event loop of the caller if it runs on one, so that an application that publishes where it started the broker
     * needs no hop; otherwise the next loop of Vert.x.
     */
    public static Home ofCaller(Vertx vertx) {
        var internal = (VertxInternal) vertx;
        var caller = ContextInternal.current();
        if (caller == null || !caller.isEventLoopContext() || caller.owner() != internal) return next(vertx);
        return new Home(
                internal,
                internal.contextBuilder().withEventLoop(caller.nettyEventLoop()).build());
    }

    /** The next event loop of Vert.x. */
    public static Home next(Vertx vertx) {
        var internal = (VertxInternal) vertx;
        return new Home(internal, internal.createEventLoopContext());
    }

    /** The event loop of a context; what is executed here runs on that context. */
    public static Home of(Context context) {
        var internal = (ContextInternal) context;
        return new Home(internal.owner(), internal);
    }

    /** Whether the caller is on this loop. */
    public boolean isHere() {
        return loop.inThread();
    }

    /** Runs an action here, later. */
    public void execute(Runnable action) {
        context.runOnContext(arrived -> action.run());
    }

    /**
     * Runs work here: at once if the caller is here already. The future completes on the context of the caller, or on this
     * loop if the caller is here.
     */
    public <T> Future<T> run(Supplier<Future<T>> work) {
        if (isHere()) return work.get();

        var reply = vertx.getOrCreateContext().<T>promise();
        context.runOnContext(arrived -> {
            try {
                work.get().onComplete(reply);
            } catch (RuntimeException thrown) {
                reply.fail(thrown);
            }
        });
        return reply.future();
    }

    /** Runs an action here, after a while. A timer belongs to this context, wherever it is set. */
    long setTimer(long millis, Runnable action) {
        return context.setTimer(millis, fired -> action.run());
    }

    void cancelTimer(long id) {
        vertx.cancelTimer(id);
    }
}
